# SPDX-License-Identifier: Apache-2.0
"""Signers, admission and keys, §3.3 and §15."""

from .coding import check, named, same, varint
from .ed25519 import is_proper, verify
from .records import EXCHANGE, OPERATOR
from .state import DEVICE, EDITION, HOLDER, MEMBER, PROGRESS, SITE, Device, Edition, Holder, Member, Progress, Site


# §3.3
def signed_content(network, content):
    """What is signed, of a content with its domain."""
    return b"hinata/signature/1" + network.id + content


# §15
def signing_key(state, transaction):
    """The key of a transaction's signer, who may sign; None where nobody signs."""
    body, law = transaction.body, "law 7 (§15)"
    if transaction.kind in (8, 9):
        return None
    if transaction.kind == 4:
        site = state.get(SITE, body.site)
        check(site, "law 7 (§16)", "the site is not there", body.site)
        good_signer(state, site.record.member, "law 7 (§16)")
        return site.record.key
    name, kind = {1: ("operator", OPERATOR), 2: ("operator", OPERATOR), 3: ("operator", OPERATOR), 10: ("operator", OPERATOR),
                  12: ("operator", OPERATOR), 13: ("exchange", EXCHANGE),
                  5: ("exchange", EXCHANGE), 6: ("sender", None), 7: ("owner", None),
                  11: ("member", None)}[transaction.kind]
    record = good_signer(state, getattr(body, name), law).record
    check(kind in (None, record.kind), law, "kind of the signer", record.kind, kind)
    return record.key


def good_signer(state, who, law):
    member = state.get(MEMBER, who)
    check(member and not member.suspended, law, "the signer is not there or suspended", who)
    return member


def check_signature(ledger, transaction):
    key = signing_key(ledger.state, transaction)
    if key:
        holds = verify(key, signed_content(ledger.network, transaction.signed), transaction.signature)
        check(holds, "law 7 (§3.2)", "the transaction's signature does not hold", transaction.signature)


def check_key(state, key, law):
    check(is_proper(key), law, "the key is not proper", key)
    check(not state.get(HOLDER, key), law, "the key has a holder", key)


# §15.1
def write_member(state, network, record, time):
    law = "law 7 (§15.1)"
    check_key(state, record.key, law)
    check(not state.get(MEMBER, record.id), law, "the member is there", record.id)
    state.put(Holder(record.id), HOLDER, record.key)
    state.put(Member(record, network.epoch(time)), MEMBER, record.id)


def admit_member(ledger, body):
    write_member(ledger.state, ledger.network, body.record, ledger.now)


# §15.2
def set_standing(ledger, body):
    law, member = "law 7 (§15.2)", ledger.state.get(MEMBER, body.member)
    check(body.operator != body.member, law, "the operator names itself", body.member)
    check(member, law, "the member is not there", body.member)
    same(law, "change", body.change, member.changes + 1)
    changes = not member.suspended if body.suspended else not member.good
    check(changes, law, "it changes nothing", body.suspended)
    member.suspended, member.barred = body.suspended, member.barred and body.suspended
    member.changes = body.change
    ledger.state.put(member, MEMBER, body.member)


# §15.3
def register_site(ledger, body):
    law, state, record = "law 7 (§15.3)", ledger.state, body.record
    member = state.get(MEMBER, record.member)
    check(member and not member.suspended, law, "the site's member is not there or suspended", record.member)
    check_key(state, record.key, law)
    check(not state.get(SITE, record.id), law, "the site is there", record.id)
    if record.capacity > 0:
        take_device(state, record, law)
    state.put(Holder(record.member, record.id), HOLDER, record.key)
    state.put(Site(record), SITE, record.id)


def take_device(state, record, law):
    device = device_id(record)
    former = state.get(DEVICE, device)
    state.put(Device(record.id), DEVICE, device)
    if not former:
        return
    site, progress = state.get(SITE, former.site).record, state.get(PROGRESS, former.site)
    is_free = site.member == record.member or state.get(MEMBER, site.member).suspended
    check(is_free, law, "the device is another site's", former.site)
    progress = progress or Progress(next=site.active)
    check(record.active >= progress.next, "law 2 (§15.3)", "active from", record.active, progress.next)
    progress.ended = True
    state.put(progress, PROGRESS, former.site)


def device_id(record):
    """What tells a site's device from all others."""
    kept = (bytes(b for b in text.encode().lower() if b > 127 or chr(b).isalnum())
            for text in (record.device, record.device_id))
    return named("hinata/device", *(varint(len(text)) + text for text in kept))


# §15.4
def set_node_key(ledger, body):
    state, epoch = ledger.state, ledger.network.epoch(ledger.now)
    member = state.get(MEMBER, body.member)
    same("law 11 (§15.4)", "change", body.change, member.node_changes + 1)
    last = member.node_key[1] if member.node_key else -1
    check(epoch > last, "law 11 (§15.4)", "epoch of the change and of the one before", epoch, last)
    check_key(state, body.key, "law 7 (§15.4)")
    content = signed_content(ledger.network, b"\xc7" + body.member)
    holds = verify(body.key, content, body.by_key)
    check(holds, "law 11 (§15.4)", "the node key's signature does not hold", body.by_key)
    state.put(Holder(body.member), HOLDER, body.key)
    member.node_key, member.node_changes = (body.key, epoch), body.change
    state.put(member, MEMBER, body.member)


# §15.5
def move_edition(ledger, body):
    law, last = "law 7 (§15.5)", ledger.state.get(EDITION)
    same(law, "edition", body.edition, last.number + 1 if last else 2)
    now = ledger.now // 1800 * 1800
    check(last is None or last.start <= now, law, "the edition before does not hold yet", last and last.start, now)
    check(body.start >= now + 30 * 86400, law, "from when it holds, and the earliest", body.start, now + 30 * 86400)
    check(body.start <= now + 366 * 86400, law, "from when it holds, and the latest", body.start, now + 366 * 86400)
    ledger.state.put(Edition(body.edition, body.start), EDITION)
