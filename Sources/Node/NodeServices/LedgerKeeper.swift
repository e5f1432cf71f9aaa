// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Chain
public import Clocks
import Foundation
public import Ledger
public import LedgerCrypto
public import LedgerStore
public import Logging
import Metering
public import PeerFiles
public import PeerProtocol
public import PeerTransport
public import Proofs
public import Quantities
public import Wire

/// The one owner of the chain, the pool and the peers' protocol in a node: everything that changes
/// them goes through here. It decides nothing: it performs what the machine says.
public actor LedgerKeeper {
  let machine: NodeMachine
  private let transport: PeerTransport?
  let samples: SampleStore?
  let approvers: Approvers?
  private let clock: NetworkClock
  let logger: Logger
  private let started = ContinuousClock.now
  private var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
  private var nextWatcher = 0
  private var claimWatchers: [AsyncStream<Claim>.Continuation] = []
  /// When the last blocks were connected, at most a thousand.
  private var arrivals: [ContinuousClock.Instant] = []
  /// How often the chain changed its mind since the start.
  public private(set) var reorganisations = 0
  /// Who waits to see the samples under which report, and until when.
  var looks: [TransactionId: [Looker]] = [:]
  /// When which fault was logged.
  private var faults: [String: ContinuousClock.Instant] = [:]
  /// Why nothing can be kept, until something was.
  public internal(set) var trouble: String?
  /// No peers until then.
  private var pausedUntil: ContinuousClock.Instant?
  /// The key by which this node signs what it finds under others' reports.
  public nonisolated let nodeKey: PublicKey
  /// Read-only queries need not wait for the owner.
  public nonisolated let store: LedgerStore
  /// What the services around it have done.
  public nonisolated let figures = NodeFigures()

  /// The keeper of the chain in `store`; without peers it keeps it alone.
  public init(
    _ store: LedgerStore, clock: NetworkClock, logger: Logger, peers: PeerSetup? = nil
  ) throws {
    self.store = store
    self.clock = clock
    self.logger = logger
    transport = peers?.transport
    samples = peers?.samples
    approvers = peers?.approvers
    var settings =
      peers?.settings
      ?? NodeMachine.Settings(key: KeyPair(seed: .zero), port: 0, offers: [], agent: "")
    nodeKey = settings.key.publicKey
    settings.approvingKeys = approvers?.keys.map(\.publicKey) ?? []
    settings.finalityMemory = approvers?.file.read()
    machine = try NodeMachine(
      chain: try ActiveChain(store), settings: settings, seed: peers?.seed ?? .zero,
      now: Moment(milliseconds: 0, time: clock.now))
    // A new disk is new once: the file says since when.
    if settings.finalityMemory == nil { try approvers?.file.write(machine.finalityMemory) }
    if let memory = peers?.memory { machine.restore(memory.addresses, memory.bans) }
  }

  /// The tip's header and hash.
  public var tip: (header: BlockHeader, hash: BlockHash) {
    (machine.chain.tip, machine.chain.tipHash)
  }

  /// How far the chain is behind the best header, and its pace while it catches up.
  public var sync: (height: UInt64, bestHeader: UInt64, blocksPerSecond: Double) {
    let best = machine.chain.headers.header(machine.chain.headers.bestHeader)?.height
    let height = machine.chain.tip.height
    return (height, max(height, best ?? 0), pace)
  }

  /// How far the history under a snapshot is checked; nil where all is.
  public var history: (height: UInt64, goal: UInt64)? {
    machine.history.map { ($0.height, $0.goal) }
  }

  /// The time of a block that a member has signed lately and that this node's clock calls the
  /// future.
  public var statedTime: NetworkTime? { machine.statedTime }

  /// Blocks a second over the last stretch.
  private var pace: Double {
    guard let first = arrivals.first, let last = arrivals.last, arrivals.count > 1 else { return 0 }
    let elapsed = (last - first).components
    let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    return seconds > 0 ? Double(arrivals.count - 1) / seconds : 0
  }

  /// Proofs of what the state after the newest final block holds for `keys`, in an open network
  /// after the tip; nil where nothing is final yet.
  public func proofs(
    of keys: [StateKey]
  ) throws -> (basis: ProofBasis, entries: [EntryProof])? {
    guard let basis = try store.basis(), let found = try machine.chain.proofs(of: keys),
      found.block == basis.header
    else { return nil }
    return (basis, found.entries)
  }

  /// All links, the oldest first.
  public var peers: [PeerSummary] { machine.summaries }

  /// How many seconds this node's clock is ahead of its peers', the one in the middle of them; nil
  /// without peers.
  public var clockLead: Int64? {
    let leads = clockLeads
    return leads.isEmpty ? nil : leads[leads.count / 2]
  }

  /// How far the own clock is ahead of those of the peers whose clocks count, in seconds, the least
  /// first.
  public var clockLeads: [Int64] {
    let now = Int64(clamping: clock.now.seconds)
    return machine.timekeepers.compactMap { peer -> Int64? in
      guard let hello = peer.hello else { return nil }
      let since = Int64(clamping: peer.age * UInt64(clock.factor) / 1000)
      return now - Int64(clamping: hello.time.seconds) - since
    }.sorted()
  }

  /// Who is kept out.
  public var bans: [BanList.Ban] { machine.bans.list(at: clock.now.seconds * 1000) }

  /// Lifts a ban.
  /// - Returns: whether there was one.
  public func liftBan(_ key: PublicKey) -> Bool { machine.lift(key) }

  /// The transactions that wait for a block, in the order of a template, and their bytes.
  public var pool: (transactions: [EncodedTransaction], byteCount: Int) {
    (machine.pool.candidates, machine.pool.byteCount)
  }

  /// Whether a transaction waits for a block.
  public func isWaiting(_ id: TransactionId) -> Bool { machine.pool.contains(id) }

  /// How many transactions wait for a block.
  public var waiting: Int { machine.pool.count }

  /// What is to be remembered of peers over a restart.
  public var memory: PeerMemory { PeerMemory(addresses: machine.addresses.all, bans: bans) }

  /// Signals each change of the tip or of what waits for a block, from now on.
  public func changes() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let number = nextWatcher
    nextWatcher += 1
    watchers[number] = continuation
    continuation.onTermination = { [weak self] _ in
      guard let self else { return }
      Task { await self.forget(number) }
    }
    return stream
  }

  private func forget(_ number: Int) { watchers[number] = nil }

  private func signal() { for watcher in watchers.values { watcher.yield() } }

  /// Lets a transaction wait for a block and tells peers of it.
  /// - Throws: when it cannot be kept.
  public func submit(_ transaction: EncodedTransaction) throws(StoreError) {
    let actions = handle(.submitted(transaction))
    for case .note(.fault(let reason)) in actions {
      throw .system(path: store.path, reason: reason)
    }
  }

  /// A template on the tip, or nil when nothing waits or the producer may not seal.
  public func template(
    producer: PublicKey, time: NetworkTime, searchSeconds: UInt32
  ) throws -> BlockTemplate? {
    adoptPending()
    return try machine.template(producer: producer, time: time, searchSeconds: searchSeconds)
  }

  /// Takes in a block that this node sealed.
  public func seal(_ block: Block) { handle(.sealed(block)) }

  /// Takes in what a command line wrote into the file, and what a pause of the disk left out.
  public func adoptPending() {
    do {
      for transaction in try store.pending() where !machine.pool.contains(transaction.id) {
        handle(.submitted(transaction))
      }
    } catch { logger.error("pending transactions not read", metadata: ["error": "\(error)"]) }
  }

  /// Time passed.
  public func tick() {
    giveUpLooks()
    if let until = pausedUntil {
      guard until <= .now else { return }
      pausedUntil = nil
    }
    handle(.tick)
  }

  /// Drops every link and opens none for so many seconds: the node goes on alone.
  public func pausePeers(seconds: UInt64) {
    pausedUntil = .now.advanced(by: .seconds(seconds))
    for peer in machine.summaries { transport?.close(peer.link) }
  }

  /// Opens a link to a node at once.
  public func connect(to target: PeerTarget) { handle(.called(target)) }

  /// Why a transaction may not wait for a block.
  public enum Refusal: Sendable, CustomStringConvertible {
    /// A law forbids it.
    case law(String)
    /// Another report of the site waits.
    case otherReport

    public var description: String {
      switch self {
      case .law(let reason): reason
      case .otherReport: "another report of the site covers the same interval"
      }
    }
  }

  /// Forgets own transactions that no block can hold any more.
  public func withdraw(_ ids: [TransactionId]) { machine.withdraw(ids) }

  /// Whether this node rests after a fault of its own, such as a full disk: what it would find now
  /// it could not keep.
  public var isResting: Bool { machine.isResting(at: moment.milliseconds) }

  /// Lets a transaction wait for a block, as `submit`.
  /// - Returns: why it was refused, nil when it waits.
  public func offer(_ transaction: EncodedTransaction) throws(StoreError) -> Refusal? {
    let actions = handle(.submitted(transaction))
    for case .note(let note) in actions {
      switch note {
      case .dropped(transaction.id, let reason): return .law(reason)
      case .equivocation: return .otherReport
      case .fault(let reason): throw .system(path: store.path, reason: reason)
      default: continue
      }
    }
    return nil
  }

  /// A neighbour called out on the home's network.
  public func discovered(_ address: PeerAddress) { handle(.discovered(address)) }

  /// Takes in what happened on a link.
  public func take(_ event: TransportEvent) {
    switch event {
    case .linked(let link, let info):
      if pausedUntil == nil { handle(.linked(link, info)) } else { transport?.close(link) }
    case .failed(let attempt): handle(.failed(attempt: attempt))
    case .received(let link, let message, let byteCount):
      machine.count(link, bytesIn: byteCount, bytesOut: 0)
      handle(.received(link, message))
      transport?.release(byteCount, of: link)
    case .malformed(let link, let error): handle(.malformed(link, error))
    case .unlinked(let link): handle(.unlinked(link))
    }
  }

  @discardableResult
  func handle(_ event: NodeEvent) -> [NodeAction] {
    let actions = machine.handle(event, at: moment)
    for action in actions { perform(action) }
    for case .note(.fault(let reason)) in actions { trouble = reason }
    return actions
  }

  private var moment: Moment {
    let elapsed = (ContinuousClock.now - started).components
    let milliseconds = elapsed.seconds * 1000 + elapsed.attoseconds / 1_000_000_000_000_000
    return Moment(milliseconds: UInt64(max(0, milliseconds)), time: clock.now)
  }

  private func perform(_ action: NodeAction) {
    switch action {
    case .send(let link, let message):
      let byteCount = transport?.send(message, on: link) ?? 0
      machine.count(link, bytesIn: 0, bytesOut: byteCount)
    case .connect(let attempt, let target): transport?.connect(attempt: attempt, to: target)
    case .close(let link): transport?.close(link)
    case .pause(let link, let milliseconds): transport?.pause(link, milliseconds: milliseconds)
    case .advanced(let disconnected, let connected): advanced(disconnected, connected)
    case .poolChanged: signal()
    case .findEvidence(let link, let request, let site, let interval):
      let found = try? samples?.evidence(site: site, covering: interval)
      handle(.foundEvidence(link, request: request, bytes: found?.evidence.bytes))
    case .judgeEvidence(let id, let report, let bytes): judge(id, report, bytes)
    case .evidenceWithheld(let id): answerLooks(at: id, .withheld)
    case .evidenceNotKept(let id): answerLooks(at: id, .notKept)
    case .keep(let note): keep(note)
    case .keepClaim(let claim): for watcher in claimWatchers { watcher.yield(claim) }
    case .keepDecision(let decision): keep(decision)
    case .vote(let content, let seat, let key, let memory): vote(content, seat, key, memory)
    case .keepFinality(let memory): _ = remember(memory)
    case .note(let note): log(note)
    }
  }

  private func advanced(_ disconnected: [BlockHash], _ connected: [ConnectedBlock]) {
    trouble = nil
    arrivals = (arrivals + connected.map { _ in ContinuousClock.now }).suffix(1000)
    if !disconnected.isEmpty {
      reorganisations += 1
      logger.notice(
        "reorganisation",
        metadata: ["disconnected": "\(disconnected.count)", "connected": "\(connected.count)"])
    }
    for block in connected {
      logger.info(
        "block connected",
        metadata: [
          "height": "\(block.block.header.height)", "hash": "\(block.hash)",
          "transactions": "\(block.block.transactions.count)",
        ])
    }
    signal()
  }

  private func judge(_ id: TransactionId, _ report: Report, _ bytes: [UInt8]) {
    let finding = judged(report, bytes)
    logger.info(
      "samples of another's report looked at",
      metadata: ["report": "\(id.hex)", "finding": "\(finding)"])
    answerLooks(at: id, .given(bytes, finding))
    handle(.judged(report: id, finding))
  }

  /// What samples say of a report, by its site's clock.
  func judged(_ report: Report, _ bytes: [UInt8]) -> AuditNote.Finding {
    var offset = UTCOffset.japan
    if let site = try? store.site(report.site) { offset = site.utcOffset }
    return EvidenceAudit.finding(on: report, bytes: bytes, offset: offset)
  }

  /// Claims of this node's own sites and of others, from now on: for an exchange's desk.
  public func claims() -> AsyncStream<Claim> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Claim.self, bufferingPolicy: .bufferingNewest(10_000))
    claimWatchers.append(continuation)
    return stream
  }

  /// Sends a claim of this node's own site to the exchanges; it may be sent again later.
  public func claim(_ claim: Claim) { handle(.claimed(claim)) }

  /// Lets all know what this node's desk decided.
  public func announce(_ decision: ClaimDecision) { handle(.decided(decision)) }

  private func keep(_ decision: ClaimDecision) {
    do { try store.keep(decision) } catch {
      logger.error("decision not kept", metadata: ["error": "\(error)"])
    }
  }

  private func keep(_ note: AuditNote) {
    if note.finding == .noEvidence, note.auditor == nodeKey {
      answerLooks(at: note.report, .notKept)
    }
    do { try store.keep(note) } catch {
      logger.error("audit note not kept", metadata: ["error": "\(error)"])
    }
  }

  func log(_ note: NodeNote) {
    if case .fault(let reason) = note {
      // A disk may be full for days: the same words once an hour say enough.
      faults = faults.filter { .now - $0.value < .seconds(3600) }
      guard faults.updateValue(.now, forKey: reason) == nil else { return }
    }
    let level: Logger.Level =
      switch note {
      case .established, .left: .info
      case .final: .info
      case .startedFromSnapshot, .noFastStart, .historyChecked, .termBegan, .restarted: .notice
      case .historyBroken, .finalityBroken: .critical
      case .refused, .misconduct, .dropped: .notice
      case .banned, .equivocation, .contradiction: .warning
      case .fault, .ownBlockRefused, .keyUsedElsewhere: .error
      }
    logger.log(level: level, "\(note)")
  }
}
