# SPDX-License-Identifier: Apache-2.0
"""Records, reports, transactions, headers and blocks as bytes, §7…§10, §20."""

from types import SimpleNamespace as Fields

from .coding import MOST, MOST_CHANGES, TIMES, U32, Reader, Refused, named, read, read_series, sha, u, unzigzag, varint

# §7.1
MEMBER_KINDS = [None, "consumer", "publicConsumer", "businessConsumer", "generator", "operator", "wholesaleMarket",
                "exchange"]
OPERATOR, EXCHANGE = 5, 7
INSTITUTIONS = (5, 6, 7)
RENEWABLE = range(1, 6)


# §7.1
def member_record(r):
    begin = r.at
    record = Fields(kind=r.one_of(range(1, 8)), name=r.text(1, 64), key=r.take(32))
    record.raw = r.data[begin:r.at]
    record.id = named("hinata/member", record.raw)
    return record


# §7.2
def site_record(r):
    begin = r.at
    record = Fields(member=r.take(32), key=r.take(32), name=r.text(1, 64), method=r.one_of(range(1, 8)),
                    role=r.one_of(range(1, 4)), capacity=r.varint(0, 10**9), battery=r.varint(0, 10**9),
                    connection=r.varint(1, 10**9),
                    area=r.text(1, 32), region=r.text(1, 32), latitude=r.signed(-900, 900),
                    longitude=r.signed(-1800, 1800), offset=r.signed(-24, 28), device=r.text(1, 64),
                    device_id=r.text(1, 32), technology=r.text(1, 32), commissioned=r.varint(0, 89478485),
                    support=r.one_of(range(4)), active=r.u(4))
    record.raw = r.data[begin:r.at]
    record.id = named("hinata/site", record.raw)
    return record


def day_slot(site, number):
    """The site's day and slot of an interval."""
    return divmod(max(0, min(number + site.offset, U32)), 48)


# §8.1
def quality(qualities, flow):
    return qualities >> 3 * flow & 7


def is_counted(qualities, flow):
    return 1 <= quality(qualities, flow) <= 5


def is_balanced(qualities):
    return all(quality(qualities, flow) != 6 for flow in range(9))


def is_empty(qualities):
    return not any(is_counted(qualities, flow) for flow in range(9))


def without_consumption(e):
    """What came in less what went out, flow 1 aside."""
    return e[0] + e[3] + e[5] + e[7] + e[8] - e[2] - e[4] - e[6]


# §8.2
class Register:
    def __init__(self, r):
        self.flow, self.device, self.flags = r.one_of((0, 2, 3, 4, 5, 6, 7, 8)), r.u(1), r.u(1, 0, 3)
        self.step, self.digits = r.varint(1, 10**8), r.u(1, 1, 10)
        self.opening, self.advance = r.varint(0, self.size - 1), r.varint(0, self.size - 1)

    @property
    def size(self):
        return 10**self.digits

    @property
    def place(self):
        return self.flow, self.device

    @property
    def restarted(self):
        return self.flags & 1

    @property
    def closing(self):
        return (self.opening + self.advance) % self.size

    def between(self, a, b):
        """The energy from count a to count b."""
        count = (b - a) % self.size
        return (a + count) * self.step // 10 - a * self.step // 10

    def energy(self):
        return self.between(self.opening, self.closing)

    def kept(self):
        """Its bytes in the state, §13.2."""
        head = bytes([self.flow, self.device, self.flags & 2])
        return head + varint(self.step) + bytes([self.digits]) + varint(self.closing) + varint(0)


# §8.4
def report_body(r):
    body = Fields(site=r.take(32), first=r.u(4), gap=r.varint(0, U32))
    runs = r.list(1, 48, lambda: (r.u(4, 0, 2**27 - 1), r.varint(1, 48)), 5)
    for (qualities, _), (after, _) in zip(runs, runs[1:]):
        r.need(qualities != after, "not-canonical")
    body.qualities = [qualities for qualities, length in runs for _ in range(length)]
    r.need(not any(quality(q, flow) == 7 for q, _ in runs for flow in range(9)))
    body.n = len(body.qualities)
    r.need(body.n <= 48 and body.first + body.n < U32)
    body.registers = r.list(0, 16, lambda: Register(r), 7)
    places = [register.place for register in body.registers]
    r.need(all(a < b for a, b in zip(places, places[1:])), "not-canonical")
    body.energies = energies(r, body)
    body.sample_root = r.take(32)
    return body


def energies(r, body):
    """The nine flows of each reading."""
    channels, result = r.varint(0, 511), [[0] * 9 for _ in range(body.n)]
    for channel, flow in enumerate((0, 2, 3, 4, 5, 6, 7, 8, 1)):
        amounts = [0] * body.n
        if channels >> channel & 1:
            amounts = read_series(r, body.n)
            r.need(any(amounts), "not-canonical")
        steps = [register.step for register in body.registers if register.flow == flow]
        weight = steps[0] // 10 if len(steps) == 1 and steps[0] % 10 == 0 else 1
        for e, q, amount in zip(result, body.qualities, amounts):
            e[flow] = amount * weight
            if flow == 1 and is_balanced(q) and is_counted(q, 1):
                e[1] = unzigzag(amount) + without_consumption(e)
            r.need(0 <= e[flow] <= U32 and (e[flow] == 0 or is_counted(q, flow)))
    return result


# §9
def part(r):
    kind = r.one_of(range(3))
    if kind == 0:
        return Fields(kind=0)
    if kind == 1:
        return Fields(kind=1, amount=r.varint(0, MOST))
    return Fields(kind=2, first=r.u(4), length=r.varint(1, 1488))


def consumption(r):
    site = r.take(32)
    matches = r.list(1, 48, lambda: (r.u(4), r.varint(1, U32)), 5)
    r.need(all(a[0] < b[0] for a, b in zip(matches, matches[1:])), "not-canonical")
    return Fields(site=site, matches=matches)


# §20.1
def approval(r):
    begin = r.at
    value = Fields(term=r.u(4), source_epoch=r.u(4), source=r.take(32), epoch=r.u(4), target=r.take(32))
    r.need(value.source_epoch < value.epoch)
    value.raw = r.data[begin:r.at]
    return value


def vote(r):
    """What a seat signs, with the domain's byte before its content."""
    begin, sort = r.at, r.one_of((0, 1))
    value = approval(r) if sort == 0 else Fields(term=r.u(4), block=r.take(32))
    value.sort, value.raw = sort, r.data[begin:r.at]
    value.signed = (b"\xc5", b"\xc6")[sort] + value.raw[1:]
    return value


# §20.2
def quorum(n):
    return 2 * n // 3 + 1


def signers(r, proof):
    """The number of seats, those that signed, and their signatures."""
    proof.n = r.u(1, 1, 64)
    bits = int.from_bytes(r.take((proof.n + 7) // 8), "little")
    proof.seats = [seat for seat in range(bits.bit_length()) if bits >> seat & 1]
    r.need(bits >> proof.n == 0 and proof.seats)
    proof.signatures = [r.take(64) for _ in proof.seats]


def final_proof(r):
    proof = Fields(restart=False, term=r.u(4), epoch=r.u(4, 0, U32 - 1), source=r.take(32), target=r.take(32))
    signers(r, proof)
    r.need(len(proof.seats) == quorum(proof.n))
    approval = u(4, proof.term) + u(4, proof.epoch) + proof.source + u(4, proof.epoch + 1) + proof.target
    proof.signed = b"\xc5" + approval
    return proof


# §20.6
def restart_proof(r):
    proof = Fields(restart=True, term=r.u(4), source=r.take(32))
    proof.signed = b"\xc6" + u(4, proof.term) + proof.source
    signers(r, proof)
    return proof


def record_final(r):
    return (final_proof, restart_proof)[r.one_of((0, 1))](r)


def contradiction(r):
    body = Fields(seat=r.u(1, 0, 63), one=vote(r), signature_of_one=r.take(64), two=vote(r),
                  signature_of_two=r.take(64))
    r.need(body.one.raw < body.two.raw, "not-canonical")
    return body


def half_hour(r):
    time = r.u(8, 0, TIMES - 1)
    r.need(time % 1800 == 0)
    return time


# §9
BODIES = {
    1: lambda r: Fields(operator=r.take(32), record=member_record(r)),
    2: lambda r: Fields(operator=r.take(32), member=r.take(32), suspended=r.flag(), change=r.varint(1, MOST_CHANGES)),
    3: lambda r: Fields(operator=r.take(32), record=site_record(r)),
    4: report_body,
    5: lambda r: Fields(exchange=r.take(32), site=r.take(32), first=r.u(4), length=r.varint(1, 1488),
                        amount=r.varint(0, MOST), claim=r.take(32)),
    6: lambda r: Fields(sender=r.take(32), to=r.take(32), lot=r.take(32), part=part(r)),
    7: lambda r: Fields(owner=r.take(32), lot=r.take(32), part=part(r), purpose=r.text(1, 128),
                        beneficiary=r.text(1, 128), consumption=r.optional(lambda: consumption(r))),
    8: record_final,
    9: contradiction,
    12: lambda r: Fields(operator=r.take(32), edition=r.varint(2, 65536), start=half_hour(r)),
    13: lambda r: Fields(exchange=r.take(32), member=r.take(32), network=r.take(32), lot=r.take(32),
                         energy=r.varint(1, MOST), first=r.u(4), length=r.varint(1, 1488), certificate=r.take(32)),
    10: lambda r: Fields(operator=r.take(32), term=r.u(4), checkpoint=r.take(32)),
    11: lambda r: Fields(member=r.take(32), key=r.take(32), change=r.varint(1, MOST_CHANGES), by_key=r.take(64)),
}


class Transaction:
    def __init__(self, data):
        r = Reader(data)
        self.raw, self.id, self.kind = data, sha(data), r.one_of(BODIES)
        self.body = BODIES[self.kind](r)
        self.signed = data[:r.at]
        self.signature = None if self.kind in (8, 9) else r.take(64)
        r.end()


# §10.1
class Header:
    def __init__(self, data):
        r = Reader(data)
        self.raw, self.hash = data, sha(data)
        r.need(r.u(2) == 1, "unknown-kind")
        self.tag, self.height, self.previous = r.take(16), r.u(8, 0, MOST), r.take(32)
        self.time, self.transaction_root, self.state_root = r.u(8, 0, TIMES - 1), r.take(32), r.take(32)
        self.producer, self.target, self.search, self.nonce = r.take(32), r.u(4), r.u(4), r.u(8)
        r.end()


# §10.2
def block(data):
    """The header, its signature, and the transactions' bytes."""
    r = Reader(data)
    header, signature = Header(r.take(178)), r.take(64)
    transactions = r.list(0, 100000, lambda: r.take(r.varint(65, 16384)), 66)
    r.end()
    return header, signature, transactions


# §24.1
def chain_file(data):
    """The genesis' bytes and the blocks' bytes."""
    law, mark = "§24.1", b"hinata chain 1\n"
    if data[:15] != mark:
        raise Refused(law, "this is no chain file", data[:15], mark)
    if sha(data[:-32]) != data[-32:]:
        raise Refused(law, "the file is damaged", data[-32:], sha(data[:-32]))
    return read(data[15:-32], chain_content)


def chain_content(r):
    genesis, blocks = r.take(r.u(4, 0, 2**20)), []
    while (length := r.u(4)) != 0:
        blocks.append(r.take(r.ranged(length, 243, 2**26)))
    count = r.u(8)
    if count != len(blocks):
        raise Refused("§24.1", "number of blocks", count, len(blocks))
    return genesis, blocks
