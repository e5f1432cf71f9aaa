// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain
import Ledger
public import LedgerCrypto
import Proofs
import Quantities
public import Wire

/// All that a node decides about its peers, its chain and its pool: events in, actions out. It has
/// no clock, no socket and no task; the node daemon and the simulator drive the same machine. Not
/// safe to share: an actor or a simulation owns it.
public final class NodeMachine {
  /// Who this node is and what it wants.
  public struct Settings: Sendable {
    /// The identity that its links prove.
    public var key: KeyPair
    /// Where it listens, 0 when nowhere.
    public var port: UInt16
    public var offers: Hello.Offers
    /// Program and version.
    public var agent: String
    /// Nodes that a person named; links to them are kept up.
    public var targets: [PeerTarget]
    /// It looks at the samples under others' reports.
    public var audits: Bool
    /// A new node starts from a snapshot of the state where the chain is long.
    public var startsFromSnapshot = false
    /// It does so too in an open network, where work alone vouches for the state.
    public var startsOnWork = false
    /// A block that every chain has to hold, where somebody told it.
    public var knownCheckpoint: KnownCheckpoint?
    /// The public halves of the keys that it may approve with: its own, and those of other members
    /// that it runs for.
    public var approvingKeys: [PublicKey] = []
    /// What it remembers of its approvals; nil with a new disk.
    public var finalityMemory: FinalityMemory?
    /// Bodies of the history under a snapshot are kept once they are checked.
    public var keepsHistory = true
    public var limits: PeerLimits

    /// Settings with these values.
    public init(
      key: KeyPair, port: UInt16, offers: Hello.Offers, agent: String, targets: [PeerTarget] = [],
      audits: Bool = false, limits: PeerLimits = PeerLimits()
    ) {
      self.key = key
      self.port = port
      self.offers = offers
      self.agent = agent
      self.targets = targets
      self.audits = audits
      self.limits = limits
    }
  }

  public let chain: ActiveChain
  public let settings: Settings
  public internal(set) var pool: Mempool
  public internal(set) var addresses: AddressBook
  public internal(set) var bans = BanList()
  var limits: PeerLimits { settings.limits }
  var key: PublicKey { settings.key.publicKey }

  var peers: [Link: Peer] = [:]
  /// Attempts under way, by number.
  var attempts: [UInt64: Attempt] = [:]
  var nextAttempt: UInt64 = 1
  /// When a named node is worth another try, and how often in a row it failed.
  var targetRetry: [PeerTarget: (at: UInt64, failures: UInt64)] = [:]
  var download = BlockDownload()
  /// The last block that a member has signed and that came before its time, and when it was heard.
  var earlyBlock: (time: NetworkTime, heard: UInt64)?
  var compacts: [BlockHash: PartialBlock] = [:]
  /// The work for others, by who asks.
  var turns: [Asker: AnswerTurn]
  /// Who was asked for a body and did not have it.
  var lacking: [BlockHash: Set<Link>] = [:]
  /// Who told of a block whose body is not here, or of one after it.
  var announcers: [BlockHash: Set<Link>] = [:]
  /// Branches that were set aside, and until when.
  var asideUntil: [BlockHash: UInt64] = [:]
  /// Transactions asked for: of whom, when, and who else has them.
  var wanted: [TransactionId: (link: Link, at: UInt64, others: [Link])] = [:]
  /// Transactions confirmed not long ago, and refused on this tip: neither is asked for again.
  var confirmed = RecentSet<TransactionId>(limit: 50_000)
  var refused = RecentSet<TransactionId>(limit: 10_000)
  var seenNotes = RecentSet<Bytes32>(limit: 10_000)
  var passedClaims = PassedOn<ClaimId>(memory: 10_000, limit: 20_000, share: 64)
  var passedDecisions = PassedOn<Bytes32>(memory: 10_000, limit: 20_000, share: 10_000)
  var audits: [UInt32: Audit] = [:]
  var nextRequest: UInt32 = 1
  /// The snapshot that this node serves, and when it was last asked for.
  var served: StateSnapshot?
  var servedAt: UInt64?
  /// A start from a snapshot that is under way.
  var fastStart: FastStart?
  /// Links on which a start was given up, a few at most, and the answers that may yet come.
  var droppedStarts: [Link: Int] = [:]
  var triedForSnapshot: Set<PublicKey> = []
  var hasGivenUpSnapshots = false
  /// The history under a snapshot, while it is checked.
  public internal(set) var history: HistoryCheck?
  var historyAsked: [BlockHash: (link: Link, at: UInt64)] = [:]
  var historyBodies: [BlockHash: (block: Block, link: Link)] = [:]
  var announcedAt: UInt64 = 0
  /// When the chain last went on.
  var progressedAt: UInt64 = 0
  /// After a fault of its own the node rests until then.
  var restsUntil: UInt64 = 0
  /// What is final; nil in an open network.
  var finality: NodeFinality?
  var chance: SeededGenerator
  var actions: [NodeAction] = []
  var now: Moment

  /// A node on `chain`.
  /// - Parameter seed: secret and different for each node; all its chance follows from it.
  public init(
    chain: ActiveChain, settings: Settings, seed: Bytes32, now: Moment
  ) throws {
    self.chain = chain
    self.settings = settings
    self.now = now
    chance = SeededGenerator(seed: seed.words.0)
    let limits = settings.limits
    turns = [
      .member: AnswerTurn(
        share: WorkShare(
          perSecond: limits.workForMembers, burst: limits.workForMembers, at: now.milliseconds)),
      .stranger: AnswerTurn(
        share: WorkShare(
          perSecond: limits.workForStrangers, burst: 4 * limits.workForStrangers,
          at: now.milliseconds)),
    ]
    if let known = settings.knownCheckpoint { try chain.require(known) }
    addresses = AddressBook(secret: seed)
    pool = Mempool(limits: settings.limits, genesis: chain.genesis)
    var pending: [EncodedTransaction] = []
    try chain.storage.read { pending = try $0.pending() }
    for transaction in pending {
      _ = pool.add(transaction, isOwn: true, chain: chain, now: now.time)
    }
    _ = pool.takeAccepted()
    try beginHistory()
    try beginFinality(settings.finalityMemory)
  }

  /// Takes up what was remembered of peers over a restart.
  public func restore(_ entries: [AddressBook.Entry], _ kept: [BanList.Ban]) {
    for entry in entries where entry.address.key != key { addresses.restore(entry) }
    for ban in kept { bans.add(ban, at: networkMilliseconds) }
  }

  /// Takes in an event and says what to do.
  public func handle(_ event: NodeEvent, at now: Moment) -> [NodeAction] {
    self.now = now
    switch event {
    case .linked(let link, let info): linked(link, info)
    case .failed(let attempt): failed(attempt)
    case .received(let link, let message): received(message, on: link)
    case .malformed(let link, let error):
      punish(link, .malformed(error.description))
    case .unlinked(let link): unlinked(link)
    case .tick: tick()
    case .submitted(let transaction): submit(transaction, from: nil)
    case .claimed(let claim): claimed(claim)
    case .decided(let decision): decided(decision)
    case .sealed(let block): accept(block, from: nil)
    case .discovered(let address):
      if address.key != key { addresses.add(address, from: address.host) }
    case .called(let target): call(target)
    case .foundEvidence(let link, let request, let bytes):
      // More than a message holds is as good as nothing, and would cost this node its link.
      let given = bytes.flatMap { $0.count <= EvidenceDelivery.evidenceLimit ? $0 : nil }
      send(
        .evidenceDelivery(
          EvidenceDelivery(
            request: request, outcome: given == nil ? .notKept : .given, evidence: given ?? [])),
        to: link)
    case .looked(let id, let report): look(at: report, id)
    case .judged(let report, let finding): publish(finding, on: report)
    case .voted(let vote): voted(vote)
    }
    answerQuestions()
    defer { actions = [] }
    return actions
  }

  private func received(_ message: Message, on link: Link) {
    guard let peer = peers[link] else { return }
    peer.heardAt = now.milliseconds
    peer.unanswered = 0
    peer.messagesIn += 1
    if case .hello(let hello) = message { return greeted(by: hello, on: link) }
    if case .goodbye(let goodbye) = message {
      note(.left(peer: peer.name, reason: "\(goodbye.reason) \(goodbye.detail)"))
      act(.close(link))
      if let attempt = peer.attempt { retryLater(attempt) }
      return unlinked(link)
    }
    guard peer.isEstablished else {
      return punish(link, .unsolicited("\(message.name) before a greeting"))
    }
    guard isWithinShare(message, peer) else { return }
    switch message {
    case .hello, .goodbye: break
    case .ping(let ping): send(.pong(Pong(number: ping.number)), to: link)
    case .pong(let pong): ponged(pong, on: link)
    case .getHeaders(let question): ask(.headers(question), by: link)
    case .headers(let answer): received(answer, on: link)
    case .getBlocks(let question): ask(question, by: link)
    case .blockDelivery(let answer): received(answer, on: link)
    case .blocksMissing(let answer): received(answer, on: link)
    case .compactBlock(let compact): received(compact, on: link)
    case .getBlockTransactions(let question): ask(.transactions(question), by: link)
    case .blockTransactions(let answer): received(answer, on: link)
    case .announceTransactions(let announcement): received(announcement, on: link)
    case .getTransactions(let question): give(question, to: link)
    case .transactionDelivery(let answer): received(answer, on: link)
    case .getAddresses: giveAddresses(to: link)
    case .addresses(let answer): received(answer, on: link)
    case .getProof(let question): give(question, to: link)
    case .proofDelivery: punish(link, .unsolicited("a proof"))
    case .getEvidence(let question): give(question, to: link)
    case .evidenceDelivery(let answer): received(answer, on: link)
    case .auditNotes(let notes): received(notes, on: link)
    case .claims(let claims): received(claims, on: link)
    case .decisions(let decisions): received(decisions, on: link)
    case .getSnapshot: giveManifest(to: link)
    case .snapshotManifest(let answer): received(answer, on: link)
    case .getSnapshotPart(let question): ask(.part(question), by: link)
    case .snapshotPart(let answer): received(answer, on: link)
    case .approvals(let approvals): received(approvals, on: link)
    case .getApprovals(let question): give(question, to: link)
    case .getFinality(let question): give(question, to: link)
    case .finality(let answer): received(answer, on: link)
    case .getAncestors(let question): ask(.ancestors(question), by: link)
    case .ancestors(let answer): received(answer, on: link)
    }
  }

  /// Whether a message is within what a link may send unasked. Answers are bounded by the
  /// questions.
  private func isWithinShare(_ message: Message, _ peer: Peer) -> Bool {
    switch message {
    case .headers, .finality, .ancestors, .blockDelivery, .blockTransactions, .transactionDelivery,
      .pong,
      .evidenceDelivery, .snapshotManifest, .snapshotPart:
      return true
    case .getSnapshotPart, .getBlocks:
      return throttled(unless: peer.bodyQuestions.take(1, at: now.milliseconds), message, peer)
    default: break
    }
    let size = UInt64(WireFrame.headerByteCount + message.byteCount)
    return throttled(
      unless: peer.messages.take(1, at: now.milliseconds)
        && peer.bytes.take(size, at: now.milliseconds), message, peer)
  }

  /// Does not read a link for a while that is beyond its share.
  /// - Returns: whether it is within.
  private func throttled(unless isWithin: Bool, _ message: Message, _ peer: Peer) -> Bool {
    if !isWithin {
      act(.pause(peer.link, milliseconds: limits.throttle))
      punish(peer.link, .flooding(message.name))
    }
    return isWithin
  }

  func act(_ action: NodeAction) { actions.append(action) }

  func note(_ note: NodeNote) { actions.append(.note(note)) }

  func send(_ message: Message, to link: Link) {
    guard peers[link] != nil else { return }
    peers[link]?.messagesOut += 1
    act(.send(link, message))
  }

  /// Counts what passed over a link, for people.
  public func count(_ link: Link, bytesIn: Int, bytesOut: Int) {
    peers[link]?.bytesIn += UInt64(bytesIn)
    peers[link]?.bytesOut += UInt64(bytesOut)
  }

  func fault(_ error: any Error) {
    note(.fault("\(error)"))
    restsUntil = now.milliseconds + limits.faultPause
  }

  /// Whether the node rests after a fault of its own, such as a full disk.
  public func isResting(at milliseconds: UInt64) -> Bool { milliseconds < restsUntil }

  /// All links, the oldest first.
  public var summaries: [PeerSummary] {
    peers.values.sorted { $0.link < $1.link }.map {
      PeerSummary($0, at: now.milliseconds, member: member(behind: $0.info.key))
    }
  }

  /// The peers whose clocks count, the oldest first: members, one vote each however many keys they
  /// have; where they are fewer than three, those that this node chose itself as well. Whoever else
  /// opens a link may state any time.
  public var timekeepers: [PeerSummary] {
    let all = summaries.filter { $0.hello != nil }
    var seen: Set<MemberId> = []
    let members = all.filter { $0.member.map { seen.insert($0).inserted } == true }
    guard members.count < 3 else { return members }
    return members + all.filter { $0.info.attempt != nil && $0.member == nil }
  }

  /// Established peers, the oldest first.
  var established: [Peer] {
    peers.values.filter(\.isEstablished).sorted { $0.link < $1.link }
  }

  /// Bodies still to fetch on the way to the best header.
  public var missingBodies: Int { download.queue.count }
}
