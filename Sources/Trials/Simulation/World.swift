// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Quantities
import Wire

/// What broke, where and when.
public struct Violation: Sendable, CustomStringConvertible {
  /// The invariant.
  public let rule: String
  public let node: Int
  /// Milliseconds since the start.
  public let at: UInt64
  public let detail: String

  /// One line for people.
  public var description: String { "node \(node) at \(at / 1000) s: \(rule): \(detail)" }
}

/// What a simulation came to.
public struct SimulationResult: Sendable {
  public let plan: Plan
  public internal(set) var violations: [Violation] = []
  /// All honest nodes had one tip at the end.
  public internal(set) var converged = false
  /// Milliseconds from the last fault until all honest nodes had one tip.
  public internal(set) var convergence: UInt64?
  public internal(set) var height: UInt64 = 0
  public internal(set) var transactions = 0
  public internal(set) var reorganisations = 0
  public internal(set) var bans = 0
  /// Nodes that started from a snapshot after their disk was lost.
  public internal(set) var snapshots = 0
  /// The last final block of all honest nodes: its height, and how many terms had passed.
  public internal(set) var finalHeight: UInt64 = 0
  public internal(set) var terms: UInt32 = 0
  /// Restarts that honest nodes took for final, counted at each of them.
  public internal(set) var restarts = 0
  public internal(set) var messages: UInt64 = 0
  public internal(set) var bytes: UInt64 = 0
  /// Milliseconds from a report's signing until the last honest node had it, of reports made in
  /// peace.
  public internal(set) var spread: [UInt64] = []
  /// The same seed gives the same digest.
  public internal(set) var digest = ""
}

/// A whole network in virtual time, driven by one seed.
public final class World {
  enum Event {
    case deliver(from: Int, to: Int, link: Link, epoch: UInt64, frame: [UInt8])
    case linked(Int, Link, LinkInfo)
    case failed(Int, attempt: UInt64)
    case unlinked(Int, Link)
    case tick(Int)
    case mine(Int, BlockHash)
    case report(Int)
    case fault(Int)
    case heal(Int)
    case live
    case leave

    /// It makes something new, rather than carry on what began before.
    var begins: Bool {
      switch self {
      case .mine, .report, .fault, .live, .leave: true
      default: false
      }
    }
  }

  /// Milliseconds after the end in which what began arrives.
  static let rest: UInt64 = 120_000

  let plan: Plan
  var fixture: LedgerFixture
  var nodes: [SimulatedNode] = []
  var queue = EventQueue<Event>()
  var now: UInt64 = 0
  var chance: SeededGenerator
  var nextLink: UInt64 = 1
  /// Nodes on one side of a partition, by the fault's index.
  var partitions: [Int: Set<Int>] = [:]
  var badLine: UInt64 = 0
  var result: SimulationResult
  var digest = SHA256()
  /// What was final at each height (in open networks: confirmed), by whoever came first.
  var confirmed: [BlockHash] = []
  var recount: Recount
  /// The first headers of chains by keys that nobody admitted: no honest node keeps one.
  var strangers: [BlockHash] = []
  /// Lots that a member may send or retire.
  var lots: [(id: LotId, owner: Int, mint: Mint)] = []
  var claimed: Set<TransactionId> = []
  /// Reports made in peace, and how many honest nodes have each.
  var spreading: [TransactionId: (at: UInt64, nodes: Set<Int>)] = [:]
  /// A bug put in on purpose, for tests of the simulator itself.
  let isCanary: Bool

  static let start = LedgerFixture.start

  /// A network by its plan.
  /// - Parameter isCanary: treats every block as confirmed at once, so that the first
  ///   reorganisation breaks an invariant: a run that must be caught.
  public init(_ plan: Plan, isCanary: Bool = false) throws {
    self.plan = plan
    self.isCanary = isCanary
    chance = SeededGenerator(seed: plan.seed)
    fixture = LedgerFixture(homes: max(1, plan.nodes - 2), rules: World.rules(plan))
    recount = Recount(fixture.genesis)
    result = SimulationResult(plan: plan)
    for index in 0..<plan.nodes {
      let key: KeyPair
      switch index {
      case 0: key = fixture.operatorKey
      case 1: key = fixture.exchangeKey
      default: key = fixture.homes[index - 2].siteKey
      }
      let node = try SimulatedNode(index: index, key: key, genesis: fixture.genesis)
      node.isHostile = index >= plan.honest
      nodes.append(node)
    }
  }

  private static func rules(_ plan: Plan) -> NetworkRules {
    NetworkRules(
      name: "simulation", time: start, membership: plan.isOpen ? .open : .closed,
      easiestTarget: 0x207F_FFFF, searchSeconds: 60, retargetBlocks: 2016,
      blockPeriod: .seconds(1800),
      shareBlocks: 32, shareDivisor: 4, milliCoinsPerKilowattHour: 1000, balanceToleranceWh: 300,
      roofTolerancePerMille: 100, reportLateness: 17_520, claimDays: 400,
      clockFactor: 1, blockBytes: 1 << 20,
      blockTransactions: 10_000, checkpointSeconds: plan.checkpointSeconds,
      approveAfterSeconds: plan.checkpointSeconds / 4, termEpochs: 8,
      restartSeconds: plan.leaving > 0 ? 8 * plan.checkpointSeconds : 1_209_600)
  }

  /// Runs to the end of the plan or the first violation.
  public func run() -> SimulationResult {
    for index in nodes.indices { startNode(index) }
    for transaction in fixture.admissions { give(.submitted(transaction), to: 0) }
    for index in fixture.homes.indices {
      queue.put(.report(index + 2), at: reportEvery / 2 + chance.below(reportEvery))
    }
    for (index, fault) in plan.faults.enumerated() { queue.put(.fault(index), at: fault.at) }
    queue.put(.live, at: 3_600_000)
    if plan.leaving > 0 { queue.put(.leave, at: plan.leaveAt) }
    // What is on its way at the end still arrives; nothing new begins.
    while let (at, event) = queue.take(), at <= plan.milliseconds + World.rest,
      result.violations.isEmpty
    {
      now = at
      if at <= plan.milliseconds || !event.begins { perform(event) }
    }
    if result.violations.isEmpty { checkEnd() }
    result.digest = String(digest.finish().hex.prefix(32))
    return result
  }

  private func perform(_ event: Event) {
    switch event {
    case .deliver(let from, let to, let link, let epoch, let frame):
      deliver(frame, from: from, to: to, link: link, epoch: epoch)
    case .linked(let index, let link, let info): give(.linked(link, info), to: index)
    case .failed(let index, let attempt): give(.failed(attempt: attempt), to: index)
    case .unlinked(let index, let link):
      nodes[index].links[link] = nil
      give(.unlinked(link), to: index)
    case .tick(let index):
      guard nodes[index].tickAt == now else { return }
      nodes[index].tickAt = nil
      give(.tick, to: index)
    case .mine(let index, let tip): mine(index, on: tip)
    case .report(let index): report(index)
    case .fault(let index): begin(plan.faults[index], index)
    case .heal(let index): end(plan.faults[index], index)
    case .live: live()
    case .leave: leave()
    }
  }

  /// What a node's clocks show now.
  func moment(_ node: SimulatedNode) -> Moment {
    let seconds = Int64(World.start.seconds) + Int64(now / 1000) + node.skew
    return Moment(milliseconds: now, time: NetworkTime(seconds: UInt64(max(0, seconds))))
  }

  /// Hands an event to a node and performs what it answers.
  func give(_ event: NodeEvent, to index: Int) {
    let node = nodes[index]
    guard let machine = node.machine else { return }
    let writes = node.storage.writes
    let actions = machine.handle(event, at: moment(node))
    node.busyUntil =
      max(node.busyUntil, now)
      + (node.storage.writes - writes) * node.writeMilliseconds
    for action in actions { perform(action, of: node) }
    scheduleTick(node)
    scheduleMining(node)
    if !node.isHostile { checkBounds(node) }
  }

  private func scheduleTick(_ node: SimulatedNode) {
    guard let machine = node.machine else { return }
    let due = max(machine.nextTick, now + 1)
    if let known = node.tickAt, known <= due { return }
    node.tickAt = due
    queue.put(.tick(node.index), at: due)
  }

  /// Starts a node on what its disk holds.
  func startNode(_ index: Int) {
    let node = nodes[index]
    guard !node.isUp, !node.isGone else { return }
    node.starts += 1
    var limits = PeerLimits()
    limits.pingAfter = 1_800_000
    limits.snapshotWorth = 8
    // Hostile nodes come back soon and try the next thing.
    limits.ban = 1_800_000
    let targets = (1...3).map { step in nodes[(index + step) % nodes.count] }
      .filter { $0.index != index }
      .map { PeerTarget(host: "\($0.host)", port: SimulatedNode.port, key: $0.key.publicKey) }
    let seed = SHA256.digest(
      Array("simulated node \(index) start \(node.starts) seed \(plan.seed)".utf8))
    var settings = NodeMachine.Settings(
      key: node.key, port: SimulatedNode.port, offers: [.relay, .proofs, .snapshots],
      agent: "simulation", targets: targets, limits: limits)
    settings.startsFromSnapshot = true
    settings.approvingKeys = [node.key.publicKey]
    settings.finalityMemory = node.finalityMemory
    do {
      node.machine = try NodeMachine(
        chain: try ActiveChain(node.storage), settings: settings, seed: seed, now: moment(node))
    } catch {
      return violate("a node starts from what its disk holds", index, "\(error)")
    }
    node.miningOn = nil
    node.tickAt = nil
    node.busyUntil = now
    resubmit(node)
    give(.tick, to: index)
  }

  func violate(_ rule: String, _ node: Int, _ detail: String) {
    result.violations.append(Violation(rule: rule, node: node, at: now, detail: detail))
  }

  /// Mixes something that happened into the digest of the run.
  func mix(_ numbers: UInt64...) {
    var output = ByteWriter(capacity: 8 * numbers.count)
    for number in numbers { output.writeFixed(number) }
    digest.update(output.bytes)
  }
}
