# SPDX-License-Identifier: Apache-2.0
"""The beginning of a block, terms, records of finality and contradictions, §14, §18, §20."""

from copy import deepcopy

from .admission import signed_content
from .coding import U32, ZERO, check, named, same, u
from .ed25519 import verify
from .records import INSTITUTIONS, OPERATOR, Fields
from .state import CHECKPOINT, FINALITY, HOLDER, MEMBER, PROGRESS, REPLACED, SITE, TERM, Checkpoint, Finality, Term

DAY_SECONDS = 86400
MOST_SEATS = 64


# §14
def begin(ledger, header, restarts):
    """What a block of a closed network writes before its transactions."""
    state, network, parent = ledger.state, ledger.network, ledger.headers[-1]
    if restarts:
        # A restart draws from the state before its block.
        ledger.before = Fields(network=network, state=deepcopy(state), header=header)
    finality, last = state.get(FINALITY), last_term(state)
    epoch = network.epoch(header.time)
    finality.bits = (finality.bits << 1 | parent.hash[-1] & 1) % 2**256
    if parent.height == 0:
        finality.block = parent.hash
    drawn = None
    if epoch >= last.end:
        drawn = next_term(ledger, last, header, finality.bits)
    state.put(Checkpoint(parent.height, parent.time, finality.newest), CHECKPOINT, parent.hash)
    finality.newest = parent.hash
    if drawn:
        state.put(drawn, TERM, number=drawn.number)
    state.put(finality, FINALITY)


def last_term(state):
    number = state.get(FINALITY).term
    while state.get(TERM, number=number + 1):
        number += 1
    return state.get(TERM, number=number)


# §14.1
class Candidate:
    """A member in a draw: the seat's key, its lot, and the end of its last report, or None."""

    def __init__(self, who, member, site, number, bits):
        kind = member.record.kind
        self.institution, self.operator = kind in INSTITUTIONS, kind == OPERATOR
        self.since, self.last = member.since, site and site[0]
        own = site[1] if site else member.record.key
        self.key = member.node_key[0] if member.node_key else own
        self.lot = named("hinata/draw", u(32, bits), u(4, number), who)

    def seat(self):
        return self.key, self.institution + 2 * self.operator


def last_sites(state, end):
    """By member, (end of the last report, key) of its site in a draw."""
    sites = {}
    for site, entry in state.of_kind(SITE):
        progress = state.get(PROGRESS, site)
        if progress and not progress.ended and progress.next * 1800 + 90 * DAY_SECONDS >= end:
            order = -progress.next, site
            member = entry.record.member
            if member not in sites or order < sites[member][0]:
                sites[member] = order, (progress.next * 1800, entry.record.key)
    return {member: site for member, (_, site) in sites.items()}


def next_term(ledger, term, header, bits, restart=False):
    """The term after this one; of a restart by those that report in the epoch of its block."""
    network, state, number = ledger.network, ledger.state, term.number + 1
    end = network.start(network.epoch(header.time) if restart else term.end)
    sites = last_sites(state, end)
    candidates = [Candidate(who, member, sites.get(who), number, bits) for who, member in state.of_kind(MEMBER)
                  if member.good and (term.number == 0 or member.since < term.root_epoch)]
    candidates.sort(key=lambda c: c.lot)
    reporting = [c for c in candidates if not c.institution and c.last is not None]
    lately = network.restartSeconds // 2 if restart else 7 * DAY_SECONDS
    recent = [c for c in reporting if c.last + lately >= end]
    homes = recent if restart or 3 * len(recent) >= 2 * len(reporting) else reporting
    chosen = choose([c for c in candidates if c.institution], homes)
    young = sum(1 for c in candidates if network.start(c.since) + 90 * DAY_SECONDS > end)
    seats = [c.seat() for c in chosen] or term.seats
    root = network.epoch(header.time)
    end = root + term_epochs(network, number)
    return Term(number, root, header.height, end, restart, len(candidates), young, seats)


def choose(institutions, homes):
    """The seats' candidates, of two groups in the order of lots, in the order of lots."""
    institutions = sorted(institutions, key=lambda c: not c.operator)
    if len(homes) < 5:
        chosen = homes + institutions[:MOST_SEATS - len(homes)]
    else:
        count = min(len(institutions), (len(homes) - 1) // 2, 21)
        chosen = institutions[:count] + homes[:MOST_SEATS - count]
    return sorted(chosen, key=lambda c: c.lot)


# §14.2
def term_epochs(network, number):
    return min(4 * 2**min(number, 16), network.termEpochs)


def first_term(network, state):
    members = [Candidate(who, member, None, 0, 0) for who, member in state.of_kind(MEMBER)]
    members.sort(key=lambda c: c.lot)
    chosen = members
    if len(members) > MOST_SEATS:
        chosen = choose([c for c in members if c.institution], [c for c in members if not c.institution])
    root, count = network.epoch(network.time), len(members)
    return Term(0, root, 0, root + term_epochs(network, 0), False, count, count, [c.seat() for c in chosen])


# §20.2
def check_final_proof(network, term, proof):
    same("law 11 (§20.2)", "number of seats", proof.n, len(term.seats))
    if proof.restart:
        operators = {seat for seat, (_, flags) in enumerate(term.seats) if flags & 2}
        others = (len(term.seats) - len(operators)) // 2 + 1
        check(operators and operators <= set(proof.seats), "law 11 (§20.6)", "an operator's seat is missing", operators)
        same("law 11 (§20.6)", "number of signatures", len(proof.seats), len(operators) + others)
    for seat, signature in zip(proof.seats, proof.signatures):
        holds = verify(term.seats[seat][0], signed_content(network, proof.signed), signature)
        check(holds, "law 11 (§20.2)", f"the approval of seat {seat} does not hold", signature)


# §18.1
def record_final(ledger, proof):
    law, state, network = "law 11 (§18.1)", ledger.state, ledger.network
    check(network.closed, law, "nothing is final in an open network")
    finality, checkpoint = state.get(FINALITY), state.get(CHECKPOINT, proof.source)
    same(law, "term", proof.term, finality.term)
    check(checkpoint, law, "the source is no checkpoint in the state", proof.source)
    after = following(state, finality.term, checkpoint.height)
    if proof.restart:
        after = state.get(TERM, number=finality.term + 1)
        holds = after and after.restart and after.root_height == checkpoint.height
        check(holds, law, "the block does not restart the term", proof.source)
        finality.block = proof.source
    else:
        check(proof.epoch > finality.epoch, law, "source epoch and the recorded one", proof.epoch, finality.epoch)
        start = network.start(proof.epoch)
        check(checkpoint.time < start, law, "time of the source and its epoch's start", checkpoint.time, start)
        finality.epoch, finality.block = proof.epoch, proof.source
    check_final_proof(network, state.get(TERM, number=finality.term), proof)
    hand_over(state, finality, after)
    settle(state, finality)


# §18.1, step 1
def following(state, number, height):
    """The term that begins once a block of this height is final by term `number`."""
    drawn = state.get(REPLACED, number=number + 1) or state.get(TERM, number=number + 1)
    return drawn if drawn and height >= drawn.root_height else None


def hand_over(state, finality, after):
    """Where the source is the next term's root or behind it, that term begins with its root as final."""
    if not after:
        return
    checkpoint = state.get(CHECKPOINT, finality.block)
    while checkpoint.height > after.root_height:
        finality.block = checkpoint.before
        checkpoint = state.get(CHECKPOINT, finality.block)
        check(checkpoint, "law 11 (§18.1.1)", "no checkpoint on the way to the term's root", finality.block)
    finality.epoch, finality.term = after.root_epoch, after.number
    state.put(after, TERM, number=after.number)
    number = after.number
    while (replaced := state.get(REPLACED, number=number)) is not None:
        if not after.restart:
            state.put(replaced, TERM, number=number)
        state.drop(REPLACED, number=number)
        number += 1
    if after.number >= 2:
        state.drop(TERM, number=after.number - 2)


# §18.1, step 2
def settle(state, finality):
    checkpoint = state.get(CHECKPOINT, finality.block)
    finality.height, finality.time = checkpoint.height, checkpoint.time
    before = checkpoint.before
    while (entry := state.get(CHECKPOINT, before)) is not None:
        state.drop(CHECKPOINT, before)
        before = entry.before
    checkpoint.before = ZERO
    state.put(checkpoint, CHECKPOINT, finality.block)
    state.put(finality, FINALITY)


# §20.1
def contradict(one, two):
    if one.sort != two.sort or one.term != two.term or one.raw == two.raw:
        return False
    if one.sort == 1:
        return True
    around = [(a.source_epoch < b.source_epoch and a.epoch > b.epoch) for a, b in ((one, two), (two, one))]
    return one.epoch == two.epoch or any(around)


# §18.2
def contradiction(ledger, body):
    law, state = "law 11 (§18.2)", ledger.state
    term = state.get(TERM, number=body.one.term)
    check(term and body.seat < len(term.seats), law, "the term or seat is not there", (body.one.term, body.seat))
    key = term.seats[body.seat][0]
    holder = state.get(HOLDER, key)
    check(holder, law, "the seat's key has no holder", key)
    check(contradict(body.one, body.two), law, "the approvals do not contradict each other")
    member = state.get(MEMBER, holder.member)
    check(not member.barred, law, "the member is barred", holder.member)
    check(term.number >= member.answered, law, "the term is answered for", term.number, member.answered)
    for vote, signature in ((body.one, body.signature_of_one), (body.two, body.signature_of_two)):
        holds = verify(key, signed_content(ledger.network, vote.signed), signature)
        check(holds, law, "a vote's signature does not hold", signature)
    member.barred, member.answered = True, min(term.number + 1, U32)
    state.put(member, MEMBER, holder.member)


# §18.3
def restart(ledger, body):
    law, state, network = "law 11 (§18.3)", ledger.state, ledger.network
    check(network.closed, law, "nothing is final in an open network")
    finality = state.get(FINALITY)
    same(law, "term", body.term, finality.term)
    check(state.get(CHECKPOINT, body.checkpoint), law, "the block is no checkpoint in the state", body.checkpoint)
    earliest = network.start(finality.epoch) + network.restartSeconds
    check(ledger.now >= earliest, law, "time of the block and the earliest", ledger.now, earliest)
    term, drawn = state.get(TERM, number=body.term), state.get(TERM, number=body.term + 1)
    check(any(flags & 2 for _, flags in term.seats), law, "no operator has a seat", body.term)
    check(not drawn or not drawn.restart, law, "the term was restarted", body.term)
    bits = int.from_bytes(finality.block, "big")
    made = next_term(ledger.before, term, ledger.before.header, bits, restart=True)
    later = made.number
    while (old := state.get(TERM, number=later)) is not None:
        state.put(old, REPLACED, number=later)
        state.drop(TERM, number=later)
        later += 1
    state.put(made, TERM, number=made.number)


# §6.3
def write_genesis(network, state):
    state.put(Finality(0, network.epoch(network.time), ZERO, 0, network.time), FINALITY)
    state.put(first_term(network, state), TERM, number=0)
