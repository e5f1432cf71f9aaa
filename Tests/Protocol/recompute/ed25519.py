# SPDX-License-Identifier: Apache-2.0
"""Ed25519 keys and signatures, §3.1 and §3.2. Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z."""

from functools import lru_cache
from hashlib import sha512

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
D2 = 2 * D % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)


def add(p, q):
    """The sum of two points; the formula holds for all pairs."""
    x1, y1, z1, t1 = p
    x2, y2, z2, t2 = q
    a = (y1 - x1) * (y2 - x2) % P
    b = (y1 + x1) * (y2 + x2) % P
    c = t1 * D2 % P * t2 % P
    d = 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def double(p):
    x, y, z, _ = p
    a, b = x * x % P, y * y % P
    h, g = a + b, a - b
    e = h - (x + y) * (x + y) % P
    f = 2 * z * z % P + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def negative(p):
    return -p[0] % P, p[1], p[2], -p[3] % P


def is_identity(p):
    return p[0] % P == 0 and (p[1] - p[2]) % P == 0


def decode(data):
    """The point of a canonical encoding, or None."""
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    v3 = v * v % P * v % P
    x = u * v3 % P * pow(u * v3 % P * v3 % P * v % P, (P - 5) // 8, P) % P
    if v * x % P * x % P != u:
        x = x * ROOT_OF_MINUS_1 % P
        if v * x % P * x % P != u:
            return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def multiples(p):
    """0·p … 15·p."""
    table = [IDENTITY, p]
    while len(table) < 16:
        table.append(add(table[-1], p))
    return table


def times(table, number):
    """number · p, four bits at a time from the highest down."""
    result = IDENTITY
    for shift in range(252, -4, -4):
        result = double(double(double(double(result))))
        digit = number >> shift & 15
        if digit:
            result = add(result, table[digit])
    return result


@lru_cache(maxsize=1)
def base_tables():
    """Multiples of B, 16·B, 16²·B, …"""
    y = 4 * pow(5, -1, P) % P
    point, tables = decode(y.to_bytes(32, "little")), []
    for _ in range(64):
        tables.append(multiples(point))
        point = add(tables[-1][15], point)
    return tables


def times_base(number):
    result = IDENTITY
    for place, table in enumerate(base_tables()):
        digit = number >> 4 * place & 15
        if digit:
            result = add(result, table[digit])
    return result


@lru_cache(maxsize=4096)
def negative_multiples(key):
    """The multiples of −A for a key A, or None where the key is no canonical point."""
    point = decode(key)
    return None if point is None else multiples(negative(point))


# §3.1
def is_proper(key):
    table = negative_multiples(key)
    return table is not None and not is_identity(table[1]) and is_identity(times(table, ORDER))


# §3.2
def verify(key, message, signature):
    """Whether 8·S·B = 8·R + 8·h·A, for a proper key."""
    s = int.from_bytes(signature[32:], "little")
    table, r = negative_multiples(key), decode(signature[:32])
    if len(signature) != 64 or not 0 < s < ORDER or table is None or r is None:
        return False
    h = int.from_bytes(sha512(signature[:32] + key + message).digest(), "little") % ORDER
    rest = add(add(times_base(s), times(table, h)), negative(r))
    return is_identity(double(double(double(rest))))
