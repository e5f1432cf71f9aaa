// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto

/// Names one entry of the state. Entries of a kind, an id and, for days, a day number.
public struct StateKey: Hashable, Sendable, Comparable {
  /// The kinds of entries; numbers are part of the state root and never reused.
  public enum Kind: UInt8, CaseIterable, Sendable {
    case supply = 0
    case member = 1
    case keyHolder = 2
    case site = 3
    case progress = 4
    case day = 5
    case lot = 6
    case coins = 7
    case finality = 8
    case checkpoint = 9
    case term = 10
    case device = 11
    case replacedTerm = 12
    case edition = 13
    case foreignLot = 14
  }

  public let kind: Kind
  public let id: Bytes32
  public let number: UInt32

  /// A key of these parts.
  public init(_ kind: Kind, _ id: Bytes32, _ number: UInt32 = 0) {
    self.kind = kind
    self.id = id
    self.number = number
  }

  /// The totals of the whole chain.
  public static let supply = StateKey(.supply, .zero)
  /// A member's record and standing.
  public static func member(_ id: MemberId) -> StateKey { StateKey(.member, id.value) }
  /// Whose key this is.
  public static func holder(_ key: PublicKey) -> StateKey { StateKey(.keyHolder, key.value) }
  /// A site's record.
  public static func site(_ id: SiteId) -> StateKey { StateKey(.site, id.value) }
  /// How far a site has reported.
  public static func progress(_ id: SiteId) -> StateKey { StateKey(.progress, id.value) }
  /// What a site recorded on one of its days.
  public static func day(_ id: SiteId, _ day: UInt32) -> StateKey { StateKey(.day, id.value, day) }
  /// A lot.
  public static func lot(_ id: LotId) -> StateKey { StateKey(.lot, id.value) }
  /// A member's coin totals.
  public static func coins(_ id: MemberId) -> StateKey { StateKey(.coins, id.value) }
  /// What is final, and who approves.
  public static let finality = StateKey(.finality, .zero)
  /// A block that is the checkpoint of an epoch.
  public static func checkpoint(_ block: BlockHash) -> StateKey {
    StateKey(.checkpoint, block.value)
  }
  /// Which site a device feeds, by `SiteRecord.device`.
  public static func device(_ device: Bytes32) -> StateKey { StateKey(.device, device) }
  /// The list of a term.
  public static func term(_ number: UInt32) -> StateKey { StateKey(.term, .zero, number) }

  /// The newest edition of the rules that was announced.
  public static let edition = StateKey(.edition, .zero)
  /// The list of a term that a restart has put another in the place of: it is the next one for what
  /// is final below the restart.
  public static func replacedTerm(_ number: UInt32) -> StateKey {
    StateKey(.replacedTerm, .zero, number)
  }

  /// The key's place in the state tree.
  public var path: Bytes32 { SHA256.digest(name: "hinata/state", bytes) }

  /// kind ‖ id (32) ‖ number (4, big endian).
  public var bytes: [UInt8] {
    var output = ByteWriter()
    output.write(kind.rawValue)
    output.write(id)
    output.writeFixed(number)
    return output.bytes
  }

  /// Orders by kind, id and number.
  public static func < (left: StateKey, right: StateKey) -> Bool {
    (left.kind.rawValue, left.id, left.number) < (right.kind.rawValue, right.id, right.number)
  }
}
