# SPDX-License-Identifier: Apache-2.0
"""Hashes, the canonical coding and lists, §1…§5.1."""

from hashlib import sha256

ZERO = bytes(32)
U32 = 2**32 - 1
MOST = 2**53 - 1  # totals of milli-coins and Wh
MOST_CHANGES = 2**53
TIMES = 2**40


class Refused(Exception):
    """What a law or section refuses: what it says, the value that is stated, and the one that was computed."""

    def __init__(self, law, what, stated=None, computed=None):
        super().__init__(f"{law}: {what}")
        self.law, self.what, self.stated, self.computed = law, what, stated, computed


def check(holds, law, what, stated=None, computed=None):
    if not holds:
        raise Refused(law, what, stated, computed)


def same(law, what, stated, computed):
    check(stated == computed, law, what, stated, computed)


# §1
def sha(*parts):
    return sha256(b"".join(parts)).digest()


def named(name, *parts):
    """H("name", x)."""
    return sha(bytes([len(name)]), name.encode(), *parts)


def node(tag, a, b):
    """H(tag; a, b)."""
    return sha(bytes([tag]), a, b)


def interval(time):
    return min(time // 1800, U32)


# §2, writing
def u(width, number):
    return number.to_bytes(width, "big")


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def zigzag(number):
    return number << 1 if number >= 0 else (-number << 1) - 1


def unzigzag(number):
    return -((number + 1) >> 1) if number & 1 else number >> 1


def signed(number):
    return varint(zigzag(number))


def text(string):
    data = string.encode()
    return varint(len(data)) + data


# §2, reading
class Reader:
    """Reads canonical bytes; every other encoding is refused."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def refuse(self, why):
        raise Refused("§2", f"{why}@{self.at}")

    def need(self, holds, why="out-of-range"):
        if not holds:
            self.refuse(why)

    def take(self, count):
        self.need(self.at + count <= len(self.data), "truncated")
        self.at += count
        return self.data[self.at - count:self.at]

    def ranged(self, number, low, high):
        self.need(low <= number <= high)
        return number

    def u(self, width, low=0, high=None):
        number = int.from_bytes(self.take(width), "big")
        return self.ranged(number, low, 256**width - 1 if high is None else high)

    def varint(self, low=0, high=2**64 - 1):
        number = 0
        for place in range(10):
            byte = self.u(1)
            self.need(place < 9 or byte <= 1)
            number |= (byte & 127) << 7 * place
            if byte < 128:
                self.need(byte or place == 0, "not-canonical")
                return self.ranged(number, low, high)

    def signed(self, low, high):
        return self.ranged(unzigzag(self.varint()), low, high)

    def flag(self):
        return self.u(1, 0, 1) == 1

    def one_of(self, numbers):
        number = self.u(1)
        self.need(number in numbers, "unknown-kind")
        return number

    def text(self, low, high):
        data = self.take(self.varint(low, high))
        try:
            string = data.decode("utf-8")
        except UnicodeDecodeError:
            self.refuse("bad-text")
        self.need(not any(c < " " or "\x7f" <= c <= "\x9f" for c in string), "bad-text")
        return string

    def list(self, low, high, item, least=1):
        count = self.varint(low, high)
        self.need(count * least <= len(self.data) - self.at, "truncated")
        return [item() for _ in range(count)]

    def optional(self, value):
        return value() if self.flag() else None

    def end(self):
        self.need(self.at == len(self.data), "trailing-bytes")


def read(data, reading):
    """All of the bytes as one value."""
    reader = Reader(data)
    value = reading(reader)
    reader.end()
    return value


# §5.1
def list_root(digests):
    if not digests:
        return sha(b"")
    level = [node(0, digest, ZERO) for digest in digests]
    while len(level) > 1:
        pairs = [node(1, *level[i:i + 2]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) & ~1:]
    return level[0]


# §8.3
def series(amounts):
    """The code of a series of amounts."""
    places = [i for i, amount in enumerate(amounts) if amount]
    if not places:
        return bytes(2)
    first, length = places[0], places[-1] + 1 - places[0]
    run = amounts[first:first + length]
    steps = [zigzag(b - a) for a, b in zip([0] + run, run)]
    mean = sum(steps) // length
    k = 0 if mean < 2 else min(mean.bit_length() - 1, 33)
    bits = "".join(step_bits(step, k) for step in steps)
    bits += "0" * (-len(bits) % 8)
    code = u(len(bits) // 8, int(bits, 2))
    return varint(first) + varint(length) + bytes([k]) + varint(len(code)) + code


def step_bits(step, k):
    if step >> k >= 24:
        return "1" * 24 + format(step, "034b")
    return "1" * (step >> k) + "0" + (format(step & (1 << k) - 1, f"0{k}b") if k else "")


def read_series(reader, n):
    """n amounts. They are the ones whose code these bytes are, or the bytes are refused."""
    begin = reader.at
    first, length = reader.varint(0, n), reader.varint(0, n)
    if length == 0:
        reader.need(first == 0, "not-canonical")
        return [0] * n
    reader.need(first + length <= n)
    k = reader.u(1, 0, 33)
    code = reader.take(reader.varint(1, 512))
    bits = format(int.from_bytes(code, "big"), f"0{8 * len(code)}b")
    amounts, at, last = [0] * first, 0, 0
    for _ in range(length):
        ones = len(bits[at:at + 24]) - len(bits[at:at + 24].lstrip("1"))
        at, width = (at + 24, 34) if ones == 24 else (at + ones + 1, k)
        reader.need(at + width <= len(bits), "truncated")
        low = int(bits[at:at + width] or "0", 2)
        last += unzigzag(low if ones == 24 else ones << k | low)
        amounts.append(reader.ranged(last, 0, U32))
        at += width
    amounts += [0] * (n - len(amounts))
    reader.need(series(amounts) == reader.data[begin:reader.at], "not-canonical")
    return amounts
