// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import LedgerCrypto

/// One entry of the state. A new kind is added here, in `StateKey.Kind` and as a type of its own.
/// Indirect, since entries are looked up and passed on far more often than made.
public indirect enum StateEntry: Hashable, Sendable {
  case supply(Supply)
  case member(Member)
  case keyHolder(KeyHolder)
  case site(SiteRecord)
  case progress(SiteProgress)
  case day(SiteDay)
  case lot(Lot)
  case coins(MemberCoins)
  case finality(FinalityState)
  case checkpoint(CheckpointEntry)
  case term(Term)
  case device(DeviceHolder)
  case edition(Edition)
  case foreignLot(ForeignLot)

  /// The entry of `kind` that `bytes` encode.
  public init(_ kind: StateKey.Kind, exactly bytes: [UInt8]) throws(DecodeError) {
    switch kind {
    case .supply: self = .supply(try Supply(exactly: bytes))
    case .member: self = .member(try Member(exactly: bytes))
    case .keyHolder: self = .keyHolder(try KeyHolder(exactly: bytes))
    case .site: self = .site(try SiteRecord(exactly: bytes))
    case .progress: self = .progress(try SiteProgress(exactly: bytes))
    case .day: self = .day(try SiteDay(exactly: bytes))
    case .lot: self = .lot(try Lot(exactly: bytes))
    case .coins: self = .coins(try MemberCoins(exactly: bytes))
    case .finality: self = .finality(try FinalityState(exactly: bytes))
    case .checkpoint: self = .checkpoint(try CheckpointEntry(exactly: bytes))
    case .term, .replacedTerm: self = .term(try Term(exactly: bytes))
    case .device: self = .device(try DeviceHolder(exactly: bytes))
    case .edition: self = .edition(try Edition(exactly: bytes))
    case .foreignLot: self = .foreignLot(try ForeignLot(exactly: bytes))
    }
  }

  /// The canonical bytes.
  public var bytes: [UInt8] {
    switch self {
    case .supply(let entry): entry.bytes
    case .member(let entry): entry.bytes
    case .keyHolder(let entry): entry.bytes
    case .site(let entry): entry.bytes
    case .progress(let entry): entry.bytes
    case .day(let entry): entry.bytes
    case .lot(let entry): entry.bytes
    case .coins(let entry): entry.bytes
    case .finality(let entry): entry.bytes
    case .checkpoint(let entry): entry.bytes
    case .term(let entry): entry.bytes
    case .device(let entry): entry.bytes
    case .edition(let entry): entry.bytes
    case .foreignLot(let entry): entry.bytes
    }
  }
}

/// The state could not be read: our own fault (disk, damaged file), never a peer's.
public struct StateSourceError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, for the operator of this node.
  public let description: String

  /// A failure that `description` explains.
  public init(_ description: String) { self.description = description }
}

/// Where entries come from: a store, or memory.
public protocol StateSource: StateReading where Failure == StateSourceError {
  /// Calls `body` with every entry of a kind, in no order: a draw looks at all members and sites.
  func visit(
    _ kind: StateKey.Kind, _ body: (StateKey, StateEntry) -> Void
  ) throws(StateSourceError)
}

/// A state in memory, for tests, simulation and re-checking a chain from nothing.
public struct MemoryState: StateSource, Sendable {
  /// All entries.
  public private(set) var entries: [StateKey: StateEntry] = [:]

  /// A state without entries.
  public init() {}

  /// The entry of `key`, or nil.
  public func entry(_ key: StateKey) throws(StateSourceError) -> StateEntry? { entries[key] }

  /// Calls `body` with every entry of a kind, in no order.
  public func visit(
    _ kind: StateKey.Kind, _ body: (StateKey, StateEntry) -> Void
  ) throws(StateSourceError) {
    for (key, entry) in entries where key.kind == kind { body(key, entry) }
  }

  /// Puts changes in place; nil removes.
  public mutating func apply(_ changes: [StateChange]) {
    for change in changes { entries[change.key] = change.entry }
  }
}

/// An entry put in place of whatever was there; nil removes it.
public struct StateChange: Sendable {
  public let key: StateKey
  public let entry: StateEntry?
  /// The entry's canonical bytes, encoded once: the tree hashes them and the store keeps them.
  public let bytes: [UInt8]?

  /// A change of `key` to `entry`.
  public init(key: StateKey, entry: StateEntry?) {
    self.key = key
    self.entry = entry
    bytes = entry?.bytes
  }
}

/// A state with changes on top of it that are not yet kept anywhere.
public struct StateView: StateReading {
  /// The state without the changes.
  let base: any StateSource
  private var overlay: [StateKey: StateEntry?] = [:]
  private var journal: [(key: StateKey, overlaid: StateEntry??)] = []

  /// A view of `base` as it is, with room for the changes expected.
  public init(_ base: any StateSource, expecting changes: Int = 0) {
    self.base = base
    overlay.reserveCapacity(changes)
  }

  /// The entry of `key`, or nil.
  public func entry(_ key: StateKey) throws(StateSourceError) -> StateEntry? {
    if let changed = overlay[key] { return changed }
    return try base.entry(key)
  }

  /// Puts `entry` in place; nil removes.
  public mutating func set(_ key: StateKey, _ entry: StateEntry?) {
    journal.append((key, overlay.updateValue(entry, forKey: key)))
  }

  /// Begins a step that can be taken back.
  mutating func mark() { journal.removeAll(keepingCapacity: true) }

  /// Takes back all changes since the last mark.
  mutating func rollBack() {
    while let (key, overlaid) = journal.popLast() { overlay[key] = overlaid }
  }

  /// All changes in the order of their keys.
  public var changes: [StateChange] {
    overlay.map { StateChange(key: $0.key, entry: $0.value) }.sorted { $0.key < $1.key }
  }

  /// What the changed keys held before, in the same order: applying it undoes the changes.
  public func undo() throws(StateSourceError) -> [StateChange] {
    var before: [StateChange] = []
    before.reserveCapacity(overlay.count)
    for key in overlay.keys.sorted() {
      before.append(StateChange(key: key, entry: try base.entry(key)))
    }
    return before
  }
}
