// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto

/// A member's place among the approvers of a term: one vote, given by one key.
/// Bytes: key (32) ‖ flags (1 institution, 2 operator).
public struct Seat: Hashable, Sendable, Canonical {
  /// The key that approves.
  public let key: PublicKey
  /// The member is an operator, an exchange or the wholesale market.
  public let isInstitution: Bool
  public let isOperator: Bool

  /// A seat of a member of this kind.
  public init(key: PublicKey, kind: MemberKind) {
    self.key = key
    isInstitution = kind.isInstitution
    isOperator = kind == .operator
  }

  /// Reads 33 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    key = try PublicKey(from: &input)
    let flags = try input.readUInt8()
    // Every operator is an institution.
    guard flags < 4, flags != 2 else { throw input.refusal(.outOfRange, at: input.offset - 1) }
    isInstitution = flags & 1 != 0
    isOperator = flags & 2 != 0
  }

  /// Appends 33 bytes.
  public func encode(to output: inout ByteWriter) {
    key.encode(to: &output)
    output.write((isInstitution ? 1 : 0) | (isOperator ? 2 : 0))
  }
}

extension MemberKind {
  /// Whether it runs the network or its market: such members hold fewer than a third of the seats.
  public var isInstitution: Bool {
    switch self {
    case .operator, .exchange, .wholesaleMarket: true
    case .consumer, .publicConsumer, .businessConsumer, .generator: false
    }
  }
}

/// The approvers of a stretch of the chain: one list, one vote a seat, from its root block until
/// its set has made a block final that lies at or after the end. Bytes: number (4) ‖ edition
/// (varint) ‖ epoch of the root (4) ‖ height of the root (8) ‖ end (4) ‖ restart (flag) ‖
/// candidates (varint) ‖ young (varint) ‖ n (1) ‖ n seats (33). Source: Docs/finality.md §3, §10.
public struct Term: Hashable, Sendable, Canonical {
  /// The most seats of a term.
  public static let seatLimit: UInt8 = 64
  /// The edition of the rules that this version knows.
  static let edition: UInt64 = 1

  public let number: UInt32
  /// Of the block whose time ended the term before; the genesis block for term 0.
  public let rootEpoch: UInt32
  public let rootHeight: UInt64
  /// The first block of this epoch or a later one draws the next term.
  public let endEpoch: UInt32
  /// The operator restarted the network with it, in its root: the set before had lost more than a
  /// third of its seats.
  public let isRestart: Bool
  /// How many members could have been drawn, and how many of these were admitted within the last
  /// 90 days: what an operator who floods a draw cannot hide.
  public let candidates: UInt64
  public let young: UInt64
  /// 1…64, in the order of their lots.
  public let seats: [Seat]

  /// A term of these parts; 1…64 seats.
  public init(
    number: UInt32, rootEpoch: UInt32, rootHeight: UInt64, endEpoch: UInt32,
    isRestart: Bool = false, candidates: UInt64, young: UInt64, seats: [Seat]
  ) {
    self.number = number
    self.rootEpoch = rootEpoch
    self.rootHeight = rootHeight
    self.endEpoch = endEpoch
    self.isRestart = isRestart
    self.candidates = candidates
    self.young = young
    self.seats = seats
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    number = try input.readFixed(UInt32.self)
    _ = try input.readVarint(in: Term.edition...Term.edition)
    rootEpoch = try input.readFixed(UInt32.self)
    rootHeight = try input.readFixed(UInt64.self)
    endEpoch = try input.readFixed(UInt32.self)
    isRestart = try input.readFlag()
    candidates = try input.readVarint(in: 0...1 << 32)
    young = try input.readVarint(in: 0...candidates)
    let count = try input.readUInt8()
    guard rootEpoch < endEpoch, rootHeight < 1 << 53, (1...Term.seatLimit).contains(count) else {
      throw input.refusal(.outOfRange)
    }
    var seats: [Seat] = []
    for _ in 0..<count { seats.append(try Seat(from: &input)) }
    self.seats = seats
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(number)
    output.writeVarint(Term.edition)
    output.writeFixed(rootEpoch)
    output.writeFixed(rootHeight)
    output.writeFixed(endEpoch)
    output.writeFlag(isRestart)
    output.writeVarint(candidates)
    output.writeVarint(young)
    output.write(UInt8(clamping: seats.count))
    for seat in seats { seat.encode(to: &output) }
  }

  /// How many seats make a checkpoint agreed: more than two thirds.
  public var quorum: Int { Term.quorum(of: seats.count) }

  /// More than two thirds of `count` seats.
  public static func quorum(of count: Int) -> Int { count * 2 / 3 + 1 }

  /// The seats whose approvals a key gives; a key has one at most.
  public func seat(of key: PublicKey) -> UInt8? {
    seats.firstIndex { $0.key == key }.map { UInt8(clamping: $0) }
  }

  /// How many epochs term `number` lasts at least: 4, 8, 16 … up to the network's own.
  static func epochs(_ number: UInt32, _ rules: NetworkRules) -> UInt32 {
    min(4 << min(number, 16), rules.termEpochs)
  }
}
