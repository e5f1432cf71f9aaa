# SPDX-License-Identifier: Apache-2.0
"""Kind 4: reports, §16."""

from .coding import MOST, U32, check, interval, same
from .records import day_slot, is_balanced, is_counted, is_empty, quality, without_consumption
from .state import DAY, PROGRESS, SITE, SUPPLY, Day, Progress, Supply

LIMIT_OF_REGISTERS = 64


def report(ledger, body):
    """All of §16 behind the signer."""
    state, network = ledger.state, ledger.network
    site, before = state.get(SITE, body.site).record, state.get(PROGRESS, body.site)
    p = before or Progress(next=body.first)
    check(not p.ended, "law 4 (§16.1)", "the site has ended", body.site)
    place(network, body, site, before, ledger.now)
    sums(body)
    unplaced = counters(body, p)
    flows(body, p, unplaced)
    energy(network, body, site, p)
    totals(body, p)
    days(state, body, site)
    if before:
        forget(state, network.claimDays, body, site, p.next)
    p.next = body.first + body.n
    state.put(p, PROGRESS, body.site)
    supply = state.get(SUPPLY) or Supply()
    supply.generated += sum(e[0] for e in body.energies)
    check(supply.generated <= MOST, "law 3 (§16.9)", "generated energy", supply.generated, MOST)
    state.put(supply, SUPPLY)


# §16.1
def place(network, body, site, before, now):
    law, end = "law 4 (§16.1)", body.first + body.n
    check(body.first >= site.active, law, "first, before active from", body.first, site.active)
    same(law, "first", body.first, body.gap + (before.next if before else site.active))
    check(1800 * end <= now, law, "the last interval has not ended", 1800 * end, now)
    latest = min(end + network.reportLateness, U32)
    check(latest >= interval(now), law, "the report is late", interval(now), latest)


def of_flow(body, flow):
    return [register for register in body.registers if register.flow == flow]


def has_quality(body, flow, *kinds):
    return any(quality(q, flow) in kinds for q in body.qualities)


# §16.2
def sums(body):
    for flow in (0, 2, 3, 4, 5, 6, 7, 8):
        readings = sum(e[flow] for e in body.energies)
        counted = sum(register.energy() for register in of_flow(body, flow))
        holds = readings <= counted if has_quality(body, flow, 0, 5, 6) else readings == counted
        check(holds, "law 4 (§16.2)", f"sum of flow {flow} and of its registers", readings, counted)


# §16.3
def counters(body, p):
    """Puts the registers into the progress. The energy by flow between the old closings and the openings."""
    law, between = "law 4 (§16.3)", [0] * 9
    for new in body.registers:
        flow, old = new.flow, p.registers.get(new.place)
        gap = body.gap > 0 or not p.known >> flow & 1 or not is_counted(body.qualities[0], flow)
        if old and new.restarted:
            check(gap, law, f"register {new.place} restarted without a gap")
        elif old:
            same(law, f"register {new.place}: step, digits, integrated", *map(nature, (new, old)))
            on = (new.opening - old.closing) % new.size
            check(on == 0 or gap and 2 * on < new.size, law, f"opening of register {new.place}", new.opening,
                  old.closing)
            between[flow] += old.between(old.closing, new.opening)
        p.registers[new.place] = new
    check(len(p.registers) <= LIMIT_OF_REGISTERS, law, "number of registers", len(p.registers), LIMIT_OF_REGISTERS)
    return between


def nature(register):
    return register.step, register.digits, register.flags & 2


# §16.4
def flows(body, p, between):
    p.known = sum(1 << flow for flow in range(9) if is_counted(body.qualities[-1], flow))
    for flow in range(9):
        p.unknown[flow] += sum(1 for q in body.qualities if quality(q, flow) == 6)
        if flow != 1 and not has_quality(body, flow, 5):
            counted = between[flow] + sum(register.energy() for register in of_flow(body, flow))
            rest = counted - sum(e[flow] for e in body.energies)
            p.unplaced[flow] = min(p.unplaced[flow] + max(0, rest), MOST)


# §16.5
def energy(network, body, site, p):
    tolerance = network.balanceToleranceWh
    roof, connection = (watts * (1000 + network.roofTolerancePerMille) // 2000
                        for watts in (site.capacity, site.connection))
    for number, (q, e) in enumerate(zip(body.qualities, body.energies), body.first):
        for flow in (2, 3):
            check(e[flow] <= connection, "law 5 (§16.5)", f"flow {flow} at {number}", e[flow], connection)
        if is_balanced(q):
            p.imbalance += without_consumption(e) - e[1]
            check(abs(p.imbalance) <= tolerance, "law 5 (§16.5)", f"imbalance at {number}", p.imbalance, tolerance)
        check(e[0] <= roof, "law 6 (§16.5)", f"generated at {number}", e[0], roof)


# §16.6
def totals(body, p):
    for flow in range(4):
        p.totals[flow] += sum(e[flow] for e in body.energies)
        check(p.totals[flow] <= MOST, "law 3 (§16.6)", f"total of flow {flow}", p.totals[flow], MOST)


# §16.7
def days(state, body, site):
    for number, (q, e) in enumerate(zip(body.qualities, body.energies), body.first):
        if is_empty(q):
            continue
        date, slot = day_slot(site, number)
        day = state.get(DAY, body.site, date) or Day()
        if quality(q, 0) != 6:
            day.mark("recorded", slot)
            day.pq1[slot] = e[0]
        if quality(q, 2) not in (0, 5, 6) and quality(q, 3) != 6:
            day.mark("metered", slot)
            day.sold[slot] = e[2]
        if is_balanced(q):
            day.mark("balanced", slot)
            day.charged[slot] = e[4] + e[6]
            day.supplied[slot] = max(0, e[1] + e[4] + e[6] - e[5] - e[7])
        state.put(day, DAY, body.site, date)


# §16.8
def forget(state, kept, body, site, next_before):
    """Takes out the days that are older than the site's half hours are kept."""
    a, _ = day_slot(site, next_before - 1)
    z, _ = day_slot(site, body.first + body.n - 1)
    if z > a and z >= kept:
        first = max(a, kept) - kept
        for date in range(first, min(z - kept, first + kept)):
            state.drop(DAY, body.site, date)
