// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import LedgerCrypto
public import Quantities

/// Who may build blocks and verify (Docs/requirements.md L15).
public enum Membership: UInt8, CaseIterable, Sendable {
  /// Only admitted members build blocks, and sign them.
  case closed = 0
  /// Anyone may build blocks.
  case open = 1
}

/// What the network file in `Genesis/` fixes for all nodes. Source: Docs/design.md §2.
/// Bytes: the fields in their order; texts with length, numbers as varints, `blockPeriod`
/// before the other numbers.
public struct NetworkRules: Hashable, Sendable, Canonical {
  /// The network's name, 1…32 bytes.
  public let name: String
  /// Time of the genesis block.
  public let time: NetworkTime
  public let membership: Membership
  /// The first target in compact form, which is also the easiest that may ever be.
  public let easiestTarget: UInt32
  /// How long the search for a nonce should take over the whole network, in network seconds.
  public let searchSeconds: UInt32
  /// The target changes after this many blocks, 1…2016.
  public let retargetBlocks: UInt32
  /// When blocks are due.
  public let blockPeriod: BlockPeriod
  /// Over how many recent blocks a producer's share is counted, and by how much a full share
  /// divides its target.
  public let shareBlocks: UInt32
  public let shareDivisor: UInt32
  /// Milli-coins a kWh; 1000 makes 1 coin = 1 kWh (Docs/requirements.md L16).
  public let milliCoinsPerKilowattHour: UInt32
  /// Law 5: how far a site's running balance may be off, in Wh.
  public let balanceToleranceWh: UInt32
  /// Law 6: how much more than its capacity a roof may give, in thousandths.
  public let roofTolerancePerMille: UInt32
  /// How long after its end a report may come, in intervals.
  public let reportLateness: UInt32
  /// How many days back generation can be minted and consumption matched.
  public let claimDays: UInt32
  /// How much faster than the wall's clock the network's runs; 1 outside of demos.
  public let clockFactor: UInt32
  /// The most bytes and transactions in a block.
  public let blockBytes: UInt32
  public let blockTransactions: UInt32
  /// How long an epoch is, in network seconds: the newest block before each multiple is a
  /// checkpoint (Docs/finality.md §2).
  public let checkpointSeconds: UInt32
  /// How long after an epoch's beginning its first approval is given, at most a quarter of it.
  public let approveAfterSeconds: UInt32
  /// How many epochs a term has once a network is grown up.
  public let termEpochs: UInt32
  /// How long nothing must have become final before operators and members may begin anew; at least
  /// eight epochs.
  public let restartSeconds: UInt32
  /// A lot may be split once for so many milli-coins, and twice for each of its half hours: what a
  /// member can put into the state is bounded by energy.
  public let milliCoinsPerSplit: UInt32

  /// Rules with these values.
  public init(
    name: String, time: NetworkTime, membership: Membership, easiestTarget: UInt32,
    searchSeconds: UInt32, retargetBlocks: UInt32, blockPeriod: BlockPeriod, shareBlocks: UInt32,
    shareDivisor: UInt32, milliCoinsPerKilowattHour: UInt32, balanceToleranceWh: UInt32,
    roofTolerancePerMille: UInt32, reportLateness: UInt32, claimDays: UInt32,
    clockFactor: UInt32, blockBytes: UInt32, blockTransactions: UInt32,
    checkpointSeconds: UInt32 = 21_600, approveAfterSeconds: UInt32 = 5_400,
    termEpochs: UInt32 = 120, restartSeconds: UInt32 = 1_209_600,
    milliCoinsPerSplit: UInt32 = 100
  ) {
    self.name = name
    self.time = time
    self.membership = membership
    self.easiestTarget = easiestTarget
    self.searchSeconds = searchSeconds
    self.retargetBlocks = retargetBlocks
    self.blockPeriod = blockPeriod
    self.shareBlocks = shareBlocks
    self.shareDivisor = shareDivisor
    self.milliCoinsPerKilowattHour = milliCoinsPerKilowattHour
    self.balanceToleranceWh = balanceToleranceWh
    self.roofTolerancePerMille = roofTolerancePerMille
    self.reportLateness = reportLateness
    self.claimDays = claimDays
    self.clockFactor = clockFactor
    self.blockBytes = blockBytes
    self.blockTransactions = blockTransactions
    self.checkpointSeconds = checkpointSeconds
    self.approveAfterSeconds = approveAfterSeconds
    self.termEpochs = termEpochs
    self.restartSeconds = restartSeconds
    self.milliCoinsPerSplit = milliCoinsPerSplit
  }

  /// The allowed range of each numeric rule, by the key of the network file.
  public static let ranges: [(key: String, range: ClosedRange<UInt64>)] = [
    ("searchSeconds", 1...86_400), ("retargetBlocks", 1...2016), ("shareBlocks", 1...1024),
    ("shareDivisor", 0...1_000_000),
    ("milliCoinsPerKilowattHour", 1...1_000_000), ("balanceToleranceWh", 0...1_000_000),
    ("roofTolerancePerMille", 0...1000), ("reportLateness", 1...17_520),
    ("claimDays", 1...3660), ("clockFactor", 1...100_000),
    ("blockBytes", 1024...33_554_432), ("blockTransactions", 1...100_000),
    ("checkpointSeconds", 60...86_400), ("approveAfterSeconds", 1...21_600),
    ("termEpochs", 4...1000), ("restartSeconds", 480...31_622_400),
    ("milliCoinsPerSplit", 1...1_000_000),
  ]

  /// What the numbers of the epochs have to be to one another, or nil where they are so.
  public var epochFault: String? {
    if 4 * UInt64(approveAfterSeconds) > UInt64(checkpointSeconds) {
      return "approveAfterSeconds is more than a quarter of checkpointSeconds"
    }
    if UInt64(restartSeconds) < 8 * UInt64(checkpointSeconds) {
      return "restartSeconds is less than eight times checkpointSeconds"
    }
    return nil
  }

  /// Reads rules.
  public init(from input: inout ByteReader) throws(DecodeError) {
    name = try input.readText(in: 1...32)
    time = NetworkTime(seconds: try input.readVarint(in: 0...(1 << 40)))
    guard let membership = Membership(rawValue: try input.readUInt8()) else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    self.membership = membership
    easiestTarget = try input.readFixed(UInt32.self)
    blockPeriod = try BlockPeriod(from: &input)
    var numbers: [UInt32] = []
    for (_, range) in NetworkRules.ranges {
      numbers.append(UInt32(try input.readVarint(in: range)))
    }
    (searchSeconds, retargetBlocks) = (numbers[0], numbers[1])
    (shareBlocks, shareDivisor) = (numbers[2], numbers[3])
    milliCoinsPerKilowattHour = numbers[4]
    (balanceToleranceWh, roofTolerancePerMille) = (numbers[5], numbers[6])
    (reportLateness, claimDays, clockFactor) = (numbers[7], numbers[8], numbers[9])
    (blockBytes, blockTransactions) = (numbers[10], numbers[11])
    (checkpointSeconds, approveAfterSeconds) = (numbers[12], numbers[13])
    (termEpochs, restartSeconds, milliCoinsPerSplit) = (numbers[14], numbers[15], numbers[16])
    guard epochFault == nil else { throw input.refusal(.outOfRange) }
  }

  /// Appends the rules.
  public func encode(to output: inout ByteWriter) {
    output.writeText(name)
    output.writeVarint(time.seconds)
    output.write(membership.rawValue)
    output.writeFixed(easiestTarget)
    blockPeriod.encode(to: &output)
    for number in numbers { output.writeVarint(UInt64(number)) }
  }

  /// The numeric rules in the order of `ranges`.
  public var numbers: [UInt32] {
    [
      searchSeconds, retargetBlocks, shareBlocks, shareDivisor,
      milliCoinsPerKilowattHour, balanceToleranceWh, roofTolerancePerMille, reportLateness,
      claimDays, clockFactor, blockBytes, blockTransactions, checkpointSeconds,
      approveAfterSeconds, termEpochs, restartSeconds, milliCoinsPerSplit,
    ]
  }
}

/// What a network starts from: its rules and first members.
/// Bytes: rules ‖ members (varint count, records).
public struct Genesis: Hashable, Sendable, Canonical {
  public let rules: NetworkRules
  /// The operator, the exchange and whoever else is there from the start.
  public let members: [MemberRecord]

  /// A genesis with these parts.
  public init(rules: NetworkRules, members: [MemberRecord]) {
    self.rules = rules
    self.members = members
  }

  /// Reads a genesis.
  public init(from input: inout ByteReader) throws(DecodeError) {
    rules = try NetworkRules(from: &input)
    var members: [MemberRecord] = []
    for _ in 0..<(try input.readCount(in: 1...10_000, itemBytes: 35)) {
      members.append(try MemberRecord(from: &input))
    }
    self.members = members
  }

  /// Appends the genesis.
  public func encode(to output: inout ByteWriter) {
    rules.encode(to: &output)
    output.writeVarint(UInt64(members.count))
    for member in members { member.encode(to: &output) }
  }

  /// The network's id: the hash of this genesis.
  public var network: NetworkId { NetworkId(SHA256.digest(name: "hinata/network", bytes)) }
}
