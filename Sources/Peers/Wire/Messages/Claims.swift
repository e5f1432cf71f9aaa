// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger

/// Requests to exchanges to mint, passed on until they reach one: each carries its site's
/// signature. Bytes: count (varint, 1…32) ‖ claims.
public struct Claims: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 27
  /// A month of daily claims of a site.
  public static let claimCount: ClosedRange<UInt64> = 1...32
  /// A count and as many values.
  public static let byteLimit = 4 + 103 * 32

  public let claims: [Claim]

  /// A message of 1…32 values.
  public init(claims: [Claim]) { self.claims = claims }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    claims = try input.readList(Claim.self, in: Claims.claimCount, itemBytes: 101)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) { output.writeList(claims) }
}
