// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import Ledger
import LedgerCrypto
import LedgerStore
public import NodeServices
public import PeerProtocol
import Quantities
public import WebService
import Wire

/// A node's chain as the admin API shows it.
public struct ChainForm: Form, Codable {
  public let network: String
  public let networkId: String
  public let height: UInt64
  public let tip: String
  /// The tip's time in network seconds since 1970.
  public let time: UInt64
  public let producer: String
  public let target: String
  public let peers: UInt64
  /// Transactions that wait for a block.
  public let waiting: UInt64
  public let reorganisations: UInt64
  public let auditNotes: UInt64
  /// Seconds that this node's clock is ahead of its peers'; none without peers.
  public let clockLead: Int64?
  /// Why the node can keep nothing just now, such as a full disk.
  public let trouble: String?
  /// The height of the last final block; none in an open network.
  public let finalHeight: UInt64?
  /// The term, how many seats it has, and which of them are this node's.
  public let term: UInt64?
  public let seats: UInt64?
  public let ownSeats: [UInt64]
  /// Why this node approves nothing although it has a seat; none where it does.
  public let silence: Silence?
  /// From when on, in network seconds since 1970, the operator may restart the term, since nothing
  /// becomes final; none in an open network.
  public let restartsFrom: UInt64?
  /// The height of a restart that waits for signatures, how many seats have signed it, and how many
  /// have to; none where none waits.
  public let restartHeight: UInt64?
  public let restartSigned: UInt64?
  public let restartNeeded: UInt64?

  /// Why a node approves nothing.
  public enum Silence: String, Codable, CaseIterable, Sendable {
    /// More than a third of the seats lie: nothing is final any more.
    case conflict
    /// Another box approves with this node's key.
    case otherBox = "other_box"
    /// Its disk is new: it may have approved before, and is silent for two whole epochs.
    case newDisk = "new_disk"
  }

  public static let name = "AdminChain"
  public static let fields: [Field<Self>] = [
    Field("network", .text(), "Its name.") { .text($0.network) },
    Field("network_id", .text(), "The hash of its genesis.") { .text($0.networkId) },
    Field("height", .count, "Of the tip.") { .unsigned($0.height) },
    Field("tip", .id, "The tip's hash.") { .text($0.tip) },
    Field("time", .count, "The tip's, in seconds since 1970.") { .unsigned($0.time) },
    Field("producer", .id, "The key that sealed it.") { .text($0.producer) },
    Field("target", .text(), "Compact, in hexadecimal.") { .text($0.target) },
    Field("peers", .count, "That greeted.") { .unsigned($0.peers) },
    Field("waiting", .count, "Transactions without a block.") { .unsigned($0.waiting) },
    Field("reorganisations", .count, "Since the start.") { .unsigned($0.reorganisations) },
    Field("audit_notes", .count, "Members' notes on others' evidence.") {
      .unsigned($0.auditNotes)
    },
    Field("clock_lead", .nullable(.integer(-(1 << 53)...(1 << 53))), "Seconds ahead of peers.") {
      $0.clockLead.map { .signed($0) } ?? .null
    },
    Field("trouble", .nullable(.text()), "Why nothing can be kept.") { .optional($0.trouble) },
    Field("final_height", .nullable(.count), "The last final block.") { .optional($0.finalHeight) },
    Field("term", .nullable(.count), "Of the approvers.") { .optional($0.term) },
    Field("seats", .nullable(.count), "Of the term.") { .optional($0.seats) },
    Field(list: "own_seats", of: .count, "This node's.") { $0.ownSeats.map { .unsigned($0) } },
    Field(
      "silence", .nullable(.choice(Silence.allCases.map(\.rawValue))), "Why it approves nothing."
    ) { .optional($0.silence?.rawValue) },
    Field("restarts_from", .nullable(.count), "When the operator may restart, seconds since 1970.")
    {
      .optional($0.restartsFrom)
    },
    Field("restart_height", .nullable(.count), "Of a restart that waits for signatures.") {
      .optional($0.restartHeight)
    },
    Field("restart_signed", .nullable(.count), "Seats that have signed it.") {
      .optional($0.restartSigned)
    },
    Field("restart_needed", .nullable(.count), "Seats that have to.") {
      .optional($0.restartNeeded)
    },
  ]

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
    peers = UInt64(await keeper.peers.count { $0.hello != nil })
    waiting = UInt64(await keeper.waiting)
    trouble = await keeper.trouble
    reorganisations = UInt64(await keeper.reorganisations)
    auditNotes = UInt64(try keeper.store.auditNotes(limit: 10_000).count)
    clockLead = await keeper.clockLead
    let finality = await keeper.finality
    finalHeight = finality?.height
    term = finality.map { UInt64($0.term.number) }
    seats = finality.map { UInt64($0.term.seats.count) }
    ownSeats = finality?.ownSeats.map(UInt64.init) ?? []
    silence = finality.flatMap(ChainForm.silence)
    restartsFrom = finality?.restartsFrom.seconds
    restartHeight = finality?.restart?.height
    restartSigned = finality?.restart.map { UInt64($0.signed) }
    restartNeeded = finality?.restart.map { UInt64($0.needed) }
  }

  private static func silence(_ finality: FinalitySummary) -> Silence? {
    if finality.isBroken { return .conflict }
    if finality.keyUsedElsewhere { return .otherBox }
    return finality.isSilent ? .newDisk : nil
  }
}

/// How far a node is behind.
public struct SyncForm: Form, Codable {
  public let height: UInt64
  /// The best header known; blocks up to it are being fetched.
  public let bestHeader: UInt64
  /// Blocks a second over the last stretch of a sync.
  public let blocksPerSecond: UInt64
  /// Seconds until the best header at that pace; nil where nothing is left or nothing moves.
  public let secondsLeft: UInt64?
  /// Up to which block the history under a snapshot is checked, and up to which it has to be; nil
  /// where all is checked.
  public let historyHeight: UInt64?
  public let historyGoal: UInt64?

  public static let name = "AdminSync"
  public static let fields: [Field<Self>] = [
    Field("height", .count, "Of the tip.") { .unsigned($0.height) },
    Field("best_header", .count, "The best height known.") { .unsigned($0.bestHeader) },
    Field("blocks_per_second", .count, "Over the last stretch.") { .unsigned($0.blocksPerSecond) },
    Field("seconds_left", .nullable(.count), "At that pace.") { .optional($0.secondsLeft) },
    Field("history_height", .nullable(.count), "Checked under a snapshot.") {
      .optional($0.historyHeight)
    },
    Field("history_goal", .nullable(.count), "To be checked under a snapshot.") {
      .optional($0.historyGoal)
    },
  ]

  /// The sync of `keeper`.
  public init(_ keeper: LedgerKeeper) async {
    let sync = await keeper.sync
    height = sync.height
    bestHeader = sync.bestHeader
    blocksPerSecond = UInt64(max(0, sync.blocksPerSecond))
    let left = Double(sync.bestHeader.subtractingDownToZero(sync.height))
    let history = await keeper.history
    historyHeight = history?.height
    historyGoal = history?.goal
    secondsLeft =
      left > 0 && sync.blocksPerSecond > 0
      ? UInt64(min(left / sync.blocksPerSecond, 1e12).rounded(.up)) : nil
  }
}

/// The peers and bans of a node.
public struct PeersForm: Form, Codable {
  public let peers: [PeerForm]
  public let bans: [BanForm]

  public static let name = "AdminPeers"
  public static let fields: [Field<Self>] = [
    Field(items: "peers", "Its links.") { $0.peers },
    Field(items: "bans", "Whom it lets in no more.") { $0.bans },
  ]

  /// Those of `keeper`.
  public init(_ keeper: LedgerKeeper) async {
    peers = await keeper.peers.map(PeerForm.init)
    bans = await keeper.bans.map(BanForm.init)
  }
}

/// A peer as the admin API shows it.
public struct PeerForm: Form, Codable {
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
  public let points: UInt64
  public let messagesIn: UInt64
  public let messagesOut: UInt64
  public let bytesIn: UInt64
  public let bytesOut: UInt64

  public static let name = "AdminPeer"
  public static let fields: [Field<Self>] = [
    Field("key", .id, "Its key.") { .text($0.key) },
    Field("address", .text(), "Where it is.") { .text($0.address) },
    Field("direction", .choice(["inbound", "outbound"]), "Who opened the link.") {
      .text($0.direction)
    },
    Field("agent", .text(), "The software it runs.") { .text($0.agent) },
    Field("height", .count, "Its best block.") { .unsigned($0.height) },
    Field("age_milliseconds", .count, "How long it is linked.") { .unsigned($0.ageMilliseconds) },
    Field("latency_milliseconds", .nullable(.count), "Round trip.") {
      .optional($0.latencyMilliseconds)
    },
    Field("points", .count, "Of misconduct.") { .unsigned($0.points) },
    Field("messages_in", .count, "From it.") { .unsigned($0.messagesIn) },
    Field("messages_out", .count, "To it.") { .unsigned($0.messagesOut) },
    Field("bytes_in", .count, "From it.") { .unsigned($0.bytesIn) },
    Field("bytes_out", .count, "To it.") { .unsigned($0.bytesOut) },
  ]

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
    points = UInt64(peer.points)
    messagesIn = peer.messagesIn
    messagesOut = peer.messagesOut
    bytesIn = peer.bytesIn
    bytesOut = peer.bytesOut
  }
}

/// A ban as the admin API shows it.
public struct BanForm: Form, Codable {
  public let key: String
  public let host: String?
  /// Network seconds since 1970 at which it ends.
  public let until: UInt64
  public let reason: String

  public static let name = "AdminBan"
  public static let fields: [Field<Self>] = [
    Field("key", .id, "Whose.") { .text($0.key) },
    Field("host", .nullable(.text()), "Where it came from.") { .optional($0.host) },
    Field("until", .count, "Seconds since 1970.") { .unsigned($0.until) },
    Field("reason", .text(), "What it did.") { .text($0.reason) },
  ]

  /// The form of `ban`.
  public init(_ ban: BanList.Ban) {
    key = ban.key.value.hex
    host = ban.host?.description
    until = ban.until / 1000
    reason = ban.reason
  }
}

/// The pool as the admin API shows it.
public struct MempoolForm: Form, Codable {
  /// A transaction that waits.
  public struct TransactionForm: Form, Codable {
    public let id: String
    public let kind: String
    public let bytes: UInt64

    public static let name = "AdminWaiting"
    public static let fields: [Field<Self>] = [
      Field("id", .id, "Its id.") { .text($0.id) },
      Field("kind", .text(), "What it does.") { .text($0.kind) },
      Field("bytes", .count, "Its size.") { .unsigned($0.bytes) },
    ]
  }

  public let count: UInt64
  public let bytes: UInt64
  /// In the order of the next template, at most a thousand.
  public let transactions: [TransactionForm]

  public static let name = "AdminMempool"
  public static let fields: [Field<Self>] = [
    Field("count", .count, "How many wait.") { .unsigned($0.count) },
    Field("bytes", .count, "Their size.") { .unsigned($0.bytes) },
    Field(items: "transactions", "At most a thousand, in the order of the next template.") {
      $0.transactions
    },
  ]

  /// The pool of `keeper`.
  public init(_ keeper: LedgerKeeper) async {
    let pool = await keeper.pool
    count = UInt64(pool.transactions.count)
    bytes = UInt64(pool.byteCount)
    transactions = pool.transactions.prefix(1000).map {
      TransactionForm(
        id: $0.id.hex, kind: $0.transaction.kind.name, bytes: UInt64($0.bytes.count))
    }
  }
}

/// What an action came to.
public struct DoneForm: Form, Codable {
  public let done: String

  public static let name = "AdminDone"
  public static let fields: [Field<Self>] = [
    Field("done", .text(), "In a word.") { .text($0.done) }
  ]

  /// Something done, in a word.
  public init(_ done: String) { self.done = done }
}

/// What came of asking for the samples under a report.
public struct LookForm: Form, Codable {
  /// `given`, `notKept`, `withheld`, `noLink` or `noAnswer`.
  public let outcome: String
  /// What the samples say of the report, where they came.
  public let finding: String?
  /// The canonical bytes of the evidence, in base64.
  public let evidence: String?

  /// The form of a look.
  public init(_ look: EvidenceLook) {
    guard case .given(let bytes, let finding) = look else {
      (outcome, finding, evidence) = ("\(look)", nil, nil)
      return
    }
    outcome = "given"
    self.finding = "\(finding)"
    evidence = Data(bytes).base64EncodedString()
  }

  public static let name = "Look"
  public static let fields: [Field<Self>] = [
    Field(
      "outcome", .choice(["given", "notKept", "withheld", "noLink", "noAnswer"]), "What came of it."
    ) { .text($0.outcome) },
    Field("finding", .nullable(.text()), "What the samples say of the report.") {
      .optional($0.finding)
    },
    Field("evidence", .nullable(.base64), "The samples.") { .optional($0.evidence) },
  ]
}
