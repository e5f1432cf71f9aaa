// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Quantities

/// The newest block of a chain before an epoch began, with that epoch's number: what members
/// approve. Over idle epochs it is the same block under a new number.
/// Bytes: epoch (4) ‖ block (32). Source: Docs/finality.md §2.
public struct Checkpoint: Hashable, Sendable, Canonical {
  /// The length in bytes.
  public static let byteCount = 36

  /// The number of the epoch before whose beginning the block is the newest.
  public let epoch: UInt32
  public let block: BlockHash

  /// The checkpoint `block` of an epoch.
  public init(epoch: UInt32, block: BlockHash) {
    self.epoch = epoch
    self.block = block
  }

  /// Reads 36 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    epoch = try input.readFixed(UInt32.self)
    block = try BlockHash(from: &input)
  }

  /// Appends 36 bytes.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(epoch)
    block.encode(to: &output)
  }
}

extension NetworkRules {
  /// The epoch that a time lies in: its multiple of `checkpointSeconds`.
  public func epoch(of time: NetworkTime) -> UInt32 {
    UInt32(clamping: time.seconds / UInt64(checkpointSeconds))
  }

  /// When an epoch begins.
  public func start(of epoch: UInt32) -> NetworkTime {
    NetworkTime(seconds: UInt64(epoch) * UInt64(checkpointSeconds))
  }

  /// How deep a block of an open network lies before anything is built on it: work is all there is.
  public static let workedDepth: UInt64 = 12

  /// Whether blocks become final: in closed networks alone, since an open one has no members who
  /// could approve. Source: Docs/finality.md §13.
  public var hasFinality: Bool { membership == .closed }
}
