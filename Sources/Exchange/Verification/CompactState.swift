// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Ledger

/// The state in memory as small as can be: days, the many, as their bytes; the rest as values.
public struct CompactState: StateSource, Sendable {
  private var entries: [StateKey: StateEntry] = [:]
  private var days: [StateKey: [UInt8]] = [:]
  /// Members, sites and holders of keys, apart: whoever checks signatures ahead needs no more.
  public private(set) var keys = MemoryState()

  /// A state without entries.
  public init() {}

  /// How many entries it has.
  public var count: Int { entries.count + days.count + keys.entries.count }

  /// The entry of `key`, or nil.
  public func entry(_ key: StateKey) throws(StateSourceError) -> StateEntry? {
    switch key.kind {
    case .day:
      guard let bytes = days[key] else { return nil }
      do { return try StateEntry(.day, exactly: bytes) } catch {
        throw StateSourceError("a day of this process's own memory does not decode: \(error)")
      }
    case .member, .keyHolder, .site: return try keys.entry(key)
    default: return entries[key]
    }
  }

  /// The canonical bytes of an entry, or nil.
  public func bytes(_ key: StateKey) -> [UInt8]? {
    switch key.kind {
    case .day: days[key]
    case .member, .keyHolder, .site: keys.entries[key]?.bytes
    default: entries[key]?.bytes
    }
  }

  /// Puts changes in place; nil removes.
  public mutating func apply(_ changes: [StateChange]) {
    for change in changes {
      switch change.key.kind {
      case .day: days[change.key] = change.bytes
      case .member, .keyHolder, .site: keys.apply([change])
      default: entries[change.key] = change.entry
      }
    }
  }

  /// Calls `body` with every entry of a kind, in no order.
  public func visit(
    _ kind: StateKey.Kind, _ body: (StateKey, StateEntry) -> Void
  ) throws(StateSourceError) {
    do { try visitAll(kind, body) } catch {
      throw StateSourceError("entries of this process's own memory do not decode: \(error)")
    }
  }

  private func visitAll(
    _ kind: StateKey.Kind, _ body: (StateKey, StateEntry) -> Void
  ) throws(DecodeError) {
    switch kind {
    case .day:
      for (key, bytes) in days { body(key, try StateEntry(.day, exactly: bytes)) }
    case .member, .keyHolder, .site:
      for (key, entry) in keys.entries where key.kind == kind { body(key, entry) }
    default: for (key, entry) in entries where key.kind == kind { body(key, entry) }
    }
  }

  /// Calls `body` with every entry's bytes, in no order.
  public func visitBytes(_ body: (StateKey, [UInt8]) throws -> Void) rethrows {
    for (key, bytes) in days { try body(key, bytes) }
    for (key, entry) in keys.entries { try body(key, entry.bytes) }
    for (key, entry) in entries { try body(key, entry.bytes) }
  }
}
