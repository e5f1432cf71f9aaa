# SPDX-License-Identifier: Apache-2.0
"""The entries of the state and its tree, §5.2, §5.3, §13."""

from dataclasses import dataclass, field

from .coding import ZERO, named, node, series, sha, signed, u, varint


# §13.1
def key(kind, entity=ZERO, number=0):
    return bytes([kind]) + entity + u(4, number)


SUPPLY, MEMBER, HOLDER, SITE, PROGRESS, DAY, LOT, COINS, FINALITY, CHECKPOINT, TERM, DEVICE, REPLACED, EDITION, FOREIGN = range(15)


# §13.2
@dataclass
class Supply:
    generated: int = 0
    claimed: int = 0
    minted: int = 0
    balance: int = 0
    retired: int = 0

    def encode(self):
        numbers = self.generated, self.claimed, self.minted, self.balance, self.retired
        return b"".join(map(varint, numbers))


@dataclass
class Coins:
    purchased: int = 0
    received: int = 0
    used: int = 0
    retired: int = 0

    def encode(self):
        return b"".join(map(varint, (self.purchased, self.received, self.used, self.retired)))


@dataclass
class Member:
    record: object
    since: int
    suspended: bool = False
    barred: bool = False
    changes: int = 0
    answered: int = 0
    node_key: tuple = None  # the key and its epoch
    node_changes: int = 0

    @property
    def good(self):
        return not self.suspended and not self.barred

    def encode(self):
        standing = bytes([self.suspended + 2 * self.barred])
        node_key = b"\1" + self.node_key[0] + u(4, self.node_key[1]) if self.node_key else b"\0"
        counts = varint(self.changes) + u(4, self.answered) + u(4, self.since)
        return self.record.raw + standing + counts + node_key + varint(self.node_changes)


@dataclass
class Holder:
    member: bytes
    site: bytes = None

    def encode(self):
        return self.member + (b"\1" + self.site if self.site else b"\0")


@dataclass
class Site:
    record: object

    def encode(self):
        return self.record.raw


@dataclass
class Device:
    site: bytes

    def encode(self):
        return self.site


@dataclass
class Progress:
    next: int
    ended: bool = False
    known: int = 511
    imbalance: int = 0
    totals: list = field(default_factory=lambda: [0] * 4)
    minted: int = 0
    unknown: list = field(default_factory=lambda: [0] * 9)
    unplaced: list = field(default_factory=lambda: [0] * 9)
    registers: dict = field(default_factory=dict)  # by flow and device

    def encode(self):
        numbers = *self.totals, self.minted, *self.unknown, *self.unplaced, len(self.registers)
        head = u(4, self.next) + bytes([self.ended]) + varint(self.known) + signed(self.imbalance)
        registers = (self.registers[place].kept() for place in sorted(self.registers))
        return head + b"".join(map(varint, numbers)) + b"".join(registers)


@dataclass
class Day:
    sets: dict = field(default_factory=lambda: dict.fromkeys(("recorded", "metered", "balanced", "minted"), 0))
    pq1: list = field(default_factory=lambda: [0] * 48)
    sold: list = field(default_factory=lambda: [0] * 48)
    charged: list = field(default_factory=lambda: [0] * 48)
    supplied: list = field(default_factory=lambda: [0] * 48)
    generation_matched: list = field(default_factory=lambda: [0] * 48)
    consumption_matched: list = field(default_factory=lambda: [0] * 48)

    def has(self, name, slot):
        return self.sets[name] >> slot & 1

    def mark(self, name, slot):
        self.sets[name] |= 1 << slot

    def creditable(self, slot, support):
        """What of PQ1 may be minted: under a feed-in tariff what was neither fed in nor stored, §17.2."""
        if support != 2:
            return self.pq1[slot]
        if not (self.has("metered", slot) and self.has("balanced", slot)):
            return 0
        return max(0, self.pq1[slot] - self.sold[slot] - self.charged[slot])

    def encode(self):
        amounts = self.pq1, self.sold, self.charged, self.supplied, self.generation_matched, self.consumption_matched
        return b"".join(map(bit_set, self.sets.values())) + b"".join(map(series, amounts))


def bit_set(bits):
    if bits == 0:
        return b"\0"
    return b"\1" if bits == 2**48 - 1 else b"\2" + u(6, bits)


@dataclass
class Lot:
    site: bytes
    exchange: bytes
    mint: bytes
    owner: bytes
    amount: int
    first: int
    length: int
    splits: int
    whole: bool = True
    ended: int = None  # the interval in which it was retired

    def encode(self):
        ids = self.site + self.exchange + self.mint + self.owner
        retired = self.ended is not None
        numbers = varint(self.amount) + u(4, self.first) + varint(self.length) + varint(self.splits)
        return ids + numbers + bytes([self.whole + 2 * retired]) + (u(4, self.ended) if retired else b"")


@dataclass
class Finality:
    term: int
    epoch: int
    block: bytes
    height: int
    time: int
    bits: int = 0
    newest: bytes = ZERO

    def encode(self):
        head = u(4, self.term) + u(4, self.epoch) + self.block + u(8, self.height) + u(8, self.time)
        return head + u(32, self.bits) + self.newest


@dataclass
class Checkpoint:
    height: int
    time: int
    before: bytes

    def encode(self):
        return u(8, self.height) + u(8, self.time) + self.before


@dataclass
class Edition:
    number: int
    start: int

    def encode(self):
        return varint(self.number) + u(8, self.start)


@dataclass
class Foreign:
    body: object

    def encode(self):
        b = self.body
        ids = b.exchange + b.member + b.network + b.lot
        return ids + varint(b.energy) + u(4, b.first) + varint(b.length) + b.certificate


# §14.3
@dataclass
class Term:
    number: int
    root_epoch: int
    root_height: int
    end: int
    restart: bool
    candidates: int
    young: int
    seats: list  # (key, flags) in the order of lots

    def encode(self):
        head = u(4, self.number) + varint(1) + u(4, self.root_epoch) + u(8, self.root_height) + u(4, self.end)
        head += bytes([self.restart])
        counts = varint(self.candidates) + varint(self.young) + bytes([len(self.seats)])
        return head + counts + b"".join(k + bytes([flags]) for k, flags in self.seats)


class State:
    """All entries by their keys, and the tree over them in 256 parts."""

    def __init__(self):
        self.entries = {}
        self.parts = [{} for _ in range(256)]
        self.folded = [(0, ZERO)] * 256
        self.changed = set()

    def get(self, kind, entity=ZERO, number=0):
        """The entry itself, or None; who changes it puts it back."""
        return self.entries.get(key(kind, entity, number))

    def put(self, entry, kind, entity=ZERO, number=0):
        at = key(kind, entity, number)
        path = named("hinata/state", at)
        self.entries[at] = entry
        self.parts[path[0]][path] = node(0, path, sha(entry.encode()))
        self.changed.add(path[0])

    def drop(self, kind, entity=ZERO, number=0):
        at = key(kind, entity, number)
        if self.entries.pop(at, None) is not None:
            path = named("hinata/state", at)
            del self.parts[path[0]][path]
            self.changed.add(path[0])

    def of_kind(self, kind):
        """The ids and entries of a kind."""
        return [(at[1:33], entry) for at, entry in self.entries.items() if at[0] == kind]

    # §5.3
    def root(self):
        for number in self.changed:
            leaves = sorted(self.parts[number].items())
            self.folded[number] = (min(len(leaves), 2), subtree(leaves, 8))
        self.changed.clear()
        level = self.folded
        while len(level) > 1:
            level = [fold(*level[i:i + 2]) for i in range(0, len(level), 2)]
        return level[0][1]


# §5.2
def subtree(leaves, depth):
    """Of sorted (path, leaf) whose paths share their first bits up to the depth."""
    if len(leaves) < 2:
        return leaves[0][1] if leaves else ZERO
    byte, bit = depth >> 3, 128 >> (depth & 7)
    split = sum(1 for path, _ in leaves if not path[byte] & bit)
    return node(1, subtree(leaves[:split], depth + 1), subtree(leaves[split:], depth + 1))


# §5.3
def fold(left, right):
    if left[0] == 0 and right[0] != 2:
        return right
    if right[0] == 0 and left[0] == 1:
        return left
    return 2, node(1, left[1], right[1])
