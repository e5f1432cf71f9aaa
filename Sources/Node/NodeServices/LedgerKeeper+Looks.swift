// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Ledger
import LedgerStore
import Metering
import PeerProtocol
import Quantities

/// What came of asking for the samples under a report.
public enum EvidenceLook: Hashable, Sendable {
  /// The bytes as their home's node sent them, and what they say of the report.
  case given([UInt8], AuditNote.Finding)
  /// The home's node keeps none of it.
  case notKept
  /// It does not take this node for a member.
  case withheld
  /// There is no link to it now.
  case noLink
  /// It did not answer in time.
  case noAnswer
}

extension LedgerKeeper {
  /// How long somebody waits for another's samples.
  static let lookPatience = Duration.seconds(4)
  /// Who wait at once.
  static let lookLimit = 32

  /// Somebody who waits.
  struct Looker {
    let until: ContinuousClock.Instant
    let answer: CheckedContinuation<EvidenceLook, Never>
  }

  /// The samples under a report: this node's own, or those that the node of the report's site
  /// keeps, asked for now. They are judged as every audit is. Source: Docs/requirements.md L6.1.
  public func look(at id: TransactionId, _ report: Report) async -> EvidenceLook {
    if let own = try? samples?.evidence(site: report.site, covering: report.first)?.evidence,
      own.root == report.sampleRoot
    {
      return .given(own.bytes, judged(report, own.bytes))
    }
    guard looks.values.reduce(0, { $0 + $1.count }) < LedgerKeeper.lookLimit else {
      return .noAnswer
    }
    _ = handle(.looked(report: id, report))
    guard machine.isLooking(at: id) else { return .noLink }
    return await withCheckedContinuation { answer in
      looks[id, default: []].append(
        Looker(until: .now.advanced(by: LedgerKeeper.lookPatience), answer: answer))
    }
  }

  func answerLooks(at id: TransactionId, _ look: EvidenceLook) {
    for looker in looks.removeValue(forKey: id) ?? [] { looker.answer.resume(returning: look) }
  }

  /// Nobody waits longer than their patience.
  func giveUpLooks() {
    for (id, lookers) in looks {
      looks[id] = lookers.filter { $0.until > .now }
      if looks[id]?.isEmpty == true { looks[id] = nil }
      for looker in lookers where looker.until <= .now {
        looker.answer.resume(returning: .noAnswer)
      }
    }
  }

  /// Whoever waits when the node ends is told.
  public func endLooks() {
    for id in looks.keys { answerLooks(at: id, .noAnswer) }
  }
}
