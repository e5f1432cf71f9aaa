// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Quantities

/// An edition of the network's rules that the operator has announced, and from when it holds.
/// Bytes: number (varint, 2…2¹⁶) ‖ from (8). Source: Docs/protocol.md §15.5.
public struct Edition: Hashable, Sendable, Canonical {
  /// The edition that every network begins with.
  static let first: UInt64 = 1
  /// The newest edition that this version knows.
  public static let known: UInt64 = 1
  /// What an announcement may name.
  public static let numbers: ClosedRange<UInt64> = 2...65_536
  /// How long before it holds an edition has to be announced, in seconds: time to update.
  public static let notice: UInt64 = 30 * 86_400

  /// How far ahead it may be announced, in seconds: no mistake binds a network for good.
  public static let horizon: UInt64 = 366 * 86_400

  public let number: UInt64
  /// Blocks of this time and later ones go by it: the beginning of a half hour, since a producer
  /// moves a block's time within one while it searches.
  public let from: NetworkTime

  /// An edition that holds from a time on.
  public init(number: UInt64, from: NetworkTime) {
    self.number = number
    self.from = from
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    number = try input.readVarint(in: Edition.numbers)
    from = NetworkTime(seconds: try input.readFixed(UInt64.self))
    guard from.seconds < 1 << 40, Interval(containing: from).start == from else {
      throw input.refusal(.outOfRange)
    }
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeVarint(number)
    output.writeFixed(from.seconds)
  }

  /// Whether this version knows the rules.
  public var isKnown: Bool { number <= Edition.known }
}

extension Transition {
  /// Stops at a block whose rules this version does not know: it can neither take nor refuse it.
  func checkEdition() throws(ApplyError) {
    guard let edition = try read({ s throws(StateSourceError) in try s.edition() }),
      !edition.isKnown, time >= edition.from
    else { return }
    throw .source(
      StateSourceError(
        "from \(edition.from) on the network's rules are edition \(edition.number), and this version "
          + "knows \(Edition.known): update it, nothing is lost"))
  }
}
