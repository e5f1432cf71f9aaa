// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// What a seat approves: that the chain may be built on from `source`, which is agreed, to
/// `target`. Bytes: term (4) ‖ source (36) ‖ target (36). Source: Docs/finality.md §4, §10.
public struct Approval: Hashable, Sendable, Canonical {
  /// The length in bytes.
  public static let byteCount = 76

  /// The term whose seats may approve it.
  public let term: UInt32
  public let source: Checkpoint
  /// Always of a later epoch than the source.
  public let target: Checkpoint

  /// An approval of the way from `source` to `target`, whose epoch is the later one.
  public init(term: UInt32, source: Checkpoint, target: Checkpoint) {
    self.term = term
    self.source = source
    self.target = target
  }

  /// Reads 76 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    term = try input.readFixed(UInt32.self)
    source = try Checkpoint(from: &input)
    target = try Checkpoint(from: &input)
    guard source.epoch < target.epoch else { throw input.refusal(.outOfRange) }
  }

  /// Appends 76 bytes.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(term)
    source.encode(to: &output)
    target.encode(to: &output)
  }

  /// Whether a seat that signs both breaks its word: two targets of one epoch, or one approval that
  /// goes around the other. Source: Docs/finality.md §8.
  public func contradicts(_ other: Approval) -> Bool {
    guard term == other.term, self != other else { return false }
    return target.epoch == other.target.epoch || surrounds(other) || other.surrounds(self)
  }

  private func surrounds(_ other: Approval) -> Bool {
    source.epoch < other.source.epoch && other.target.epoch < target.epoch
  }
}
