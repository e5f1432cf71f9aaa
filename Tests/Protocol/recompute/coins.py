# SPDX-License-Identifier: Apache-2.0
"""Kinds 5, 6, 7 and 13: coins, and value of other networks, §17."""

from dataclasses import replace

from .admission import good_signer
from .coding import MOST, U32, check, interval, named, same
from .records import RENEWABLE, day_slot
from .state import COINS, DAY, FOREIGN, LOT, MEMBER, PROGRESS, SITE, SUPPLY, Coins, Foreign, Lot, Supply


def lot_id(transaction, number):
    return named("hinata/lot", transaction, bytes([number]))


def day_of(state, site, number, law):
    """The site's day of an interval, its number, and the slot."""
    date, slot = day_slot(state.get(SITE, site).record, number)
    day = state.get(DAY, site, date)
    check(day, law, f"the day {date} of the interval {number} is not in the state")
    return day, date, slot


def generated(state, site, first, length, law):
    """What is creditable of the intervals, g in §17.1."""
    total, support = 0, state.get(SITE, site).record.support
    for number in range(first, first + length):
        day, _, slot = day_of(state, site, number, law)
        total += day.creditable(slot, support)
    return total


# §17.2.6
def add_coins(state, owner, supply=None, **changes):
    """Adds to the owner's coins, and judges them and the supply by law 3."""
    coins = state.get(COINS, owner) or Coins()
    for name, amount in changes.items():
        setattr(coins, name, getattr(coins, name) + amount)
    law = "law 3 (§17.2.6)"
    most = max(coins.purchased, coins.received, coins.used, coins.retired)
    check(most <= MOST, law, "coins of a member", most, MOST)
    spent, had = coins.used + coins.retired, coins.purchased + coins.received
    check(spent <= had, law, "used and retired, purchased and received", spent, had)
    state.put(coins, COINS, owner)
    if supply:
        check(supply.minted <= MOST, law, "minted", supply.minted, MOST)
        same(law, "minted, balance and retired", supply.minted, supply.balance + supply.retired)
        state.put(supply, SUPPLY)


# §17.1
def take(ledger, body, owner):
    """Takes the part out of the lot, and writes what is left of it."""
    state, part, lot = ledger.state, body.part, ledger.state.get(LOT, body.lot)
    check(lot and lot.ended is None, "law 3 (§17.1.1)", "the lot is not there or retired", body.lot)
    same("law 7 (§17.1.1)", "owner of the lot", owner, lot.owner)
    state.drop(LOT, body.lot)
    if part.kind == 0 or part.kind == 1 and part.amount == lot.amount:
        return lot
    pieces = by_amount(lot, part.amount) if part.kind == 1 else by_intervals(ledger, lot, part)
    share(lot, pieces, [part.amount, lot.amount - part.amount] if part.kind == 1 else [p.length for _, p in pieces])
    for number, piece in pieces[1:]:
        state.put(piece, LOT, lot_id(ledger.transaction.id, number))
    return pieces[0][1]


# §17.1.3
def by_amount(lot, amount):
    check(0 < amount <= lot.amount, "law 3 (§17.1.3)", "amount of the part", amount, lot.amount)
    return [(0, replace(lot, amount=amount, whole=False)), (1, replace(lot, amount=lot.amount - amount, whole=False))]


# §17.1.4
def by_intervals(ledger, lot, part):
    law, worth = "law 3 (§17.1.4)", ledger.network.worth
    end, end_of_lot = part.first + part.length, lot.first + lot.length
    check(lot.whole, law, "the lot is not whole")
    inside = lot.first <= part.first and end <= end_of_lot
    check(inside, law, "the part's period", (part.first, end), (lot.first, end_of_lot))
    ahead = generated(ledger.state, lot.site, lot.first, part.first - lot.first, "law 1 (§17.1.4)")
    own = generated(ledger.state, lot.site, part.first, part.length, "law 1 (§17.1.4)")
    before, within = worth(ahead), lot.amount if end == end_of_lot else worth(ahead + own)
    check(before < within <= lot.amount, law, "worth up to the part and with it", (before, within), lot.amount)
    pieces = [(0, replace(lot, amount=within - before, first=part.first, length=part.length))]
    if before > 0:
        pieces.append((1, replace(lot, amount=before, length=part.first - lot.first)))
    if lot.amount > within:
        pieces.append((2, replace(lot, amount=lot.amount - within, first=end, length=end_of_lot - end)))
    return pieces


# §17.1.5
def share(lot, pieces, weights):
    """Shares the lot's splits among the pieces, less what the cut costs."""
    if len(pieces) == 1:
        return
    cost, left = len(pieces) - 1, lot.splits
    check(cost <= lot.splits, "law 3 (§17.1.5)", "splits", cost, lot.splits)
    for (_, piece), weight in zip(pieces, weights):
        piece.splits = min(left, lot.splits * weight // max(1, sum(weights)))
        left -= piece.splits
    pieces[-1][1].splits += left
    for _, piece in pieces:
        paid = min(cost, piece.splits)
        piece.splits -= paid
        cost -= paid


# §17.2
def mint(ledger, body):
    state, end = ledger.state, body.first + body.length
    site, progress = state.get(SITE, body.site), state.get(PROGRESS, body.site)
    check(site, "law 7 (§17.2.1)", "the site is not there", body.site)
    member = state.get(MEMBER, site.record.member)
    check(not member.suspended, "law 7 (§17.2.1)", "the site's member is suspended", site.record.member)
    check(site.record.method in RENEWABLE, "law 1 (§17.2.1)", "method of the site", site.record.method)
    check(progress and end <= progress.next, "law 1 (§17.2.1)", "end of the period", end, progress and progress.next)
    energy = 0
    for number in range(body.first, end):
        day, date, slot = day_of(state, body.site, number, "law 1 (§17.2.2)")
        check(not day.has("minted", slot), "law 2 (§17.2.2)", "the interval is minted", number)
        day.mark("minted", slot)
        energy += day.creditable(slot, site.record.support)
        state.put(day, DAY, body.site, date)
    amount = ledger.network.worth(energy)
    check(body.amount == amount > 0, "law 1 (§17.2.3)", "amount", body.amount, amount)
    supply = state.get(SUPPLY) or Supply()
    progress.minted += energy
    supply.claimed += energy
    most = max(progress.minted, supply.claimed)
    check(most <= MOST, "law 3 (§17.2.4)", "minted and claimed energy", most, MOST)
    state.put(progress, PROGRESS, body.site)
    write_minted(ledger, body, site.record.member, supply)


# §17.2.5
def write_minted(ledger, body, owner, supply):
    mint_id = ledger.transaction.id
    splits = min(body.amount // ledger.network.milliCoinsPerSplit + 2 * body.length, U32)
    lot = Lot(body.site, body.exchange, mint_id, owner, body.amount, body.first, body.length, splits)
    ledger.state.put(lot, LOT, lot_id(mint_id, 0))
    supply.minted += body.amount
    supply.balance += body.amount
    add_coins(ledger.state, owner, supply, purchased=body.amount)


# §17.3
def transfer(ledger, body):
    state, to = ledger.state, ledger.state.get(MEMBER, body.to)
    check(body.sender != body.to, "law 7 (§17.3)", "from and to are one", body.to)
    check(to and not to.suspended, "law 7 (§17.3)", "who receives is not there or suspended", body.to)
    lot = take(ledger, body, body.sender)
    state.put(replace(lot, owner=body.to), LOT, lot_id(ledger.transaction.id, 0))
    add_coins(state, body.sender, used=lot.amount)
    add_coins(state, body.to, received=lot.amount)


# §17.4
def retire(ledger, body):
    state, lot = ledger.state, take(ledger, body, body.owner)
    if body.consumption:
        match(ledger, lot, body)
    supply = state.get(SUPPLY) or Supply()
    supply.retired += lot.amount
    supply.balance -= lot.amount
    state.put(replace(lot, ended=interval(ledger.now)), LOT, lot_id(ledger.transaction.id, 0))
    add_coins(state, body.owner, supply, retired=lot.amount)


def match(ledger, lot, body):
    """The consumption that a retirement names."""
    state, consumer, law = ledger.state, body.consumption.site, "law 10 (§17.4.2)"
    site = state.get(SITE, consumer)
    check(site and state.get(SITE, lot.site), "law 7 (§17.4.1)", "a site is not there", consumer)
    support = state.get(SITE, lot.site).record.support
    same("law 7 (§17.4.1)", "member of the consuming site", site.record.member, body.owner)
    for number, energy in body.consumption.matches:
        inside = lot.first <= number < lot.first + lot.length
        check(inside, law, "the interval", number, (lot.first, lot.first + lot.length))
        for of, matched in ((consumer, "consumption_matched"), (lot.site, "generation_matched")):
            day, date, slot = day_of(state, of, number, law)
            check(day.has("recorded", slot), law, "the interval is not recorded", number)
            taken = getattr(day, matched)
            taken[slot] += energy
            most = day.supplied[slot] if matched == "consumption_matched" else day.creditable(slot, support)
            check(taken[slot] <= most, law, f"{matched} at {number}", taken[slot], most)
            state.put(day, DAY, of, date)
    worth = ledger.network.worth(sum(energy for _, energy in body.consumption.matches))
    same("law 10 (§17.4.3)", "worth of the matches, amount of the part", worth, lot.amount)


# §17.5
def honour(ledger, body):
    state, law = ledger.state, "law 2 (§17.5)"
    good_signer(state, body.member, "law 7 (§17.5)")
    check(body.network != ledger.network.id, law, "the lot is of this network", body.network)
    name = named("hinata/foreign", body.network + body.lot)
    check(state.get(FOREIGN, name) is None, law, "it was honoured before", body.lot)
    state.put(Foreign(body), FOREIGN, name)
