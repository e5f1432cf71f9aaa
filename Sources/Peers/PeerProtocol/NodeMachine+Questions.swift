// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
public import Ledger
import LedgerCrypto
import Quantities
import Wire

extension NodeMachine {
  /// A foreign report whose samples are looked at.
  struct Audit {
    let report: Report
    let id: TransactionId
    let site: PublicKey
    /// Of whom and when the samples were asked; nil while there is no link to the site's node.
    var asked: (link: Link, at: UInt64)?
    /// Who says that something is wrong with it; nil where this node chose it by itself.
    var accuser: PublicKey?
    /// A person wants to see them: that they are not to be had is told to that person alone. A home
    /// forgets rightly what nobody can claim any more.
    var isLook = false
    /// How often a link went away over which they were asked.
    var cut = 0
  }

  /// Audits under way at once, and those that one member's word leads to.
  static let auditLimit = 64
  static let auditsOfAccuser = 4
  /// Who cuts the link so often when asked has no samples to show.
  static let cutsOfAudit = 3

  func give(_ question: GetEvidence, to link: Link) {
    guard let peer = peers[link] else { return }
    guard isMember(peer.info.key) else {
      return send(
        .evidenceDelivery(EvidenceDelivery(request: question.request, outcome: .notMember)),
        to: link)
    }
    act(
      .findEvidence(
        link, request: question.request, site: question.site, interval: question.interval))
  }

  /// Chooses reports of others at random to look at their samples.
  func chooseAudits(_ block: Block) {
    guard settings.audits, !isCatchingUp else { return }
    for transaction in block.transactions {
      guard case .report(let report) = transaction.transaction,
        chance.happens(1, of: limits.auditOneIn),
        let site = try? chain.site(report.site), site.key != key, hasRoomForAudit()
      else { continue }
      audits[nextRequest] = Audit(report: report, id: transaction.id, site: site.key, asked: nil)
      nextRequest &+= 1
    }
    for peer in established { askForAudits(of: peer) }
  }

  /// Whether one more report can be looked at. The oldest whose node was never linked gives way:
  /// else homes that are away would end all audits.
  private func hasRoomForAudit() -> Bool {
    guard audits.count >= NodeMachine.auditLimit else { return true }
    guard let oldest = audits.filter({ $0.value.asked == nil }).keys.min() else { return false }
    audits[oldest] = nil
    return true
  }

  /// A person wants to see the samples under another's report: its node is asked where there is a
  /// link to it. What the samples say is published as of any audit.
  func look(at report: Report, _ id: TransactionId) {
    guard !isLooking(at: id), let site = try? chain.site(report.site),
      let peer = established.first(where: {
        $0.info.key == site.key && $0.hello?.offers.contains(.evidence) == true
      })
    else { return }
    if !audits.values.contains(where: { $0.id == id }) {
      guard hasRoomForAudit() else { return }
      audits[nextRequest] = Audit(report: report, id: id, site: site.key, isLook: true)
      nextRequest &+= 1
    }
    askForAudits(of: peer)
  }

  /// Whether a node was asked for the samples under a report, and has not answered yet.
  public func isLooking(at report: TransactionId) -> Bool {
    audits.values.contains { $0.id == report && $0.asked != nil }
  }

  /// Another's word that samples are wrong proves nothing: whoever hears it looks itself.
  private func lookItself(_ note: AuditNote) {
    guard settings.audits, !audits.values.contains(where: { $0.id == note.report }),
      audits.values.count(where: { $0.accuser == note.auditor }) < NodeMachine.auditsOfAccuser
    else { return }
    do {
      var place: (block: BlockHash, position: Int)?
      try chain.storage.read { place = try $0.place(of: note.report) }
      guard let place, let block = try chain.block(place.block),
        block.transactions.indices.contains(place.position),
        case .report(let report) = block.transactions[place.position].transaction,
        // A home keeps no samples of what cannot be claimed any more.
        report.first.advanced(by: 48 * chain.genesis.rules.claimDays)
          > Interval(containing: now.time),
        let site = try chain.site(report.site), site.key != key, hasRoomForAudit()
      else { return }
      audits[nextRequest] = Audit(
        report: report, id: note.report, site: site.key, accuser: note.auditor)
      nextRequest &+= 1
    } catch { return fault(error) }
    for peer in established { askForAudits(of: peer) }
  }

  /// Asks a site's own node for the samples under its reports that were chosen.
  func askForAudits(of peer: Peer) {
    guard peer.hello?.offers.contains(.evidence) == true else { return }
    for (request, audit) in audits.sorted(by: { $0.key < $1.key })
    where audit.asked == nil && audit.site == peer.info.key {
      audits[request]?.asked = (peer.link, now.milliseconds)
      send(
        .getEvidence(
          GetEvidence(request: request, site: audit.report.site, interval: audit.report.first)),
        to: peer.link)
    }
  }

  func received(_ answer: EvidenceDelivery, on link: Link) {
    guard let audit = audits[answer.request], audit.asked?.link == link else {
      return punish(link, .unsolicited("evidence"))
    }
    audits[answer.request] = nil
    switch answer.outcome {
    case .given:
      act(.judgeEvidence(report: audit.id, audit.report, bytes: answer.evidence))
    case .notKept where audit.isLook: act(.evidenceNotKept(report: audit.id))
    case .notKept: publish(.noEvidence, on: audit.id)
    case .notMember: act(.evidenceWithheld(report: audit.id))
    }
  }

  /// Samples that were asked for and did not come.
  func dropOverdueAudits() {
    for (request, audit) in audits.sorted(by: { $0.key < $1.key }) {
      guard let asked = audit.asked, now.milliseconds - asked.at >= 4 * limits.answerTimeout else {
        continue
      }
      audits[request] = nil
      if !audit.isLook { publish(.noEvidence, on: audit.id) }
    }
  }

  /// A link is gone: what was asked over it is asked again over the next one, a few times; who
  /// looked does so again themselves.
  func forgetAudits(of link: Link) {
    for (request, audit) in audits.sorted(by: { $0.key < $1.key }) where audit.asked?.link == link {
      var again = audit
      again.asked = nil
      again.cut += 1
      let isOver = audit.isLook || again.cut == NodeMachine.cutsOfAudit
      audits[request] = isOver ? nil : again
      if isOver, !audit.isLook { publish(.noEvidence, on: audit.id) }
    }
  }

  /// Signs what was found and passes it on.
  func publish(_ finding: AuditNote.Finding, on report: TransactionId) {
    let note = AuditNote(
      report: report, finding: finding, time: now.time, network: chain.network,
      signedBy: settings.key)
    seenNotes.insert(note.subject)
    act(.keep(note))
    for peer in established where peer.relays {
      send(.auditNotes(AuditNotes(notes: [note])), to: peer.link)
    }
  }

  func received(_ answer: AuditNotes, on link: Link) {
    var news: [AuditNote] = []
    for note in answer.notes where !seenNotes.contains(note.subject) {
      guard note.isSigned(in: chain.network) else {
        return punish(link, .invalidSignature("an audit note"))
      }
      var isOnChain = false
      do { try chain.storage.read { isOnChain = try $0.place(of: note.report) != nil } } catch {
        return fault(error)
      }
      // A note on a report that this node has not seen yet comes again from others.
      guard isOnChain, isMember(note.auditor) else { continue }
      seenNotes.insert(note.subject)
      act(.keep(note))
      news.append(note)
      if note.finding != .agrees { lookItself(note) }
    }
    guard !news.isEmpty else { return }
    for peer in established where peer.relays && peer.link != link {
      send(.auditNotes(AuditNotes(notes: news)), to: peer.link)
    }
  }
}

extension AuditNote {
  /// One auditor says one thing of one report.
  var subject: Bytes32 { SHA256.digest(tag: 3, auditor.value, report.value) }
}
