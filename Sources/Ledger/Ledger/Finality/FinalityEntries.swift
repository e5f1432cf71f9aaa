// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Quantities

/// What a closed network's state knows of its finality: the term, the newest block recorded as
/// final, the bits of the next draw, and where the checkpoints begin.
/// Bytes: term (4) ‖ epoch (4) ‖ block (32) ‖ height (8) ‖ time (8) ‖ bits (32) ‖ newest (32).
/// Source: Docs/finality.md §10.
public struct FinalityState: Hashable, Sendable, Canonical {
  /// The term whose set makes the next block final.
  public var term: UInt32
  /// The newest recorded final block, with the epoch that it is the checkpoint of. The genesis
  /// block's hash, which binds this entry, is unknown in the state after it: zero there.
  public var recorded: Checkpoint
  public var height: UInt64
  public var time: NetworkTime
  /// The lowest bit of each parent's hash, the newest lowest.
  public var bits: Bytes32
  /// The newest block with an entry: the parent; zero before the first.
  public var newest: BlockHash

  /// A network's first, before any block.
  public init(rules: NetworkRules) {
    term = 0
    recorded = Checkpoint(epoch: rules.epoch(of: rules.time), block: BlockHash(.zero))
    height = 0
    time = rules.time
    bits = .zero
    newest = BlockHash(.zero)
  }

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    term = try input.readFixed(UInt32.self)
    recorded = try Checkpoint(from: &input)
    height = try input.readFixed(UInt64.self)
    time = NetworkTime(seconds: try input.readFixed(UInt64.self))
    guard height < 1 << 53, time.seconds < 1 << 40 else { throw input.refusal(.outOfRange) }
    bits = try input.readBytes32()
    newest = try BlockHash(from: &input)
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(term)
    recorded.encode(to: &output)
    output.writeFixed(height)
    output.writeFixed(time.seconds)
    output.write(bits)
    newest.encode(to: &output)
  }

  /// Whether what is recorded has gone on so far since `before` that it is worth a block of its
  /// own: a term or a day. Source: Docs/finality.md §9.
  public func isWorthBlock(after before: FinalityState, _ rules: NetworkRules) -> Bool {
    term != before.term
      || rules.start(of: recorded.epoch).seconds(since: rules.start(of: before.recorded.epoch))
        >= 86_400
  }

  /// Shifts in the lowest bit of a parent's hash. Were the draw made by a whole hash, every sealed
  /// nonce would be a try at it.
  mutating func shift(in parent: BlockHash) {
    let (a, b, c, d) = bits.words
    bits = Bytes32(
      words: (
        a << 1 | b >> 63, b << 1 | c >> 63, c << 1 | d >> 63, d << 1 | parent.value.words.3 & 1
      ))
  }
}

/// A block of the chain that may be the checkpoint of an epoch: the last one recorded as final, and
/// all after it. Bytes: height (8) ‖ time (8) ‖ block before (32, zero for the first).
public struct CheckpointEntry: Hashable, Sendable, Canonical {
  public let height: UInt64
  public let time: NetworkTime
  public let before: BlockHash

  /// An entry for the block of this height and time.
  public init(height: UInt64, time: NetworkTime, before: BlockHash) {
    self.height = height
    self.time = time
    self.before = before
  }

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    height = try input.readFixed(UInt64.self)
    time = NetworkTime(seconds: try input.readFixed(UInt64.self))
    guard height < 1 << 53, time.seconds < 1 << 40 else { throw input.refusal(.outOfRange) }
    before = try BlockHash(from: &input)
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(height)
    output.writeFixed(time.seconds)
    before.encode(to: &output)
  }
}
