# SPDX-License-Identifier: Apache-2.0
"""The network file, the genesis, targets and periods, §6, §10.3, §11.2."""

import json
import re
from datetime import datetime, timedelta, timezone

from .coding import TIMES, Reader, Refused, check, named, signed, text, u, varint
from .records import MEMBER_KINDS, member_record

# §6.1: all rules behind the block period, in the order of the bytes
RULES = {
    "searchSeconds": (1, 86400), "retargetBlocks": (1, 2016), "shareBlocks": (1, 1024),
    "shareDivisor": (0, 1000000), "milliCoinsPerKilowattHour": (1, 1000000),
    "balanceToleranceWh": (0, 1000000), "roofTolerancePerMille": (0, 1000),
    "reportLateness": (1, 17520), "claimDays": (1, 3660), "clockFactor": (1, 100000),
    "blockBytes": (1024, 33554432), "blockTransactions": (1, 100000),
    "checkpointSeconds": (60, 86400), "approveAfterSeconds": (1, 21600), "termEpochs": (4, 1000),
    "restartSeconds": (480, 31622400), "milliCoinsPerSplit": (1, 1000000),
}
EPOCH_0 = datetime(1970, 1, 1, tzinfo=timezone.utc)
CYCLE = 146097 * 86400  # 400 years, after which the calendar repeats


class Network:
    """What a network file says."""

    def __init__(self, data):
        try:
            file = json.loads(data.decode("utf-8"))
            self.read(file)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused("§6.1", f"the network file cannot be read: {error!r}") from None
        self.genesis = self.encode()
        self.id = named("hinata/network", self.genesis)
        self.tag = self.id[:16]

    def read(self, file):
        self.name, rules = file["name"], file["rules"]
        shape = re.fullmatch("[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}Z", file["time"])
        check(shape, "§6.1", "the time", file["time"], "YYYY-MM-DDTHH:MM:SSZ")
        when = datetime.strptime(file["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
        self.time = int((when - EPOCH_0).total_seconds())
        check(0 <= self.time < TIMES, "§6.1", "the time is before 1970", file["time"])
        self.closed = {"closed": True, "open": False}[file["membership"]]
        check(re.fullmatch("[0-9a-fA-F]{1,8}", file["easiestTarget"]), "§6.1", "easiestTarget", file["easiestTarget"])
        self.easiest = int(file["easiestTarget"], 16)
        target(self.easiest)
        same_keys = set(rules) == {"blockPeriod", *RULES}
        check(same_keys, "§6.1", "the rules' names", sorted(rules), sorted({"blockPeriod", *RULES}))
        for name, (low, high) in RULES.items():
            check(type(rules[name]) is int and low <= rules[name] <= high, "§6.1", name, rules[name], (low, high))
            setattr(self, name, rules[name])
        check(4 * self.approveAfterSeconds <= self.checkpointSeconds, "§6.1", "4·A", 4 * self.approveAfterSeconds)
        check(self.restartSeconds >= 8 * self.checkpointSeconds, "§6.1", "restartSeconds", self.restartSeconds)
        self.read_period(rules["blockPeriod"])
        self.members = [self.read_member(m) for m in file["members"]]
        check(1 <= len(self.members) <= 10000, "§6.2", "number of members", len(self.members))

    def read_period(self, period):
        """`period` in seconds, or `month`: the offset in half hours."""
        self.period, self.month = 0, None
        if isinstance(period, str):
            sign, hours, minutes = re.fullmatch("month (?:Z|([+-])([0-9]{2}):(00|30))", period).groups("0")
            self.month = (2 * int(hours) + int(minutes) // 30) * (-1 if sign == "-" else 1)
            check(-24 <= self.month <= 28, "§6.1", "blockPeriod", period)
        else:
            check(type(period) is int and (period == 0 or 60 <= period <= 2678400), "§6.1", "blockPeriod", period)
            self.period = period

    def read_member(self, file):
        check(re.fullmatch("[0-9a-fA-F]{64}", file["key"]), "§6.1", "a member's key", file["key"])
        data = bytes([MEMBER_KINDS.index(file["kind"])]) + text(file["name"]) + bytes.fromhex(file["key"])
        return member_record(Reader(data))

    # §6.2
    def encode(self):
        Reader(text(self.name)).text(1, 32)
        period = varint(self.period) if self.month is None else varint(1) + signed(self.month)
        numbers = b"".join(varint(getattr(self, name)) for name in RULES)
        members = varint(len(self.members)) + b"".join(m.raw for m in self.members)
        kind = bytes([0 if self.closed else 1])
        return text(self.name) + varint(self.time) + kind + u(4, self.easiest) + period + numbers + members

    # §1
    def epoch(self, time):
        return min(time // self.checkpointSeconds, 2**32 - 1)

    def start(self, epoch):
        return epoch * self.checkpointSeconds

    # §17
    def worth(self, energy):
        return energy * self.milliCoinsPerKilowattHour // 1000

    # §11.2
    def on_demand(self):
        return self.period == 0 and self.month is None

    def period_begin(self, time):
        """The beginning of the period of a time."""
        if self.month is None:
            return time - time % self.period
        cycles, rest = divmod(time + 1800 * self.month, CYCLE)
        first = (EPOCH_0 + timedelta(seconds=rest)).replace(day=1, hour=0, minute=0, second=0)
        return max(0, cycles * CYCLE + int((first - EPOCH_0).total_seconds()) - 1800 * self.month)


# §10.3
def target(compact):
    exponent, mantissa = compact >> 24, compact & 0xFFFFFF
    ranged = 3 <= exponent <= 32 and 0x008000 <= mantissa <= 0x7FFFFF
    check(ranged, "§10.3", "out of range: a compact target", f"{compact:08x}")
    return mantissa * 256**(exponent - 3)


def compact(number):
    if number < 2**15:
        return 0x03008000
    size = (number.bit_length() + 7) // 8
    exponent = max(3, size + (number >> 8 * size - 1))
    if exponent > 32:
        return 0x207FFFFF
    return exponent << 24 | number // 256**(exponent - 3)


def work(compact_target):
    return 2**256 // (target(compact_target) + 1)
