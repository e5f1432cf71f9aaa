// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain
public import Ledger
public import LedgerCrypto
public import Quantities

/// A home of a test network, with the counters of its meters.
public struct FixtureHome: Sendable {
  public let memberKey: KeyPair
  public let siteKey: KeyPair
  public let member: MemberRecord
  public let site: SiteRecord
  /// Where the next report begins, and the counters in Wh.
  public var next: Interval
  public var generated: UInt64 = 1_000
  public var sold: UInt64 = 2_000
  public var purchased: UInt64 = 3_000
}

/// A test network: its genesis with an operator and an exchange, and homes to admit.
public struct LedgerFixture: Sendable {
  /// 2026-01-01T00:00Z.
  public static let start = NetworkTime(seconds: 1_767_225_600)

  public let genesis: Genesis
  public let operatorKey: KeyPair
  public let exchangeKey: KeyPair
  public var homes: [FixtureHome]

  public var network: NetworkId { genesis.network }
  public var operatorId: MemberId { genesis.members[0].id }
  public var exchangeId: MemberId { genesis.members[1].id }

  /// The key that a name stands for.
  public static func key(_ name: String) -> KeyPair {
    KeyPair(seed: SHA256.digest(Array("fixture \(name)".utf8)))
  }

  /// Rules with a target that two tries find.
  public static func rules(
    membership: Membership = .closed, blockPeriod: BlockPeriod = .onDemand, claimDays: UInt32 = 400,
    easiestTarget: UInt32 = 0x207F_FFFF, rate: UInt32 = 1000, retargetBlocks: UInt32 = 2016,
    shareDivisor: UInt32 = 0, milliCoinsPerSplit: UInt32 = 100
  ) -> NetworkRules {
    NetworkRules(
      name: "fixture", time: start, membership: membership, easiestTarget: easiestTarget,
      searchSeconds: 10, retargetBlocks: retargetBlocks, blockPeriod: blockPeriod,
      shareBlocks: 32, shareDivisor: shareDivisor, milliCoinsPerKilowattHour: rate,
      balanceToleranceWh: 300, roofTolerancePerMille: 100, reportLateness: 17_520,
      claimDays: claimDays, clockFactor: 1, blockBytes: 4_194_304,
      blockTransactions: 20_000, checkpointSeconds: 3600, approveAfterSeconds: 900,
      termEpochs: 24, restartSeconds: 1_209_600, milliCoinsPerSplit: milliCoinsPerSplit)
  }

  /// A network with so many homes, each of 4 kW, none admitted yet unless they found it.
  public init(
    homes count: Int = 2, rules: NetworkRules = LedgerFixture.rules(),
    method: GenerationMethod = .photovoltaic, support: PublicSupport = .none,
    named owner: String = "", founders: Bool = false
  ) {
    operatorKey = LedgerFixture.key("\(owner)operator")
    exchangeKey = LedgerFixture.key("\(owner)exchange")
    homes = (0..<count).map { LedgerFixture.home($0, method, support) }
    genesis = Genesis(
      rules: rules,
      members: [
        MemberRecord(kind: .operator, name: "Operator", key: operatorKey.publicKey),
        MemberRecord(kind: .exchange, name: "Exchange", key: exchangeKey.publicKey),
      ] + (founders ? homes.map(\.member) : []))
  }

  private static func home(
    _ index: Int, _ method: GenerationMethod, _ support: PublicSupport
  ) -> FixtureHome {
    let memberKey = key("member \(index)")
    let siteKey = key("site \(index)")
    let member = MemberRecord(
      kind: .consumer, name: "Home \(index)", key: memberKey.publicKey)
    let first = Interval(containing: start)
    let site = SiteRecord(
      member: member.id, key: siteKey.publicKey, name: "Roof \(index)", method: method,
      role: .production, capacityW: 4000, batteryWh: 0, gridArea: "tokyo", region: "JP-13",
      position: .origin, utcOffset: UTCOffset(minutes: 0) ?? .japan, deviceName: "PCS",
      deviceId: "SN-\(index)", technology: "T010101", commissionedDay: 18_000,
      support: support, activeFrom: first)
    return FixtureHome(
      memberKey: memberKey, siteKey: siteKey, member: member, site: site, next: first)
  }

  /// The operator's transactions that let all homes in.
  public var admissions: [EncodedTransaction] {
    zip(homes, registrations).flatMap { home, registration in
      [
        EncodedTransaction(
          .admitMember(
            AdmitMember(
              operator: operatorId, record: home.member, network: network, signedBy: operatorKey))),
        registration,
      ]
    }
  }

  /// The operator's transactions that register all homes' sites.
  public var registrations: [EncodedTransaction] {
    homes.map { home in
      EncodedTransaction(
        .registerSite(
          RegisterSite(
            operator: operatorId, record: home.site, network: network, signedBy: operatorKey)))
    }
  }

  /// The next report of a home: PQ1 and PQ2 of each interval in Wh; what is left over is sold, what
  /// is missing purchased. The home's counters go on.
  public mutating func report(
    _ index: Int, generated: [UInt32], consumed: [UInt32], gapBefore: UInt32 = 0
  ) throws(Report.Malformed) -> Report {
    var home = homes[index]
    let first = home.next.advanced(by: gapBefore)
    let opening = home
    var readings: [Reading] = []
    for (offset, (pq1, pq2)) in zip(generated, consumed).enumerated() {
      var reading = Reading(interval: first.advanced(by: UInt32(offset)), quality: .measured)
      reading[.generated] = pq1
      reading[.consumed] = pq2
      reading[.sold] = pq1 > pq2 ? pq1 - pq2 : 0
      reading[.purchased] = pq2 > pq1 ? pq2 - pq1 : 0
      home.generated += UInt64(reading[.generated])
      home.sold += UInt64(reading[.sold])
      home.purchased += UInt64(reading[.purchased])
      readings.append(reading)
    }
    home.next = first.advanced(by: UInt32(readings.count))
    homes[index] = home
    return try Report(
      site: home.site.id, gapBefore: gapBefore, readings: readings,
      registers: [
        LedgerFixture.register(.generated, opening.generated, home.generated),
        LedgerFixture.register(.sold, opening.sold, home.sold),
        LedgerFixture.register(.purchased, opening.purchased, home.purchased),
      ],
      sampleRoot: SHA256.digest([UInt8(index & 255)]), network: network, signedBy: home.siteKey)
  }

  /// A counter of 1 Wh a step and nine digits.
  public static func register(
    _ flow: EnergyFlow, _ opening: UInt64, _ closing: UInt64, isRestarted: Bool = false
  ) -> MeterRegister {
    MeterRegister(
      flow: flow, device: 1, step: 10, digits: 9, opening: opening % 1_000_000_000,
      closing: closing % 1_000_000_000, isRestarted: isRestarted)
  }

  /// The exchange's mint of a home's intervals.
  public func mint(_ index: Int, first: Interval, length: UInt32, amount: UInt64) -> Mint {
    Mint(
      exchange: exchangeId, site: homes[index].site.id, first: first, length: length,
      amount: MilliCoins(amount), claim: ClaimId(.zero), network: network, signedBy: exchangeKey)
  }
}

/// A chain in memory that seals what it is given.
public struct FixtureChain: Sendable {
  public let fixture: LedgerFixture
  public private(set) var state = MemoryState()
  public private(set) var tree = StateTree()
  public private(set) var context: HeaderContext
  public private(set) var blocks: [Block] = []
  /// What was last made final, and the handovers up to it.
  public internal(set) var settled = Settled()

  /// A chain at the genesis block.
  public init(_ fixture: LedgerFixture) throws {
    self.fixture = fixture
    let genesis: ConnectedBlock = try .genesis(fixture.genesis)
    state.apply(genesis.changes)
    tree.apply(genesis.changes)
    context = HeaderContext(
      parent: genesis.block.header, hash: genesis.hash,
      ancestors: [HeaderContext.Ancestor(genesis.block.header)])
    blocks = [genesis.block]
  }

  /// Builds, without connecting it, a block of these transactions, found by trying nonces.
  public func block(
    _ transactions: [EncodedTransaction], after seconds: UInt64 = 600,
    signedBy key: KeyPair? = nil, target: UInt32? = nil, stateRoot: Bytes32? = nil
  ) throws -> Block {
    let key = key ?? fixture.operatorKey
    let rules = fixture.genesis.rules
    let time = max(rules.nextBlockTime(after: context.time), context.time.advanced(by: seconds))
    var transition = Transition(rules: rules, time: time, on: state)
    try transition.begin(after: context.parent)
    for transaction in transactions {
      // What a law refuses is put into the block all the same: the block has to be refused then.
      try? transition.apply(transaction, in: fixture.network)
    }
    var after = tree
    after.apply(transition.state.changes)
    let header = BlockHeader(
      network: NetworkTag(fixture.network), height: context.height + 1, previous: context.hash,
      time: time,
      transactionRoot: Block.transactionRoot(transactions), stateRoot: stateRoot ?? after.root,
      producer: key.publicKey, target: target ?? context.nextTarget(rules), searchSeconds: 0,
      nonce: 0)
    return sealed(header, transactions, key)
  }

  /// Puts a block on whatever the laws say, as a set of approvers that lies would.
  public mutating func force(_ block: Block) throws {
    var transition = Transition(
      rules: fixture.genesis.rules, time: block.header.time, on: state)
    try transition.begin(after: context.parent)
    for transaction in block.transactions {
      try? transition.apply(transaction, in: fixture.network)
    }
    state.apply(transition.state.changes)
    tree.apply(transition.state.changes)
    context = context.advanced(
      by: block.header, hash: block.header.hash,
      depth: HeaderContext.depth(fixture.genesis.rules))
    blocks.append(block)
  }

  /// A block of this header with the first nonce that meets the target.
  public func sealed(
    _ header: BlockHeader, _ transactions: [EncodedTransaction], _ key: KeyPair
  ) -> Block {
    var header = header
    let view = Transition(rules: fixture.genesis.rules, time: header.time, on: state).state
    let own =
      (try? context.ownTarget(of: key.publicKey, in: view, fixture.genesis.rules)) ?? .zero
    while header.hash.value > own.bytes { header.nonce += 1 }
    let sealed =
      fixture.genesis.rules.membership == .closed
      ? SealedHeader(header: header, network: fixture.network, signedBy: key)
      : SealedHeader(header: header, signature: SealedHeader.noSignature)
    return Block(sealed: sealed, transactions: transactions)
  }

  /// Connects a block by all laws.
  @discardableResult
  public mutating func connect(_ block: Block) throws(BlockRefusal) -> ConnectedBlock {
    let connected = try ConnectedBlock.connect(
      block, after: context, on: state, tree: &tree, network: fixture.network,
      rules: fixture.genesis.rules)
    state.apply(connected.changes)
    context = context.advanced(
      by: block.header, hash: connected.hash,
      depth: HeaderContext.depth(fixture.genesis.rules))
    blocks.append(block)
    return connected
  }

  /// Seals and connects; of no transactions, one that means nothing.
  @discardableResult
  public mutating func seal(
    _ transactions: [Transaction], after seconds: UInt64 = 600
  ) throws -> ConnectedBlock {
    try seal(encoded: transactions.map(EncodedTransaction.init), after: seconds)
  }

  /// The same for transactions that are encoded already.
  @discardableResult
  public mutating func seal(encoded: [EncodedTransaction], after seconds: UInt64 = 600) throws
    -> ConnectedBlock
  {
    try connect(try block(encoded.isEmpty ? [filler] : encoded, after: seconds))
  }

  /// The totals of the chain.
  public var supply: Supply {
    if case .supply(let supply)? = state.entries[.supply] { supply } else { Supply() }
  }
}
