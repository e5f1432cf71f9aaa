// SPDX-License-Identifier: Apache-2.0

/// The kinds of transactions, by the words that programs use for them.
public enum TransactionKind: String, CaseIterable, Sendable {
  case admitMember = "admit_member"
  case setStanding = "set_standing"
  case registerSite = "register_site"
  case report
  case mint
  case transfer
  case retire
  case recordFinal = "record_final"
  case contradiction
  case restart
  case setNodeKey = "set_node_key"
  case moveEdition = "move_edition"
  case honour

  /// The kind whose encoding begins with this byte, or nil.
  public init?(code: UInt8) {
    guard let kind = TransactionKind.allCases.first(where: { $0.code == code }) else { return nil }
    self = kind
  }

  /// What its signature is for.
  public var domain: SigningDomain {
    switch self {
    case .admitMember: .admitMember
    case .setStanding: .setStanding
    case .registerSite: .registerSite
    case .report: .report
    case .mint: .mint
    case .transfer: .transfer
    case .retire: .retire
    case .recordFinal: .recordFinal
    case .contradiction: .contradiction
    case .restart: .restart
    case .setNodeKey: .setNodeKey
    case .moveEdition: .moveEdition
    case .honour: .honour
    }
  }

  /// The first byte of its encoding.
  public var code: UInt8 { domain.rawValue }

  /// Its English name, for people.
  public var name: String { rawValue.replacing("_", with: " ") }
}

extension Transaction {
  /// Its kind.
  public var kind: TransactionKind {
    switch self {
    case .admitMember: .admitMember
    case .setStanding: .setStanding
    case .registerSite: .registerSite
    case .report: .report
    case .mint: .mint
    case .transfer: .transfer
    case .retire: .retire
    case .recordFinal: .recordFinal
    case .contradiction: .contradiction
    case .restart: .restart
    case .setNodeKey: .setNodeKey
    case .moveEdition: .moveEdition
    case .honour: .honour
    }
  }
}
