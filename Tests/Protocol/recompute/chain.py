# SPDX-License-Identifier: Apache-2.0
"""The genesis block, headers and connecting blocks, §6.3, §11, §12."""

from . import admission, coins, finality, reports
from .coding import ZERO, Refused, check, list_root, same, sha, u
from .ed25519 import verify
from .network import compact, target, work
from .records import Header, Transaction, block
from .state import EDITION, FINALITY, HOLDER, MEMBER, State

KINDS = {1: admission.admit_member, 2: admission.set_standing, 3: admission.register_site, 4: reports.report,
         5: coins.mint, 6: coins.transfer, 7: coins.retire, 8: finality.record_final, 9: finality.contradiction,
         10: finality.restart, 11: admission.set_node_key, 12: admission.move_edition, 13: coins.honour}


class Ledger:
    """A chain's headers and the state after its tip."""

    def __init__(self, network):
        self.network, self.state, self.now, self.transaction = network, State(), network.time, None
        self.counts = dict.fromkeys(KINDS, 0)
        self.genesis = self.begin()
        self.headers, self.work = [Header(self.genesis[:178])], 0

    # §6.3
    def begin(self):
        """The genesis state; the bytes of the genesis block."""
        network = self.network
        for record in network.members:
            admission.write_member(self.state, network, record, network.time)
        if network.closed:
            finality.write_genesis(network, self.state)
        head = u(2, 1) + network.tag + u(8, 0) + ZERO + u(8, network.time) + sha() + self.state.root()
        return head + ZERO + u(4, network.easiest) + bytes(4 + 8 + 64 + 1)

    # §12
    def connect(self, data):
        network = self.network
        header, signature, raw = block(data)
        self.check_header(header, signature)
        self.check_body(header, raw)
        if network.closed:
            self.check_producer(header)
        edition = self.state.get(EDITION)
        if edition and edition.number > 1 and header.time >= edition.start:
            raise Refused("§15.5", "the rules of this edition are not known here", edition.number, 1)
        recorded = self.state.get(FINALITY)
        recorded = recorded and (recorded.term, recorded.epoch)
        if network.closed:
            finality.begin(self, header, any(data[0] == 10 for data in raw))
        self.now = header.time
        for number, data in enumerate(raw):
            self.apply(number, data)
        if network.closed and all(data[0] == 8 for data in raw):
            self.check_records(*recorded)
        same("§12.9", "state root", header.state_root, self.state.root())
        self.headers.append(header)
        self.work = min(self.work + work(header.target), 2**256 - 1)

    # §11
    def check_header(self, header, signature):
        network, parent, law = self.network, self.headers[-1], "law 8 (§11.%d)"
        same(law % 1, "tag", header.tag, network.tag)
        same(law % 1, "previous block", header.previous, parent.hash)
        same(law % 1, "height", header.height, parent.height + 1)
        self.check_time(header, parent)
        same(law % 5, "target", f"{header.target:08x}", f"{self.next_target():08x}")
        self.check_work(header, lambda key: key == header.producer, law % 6)
        if network.closed:
            content = admission.signed_content(network, b"\0" + header.hash)
            holds = verify(header.producer, content, signature)
            check(holds, law % 7, "the producer's signature does not hold", signature)
        else:
            same(law % 7, "signature", signature, bytes(64))

    # §11, steps 2 to 4
    def check_time(self, header, parent):
        network, law, after = self.network, "law 8 (§11.%d)", parent.time
        if not network.closed:
            times = sorted(h.time for h in self.headers[-11:])
            after = times[len(times) // 2]
        check(header.time > after, law % 2, "time, and the one it is to be later than", header.time, after)
        since = parent.time
        if not network.on_demand():
            since = network.period_begin(header.time)
            check(parent.time < since, law % 3, "parent's time, and the period's beginning", parent.time, since)
        most = max(0, header.time - since)
        check(header.search <= most, law % 4, "search", header.search, most)

    # §11.1
    def next_target(self):
        network, w, parent = self.network, self.network.retargetBlocks, self.headers[-1]
        if len(self.headers) % w:
            return parent.target
        goal = network.searchSeconds * w
        taken = sorted(h.search for h in self.headers[-w:])[w // 2] * w
        bounded = min(max(taken, goal // 4, 1), goal * 4)
        return compact(min(target(network.easiest), target(parent.target) * bounded // goal))

    # §11.3
    def check_work(self, header, is_own, law):
        """Whether the hash meets the own target, where these keys count as the producer's."""
        network, most = self.network, target(header.target)
        if network.closed:
            own = sum(1 for h in self.headers[-network.shareBlocks:] if is_own(h.producer))
            most //= 1 + network.shareDivisor * own // network.shareBlocks
        check(int.from_bytes(header.hash, "big") <= most, law, "hash and own target", header.hash, u(32, most))

    # §12, steps 2 to 4
    def check_body(self, header, raw):
        network, size = self.network, sum(map(len, raw))
        check(size <= network.blockBytes, "§12.2", "bytes of the transactions", size, network.blockBytes)
        check(len(raw) <= network.blockTransactions, "§12.2", "transactions", len(raw), network.blockTransactions)
        ids = [sha(data) for data in raw]
        same("§12.3", "transaction root", header.transaction_root, list_root(ids))
        check(raw, "§12.4", "there is no transaction")
        same("§12.4", "transactions, and different ones", len(ids), len(set(ids)))

    # §12, step 5
    def check_producer(self, header):
        state, law, key = self.state, "law 7 (§12.5)", header.producer
        holder = state.get(HOLDER, key)
        check(holder, law, "the producer's key has no holder", key)
        member = state.get(MEMBER, holder.member)
        check(member.good, law, "the producer is not in good standing", holder.member)
        present = (member.record.key, member.node_key and member.node_key[0])
        check(holder.site or key in present, law, "the producer's key is a node key of the past", key)

        def is_own(other):
            return (at := state.get(HOLDER, other)) is not None and at.member == holder.member
        self.check_work(header, is_own, "law 8 (§12.5)")

    # §12, step 7
    def apply(self, number, data):
        try:
            self.transaction = transaction = Transaction(data)
            admission.check_signature(self, transaction)
            KINDS[transaction.kind](self, transaction.body)
        except Refused as error:
            error.transaction = {"transaction": number, "kind": data[0], "id": sha(data)}
            raise
        self.counts[transaction.kind] += 1

    # §12, step 8
    def check_records(self, term, epoch):
        now, network = self.state.get(FINALITY), self.network
        moved = network.start(now.epoch) - network.start(epoch)
        check(now.term != term or moved >= 86400, "§12.8", "a block of records alone moves too little", moved, 86400)
