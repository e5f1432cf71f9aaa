// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Ledger
import LedgerStore
public import TruthChecks

/// What an exchange mints, holds and refuses by its truth checks: a file that its people can read.
/// A check that is not named holds from its own threshold on and refuses never.
public struct DeskPolicy: Codable, Sendable {
  /// From which score on a check holds or refuses a claim, 0…1; more than 1 is never.
  public struct Rule: Codable, Sendable {
    public let hold: Double
    public let refuse: Double
  }

  /// Rules by the names of checks.
  public let checks: [String: Rule]

  /// The usual policy: whatever a check finds by its own threshold is held for a person to look at.
  public init() { checks = [:] }

  /// Reads a policy file: `{"checks": {"night": {"hold": 0.5, "refuse": 0.99}}}`.
  public init(reading path: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    self = try JSONDecoder().decode(DeskPolicy.self, from: data)
    let known = Set(TruthCheck.allCases.map(\.rawValue))
    if let strange = checks.keys.sorted().first(where: { !known.contains($0) }) {
      throw DeskPolicyError(
        description: "\(path): no check is called \(strange); known are \(known.sorted())")
    }
  }

  /// What to do with a claim of which the checks say `findings`.
  public func outcome(of findings: [TruthFinding]) -> ClaimDecision.Outcome {
    var outcome = ClaimDecision.Outcome.minted
    for finding in findings {
      let rule = checks[finding.check.rawValue] ?? Rule(hold: 0.5, refuse: 2)
      if finding.score >= rule.refuse { return .refused }
      if finding.score >= rule.hold { outcome = .held }
    }
    return outcome
  }
}

/// A policy file that cannot be used.
public struct DeskPolicyError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

extension TruthFinding {
  /// The finding as a decision states it.
  var reason: ClaimDecision.Reason {
    ClaimDecision.Reason(
      check: check.rawValue, score: UInt32((min(1, max(0, score)) * 1000).rounded()),
      sentence: sentence)
  }
}
