// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger

/// Asks for the headers after the newest block that both know; the locator is newest first.
/// Bytes: count (varint, 1…101) ‖ count × 32 bytes.
public struct GetHeaders: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 5
  /// 10 recent hashes and then powers of two reach the genesis of any chain; the rest is slack.
  public static let locatorCount: ClosedRange<UInt64> = 1...101
  /// A count and as many values.
  public static let byteLimit = 4 + 32 * 101

  public let locator: [BlockHash]

  /// A message of 1…101 values.
  public init(locator: [BlockHash]) { self.locator = locator }

  /// What it asks for.
  public var asks: (kind: UInt8, count: Int)? { (Headers.kind, 1) }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    locator = try input.readList(BlockHash.self, in: GetHeaders.locatorCount, itemBytes: 32)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) { output.writeList(locator) }
}
