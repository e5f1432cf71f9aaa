// SPDX-License-Identifier: Apache-2.0

/// A law that was broken, and how. Source: Docs/design.md §2.
public enum LawViolation: Error, Hashable, Sendable {
  case noCoinWithoutEnergy(NoCoinWithoutEnergyLaw.Violation)
  case noEnergyTwice(NoEnergyTwiceLaw.Violation)
  case conservation(ConservationLaw.Violation)
  case reportsJoin(ReportsJoinLaw.Violation)
  case energyBalance(EnergyBalanceLaw.Violation)
  case roof(RoofLaw.Violation)
  case keys(KeysLaw.Violation)
  case matchedOnce(MatchedOnceLaw.Violation)
  case approvals(ApprovalLaw.Violation)

  /// The number of the law in Docs/design.md §2; laws that came later are called by their names,
  /// and numbered from 11 on for programs.
  public var law: Int {
    switch self {
    case .noCoinWithoutEnergy: 1
    case .noEnergyTwice: 2
    case .conservation: 3
    case .reportsJoin: 4
    case .energyBalance: 5
    case .roof: 6
    case .keys: 7
    case .matchedOnce: 10
    case .approvals: 11
    }
  }

  /// The finding without the law's name.
  public var finding: any Error & Sendable {
    switch self {
    case .noCoinWithoutEnergy(let violation): violation
    case .noEnergyTwice(let violation): violation
    case .conservation(let violation): violation
    case .reportsJoin(let violation): violation
    case .energyBalance(let violation): violation
    case .roof(let violation): violation
    case .keys(let violation): violation
    case .matchedOnce(let violation): violation
    case .approvals(let violation): violation
    }
  }
}

extension LawViolation: CustomStringConvertible {
  /// `law 2 (no kilowatt-hour twice): …`.
  public var description: String { "law \(law) (\(Law.title(law))): \(finding)" }
}

/// The laws by their numbers.
public enum Law {
  /// The title of law `number` 1…11, as in Docs/design.md §2.
  public static func title(_ number: Int) -> String {
    switch number {
    case 1: "no coin without a kilowatt-hour"
    case 2: "no kilowatt-hour twice"
    case 3: "coins are conserved"
    case 4: "reports join up"
    case 5: "energy balances"
    case 6: "only what a roof can give"
    case 7: "keys speak only for themselves"
    case 8: "a block is work"
    case 9: "most work wins"
    case 10: "consumption is matched once"
    case 11: "two thirds approve what is final"
    default: "unknown law"
    }
  }
}

/// Why a transaction cannot be applied.
public enum ApplyError: Error, Sendable, CustomStringConvertible {
  /// It breaks a law: invalid for every node.
  case law(LawViolation)
  /// Our own state could not be read.
  case source(StateSourceError)

  /// What went wrong.
  public var description: String {
    switch self {
    case .law(let violation): violation.description
    case .source(let error): error.description
    }
  }
}
