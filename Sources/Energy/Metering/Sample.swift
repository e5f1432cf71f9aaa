// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import EchonetLite
import LedgerCrypto
public import Quantities

/// One raw answer of a meter: the evidence under a reading.
/// Bytes: time (varint) ‖ device ‖ object (3) ‖ property ‖ data (varint length, bytes).
public struct Sample: Hashable, Sendable, Canonical {
  /// When the answer came, by the node's network clock.
  public let time: NetworkTime
  /// The device's number at this site.
  public let device: UInt8
  public let object: EchonetObject
  /// The property code (EPC) and its data (EDT), as the meter sent them.
  public let property: UInt8
  public let data: [UInt8]

  /// A sample with these parts.
  public init(
    time: NetworkTime, device: UInt8, object: EchonetObject, property: UInt8, data: [UInt8]
  ) {
    self.time = time
    self.device = device
    self.object = object
    self.property = property
    self.data = data
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    time = NetworkTime(seconds: try input.readVarint(in: 0...(1 << 40)))
    device = try input.readUInt8()
    object = EchonetObject(
      try input.readFixed(UInt16.self), instance: try input.readUInt8())
    property = try input.readUInt8()
    data = Array(try input.readBytes(try input.readCount(in: 0...255)))
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeVarint(time.seconds)
    output.write(device)
    output.writeBytes(object.bytes)
    output.write(property)
    output.writeVarint(UInt64(data.count))
    output.writeBytes(data)
  }

  /// The leaf of this sample in a report's sample tree.
  public var leaf: Bytes32 { SHA256.digest(name: "hinata/sample", bytes) }
}

/// The samples under one report, in the order of their Merkle tree.
/// Bytes: samples (varint count).
public struct Evidence: Hashable, Sendable, Canonical {
  /// More samples than a day of the busiest site gives.
  public static let limit: UInt64 = 65_536

  public let samples: [Sample]

  /// Evidence of these samples.
  public init(_ samples: [Sample]) { self.samples = samples }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    var samples: [Sample] = []
    for _ in 0..<(try input.readCount(in: 0...Evidence.limit, itemBytes: 7)) {
      samples.append(try Sample(from: &input))
    }
    self.samples = samples
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeVarint(UInt64(samples.count))
    for sample in samples { sample.encode(to: &output) }
  }

  /// The root that a report states.
  public var root: Bytes32 { MerkleTree.root(of: samples.map(\.leaf)) }
}
