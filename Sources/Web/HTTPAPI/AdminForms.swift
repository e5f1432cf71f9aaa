import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerStore
public import NodeServices
public import PeerProtocol
import Quantities
import Wire

/// A node's chain as the admin API shows it.
public struct ChainForm: Codable, Sendable {
  public let network: String
  public let networkId: String
  public let height: UInt64
  public let tip: String
  /// The tip's time in network seconds since 1970.
  public let time: UInt64
  public let producer: String
  public let target: String
  public let peers: Int
  /// Transactions that wait for a block.
  public let waiting: Int
  public let reorganisations: Int
  public let auditNotes: Int
  /// Seconds that this node's clock is ahead of its peers'; none without peers.
  public let clockLead: Int64?
  /// Why the node can keep nothing just now, such as a full disk.
  public let trouble: String?

  /// The chain of `keeper`.
  public init(_ keeper: LedgerKeeper) async throws {
    let tip = await keeper.tip
    network = keeper.store.genesis.rules.name
    networkId = keeper.store.network.hex
    height = tip.header.height
    self.tip = tip.hash.hex
    time = tip.header.time.seconds
    producer = tip.header.producer.value.hex
    target = String(tip.header.target, radix: 16)
    peers = await keeper.peers.count { $0.hello != nil }
    waiting = await keeper.waiting
    trouble = await keeper.trouble
    reorganisations = await keeper.reorganisations
    auditNotes = try keeper.store.auditNotes(limit: 10_000).count
    clockLead = await keeper.clockLead
  }
}

/// How far a node is behind.
public struct SyncForm: Codable, Sendable {
  public let height: UInt64
  /// The best header known; blocks up to it are being fetched.
  public let bestHeader: UInt64
  /// Blocks a second over the last stretch of a sync.
  public let blocksPerSecond: Double
  /// Seconds until the best header at that pace; nil where nothing is left or nothing moves.
  public let secondsLeft: Double?
  /// Up to which block the history under a snapshot is checked, and up to which it has to be; nil
  /// where all is checked.
  public let historyHeight: UInt64?
  public let historyGoal: UInt64?

  /// The sync of `keeper`.
  public init(_ keeper: LedgerKeeper) async {
    let sync = await keeper.sync
    height = sync.height
    bestHeader = sync.bestHeader
    blocksPerSecond = sync.blocksPerSecond
    let left = Double(sync.bestHeader - min(sync.bestHeader, sync.height))
    let history = await keeper.history
    historyHeight = history?.height
    historyGoal = history?.goal
    secondsLeft = left > 0 && blocksPerSecond > 0 ? left / blocksPerSecond : nil
  }
}

/// A peer as the admin API shows it.
public struct PeerForm: Codable, Sendable {
  public let key: String
  public let address: String
  /// `outbound` where this node opened the link.
  public let direction: String
  /// Empty until the peer greeted.
  public let agent: String
  public let height: UInt64
  public let ageMilliseconds: UInt64
  public let latencyMilliseconds: UInt64?
  /// Points of misconduct; 100 lead to a ban.
  public let points: UInt32
  public let messagesIn: UInt64
  public let messagesOut: UInt64
  public let bytesIn: UInt64
  public let bytesOut: UInt64

  /// The form of `peer`.
  public init(_ peer: PeerSummary) {
    key = peer.info.key.value.hex
    address =
      peer.info.host.isIPv4
      ? "\(peer.info.host):\(peer.info.port)" : "[\(peer.info.host)]:\(peer.info.port)"
    direction = peer.info.attempt == nil ? "inbound" : "outbound"
    agent = peer.hello?.agent ?? ""
    height = peer.bestHeight
    ageMilliseconds = peer.age
    latencyMilliseconds = peer.latency
    points = peer.points
    messagesIn = peer.messagesIn
    messagesOut = peer.messagesOut
    bytesIn = peer.bytesIn
    bytesOut = peer.bytesOut
  }
}

/// A ban as the admin API shows it.
public struct BanForm: Codable, Sendable {
  public let key: String
  public let host: String?
  /// Network seconds since 1970 at which it ends.
  public let until: UInt64
  public let reason: String

  /// The form of `ban`.
  public init(_ ban: BanList.Ban) {
    key = ban.key.value.hex
    host = ban.host?.description
    until = ban.until / 1000
    reason = ban.reason
  }
}

/// The pool as the admin API shows it.
public struct MempoolForm: Codable, Sendable {
  /// A transaction that waits.
  public struct TransactionForm: Codable, Sendable {
    public let id: String
    public let kind: String
    public let bytes: Int
  }
  public let count: Int
  public let bytes: Int
  /// In the order of the next template, at most a thousand.
  public let transactions: [TransactionForm]

  /// The pool of `keeper`.
  public init(_ keeper: LedgerKeeper) async {
    let pool = await keeper.pool
    count = pool.transactions.count
    bytes = pool.byteCount
    transactions = pool.transactions.prefix(1000).map {
      TransactionForm(
        id: $0.id.hex, kind: $0.transaction.kindName, bytes: $0.bytes.count)
    }
  }
}

/// What an action came to.
public struct DoneForm: Codable, Sendable {
  public let done: String

  /// Something done, in a word.
  public init(_ done: String) { self.done = done }
}
