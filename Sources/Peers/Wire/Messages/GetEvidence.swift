// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
public import Quantities

/// A member's question for the samples under the report of a site that covers an interval.
/// Bytes: request (4) ‖ site (32) ‖ interval (4).
public struct GetEvidence: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 20
  /// The parts.
  public static let byteLimit = 40

  /// The number that the answer carries.
  public let request: UInt32
  public let site: SiteId
  public let interval: Interval

  /// A question.
  public init(request: UInt32, site: SiteId, interval: Interval) {
    self.request = request
    self.site = site
    self.interval = interval
  }

  /// What it asks for.
  public var asks: (kind: UInt8, count: Int)? { (EvidenceDelivery.kind, 1) }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    request = try input.readFixed(UInt32.self)
    site = try SiteId(from: &input)
    interval = Interval(try input.readFixed(UInt32.self))
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(request)
    site.encode(to: &output)
    output.writeFixed(interval.number)
  }
}
