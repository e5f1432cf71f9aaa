// SPDX-License-Identifier: Apache-2.0

/// The numbers that bound what peers can make a node do. One place, so that a test can tighten
/// them.
public struct PeerLimits: Sendable {
  /// Links that this node opens, and links that others may open to it: apart, so that nobody can
  /// crowd out the peers that this node chose.
  public var outbound = 8
  public var inbound = 64
  /// Inbound links from one part of the internet; neighbours on the home's network do not count.
  public var inboundPerGroup = 8
  /// A greeting must come within this time, in milliseconds, like all times here.
  public var handshakeTimeout: UInt64 = 5_000
  /// A quiet link is asked whether it lives after this time, and closed without an answer.
  public var pingAfter: UInt64 = 60_000
  public var pongTimeout: UInt64 = 20_000
  /// Headers, a block, transactions of a compact block, or transactions must come within this time;
  /// then another peer is asked.
  public var answerTimeout: UInt64 = 4_000
  /// Bodies asked of one peer at once, and how far ahead of the tip bodies are fetched.
  public var blocksPerPeer = 16
  public var blockWindow = 128
  /// Bytes of bodies that wait for their parents.
  public var waitingBytes = 64 << 20
  /// Headers whose bodies are missing, above which no more headers are asked for.
  public var headersAhead = 4_096
  /// A branch whose bodies nobody gave is tried again after this time.
  public var asideFor: UInt64 = 600_000
  /// Headers beside the best chain that one peer may send.
  public var sideHeaders = 4_096
  /// Announcements are gathered for so long.
  public var announceEvery: UInt64 = 100
  /// Transaction ids known to be at a peer, remembered for it.
  public var knownIds = 4_096
  /// Transactions asked of one peer at once.
  public var transactionsPerPeer = 2_000
  /// Messages that nobody asked for: so many a second, and so many bytes, in the long run; the
  /// burst is sixty times as much.
  public var messagesPerSecond: UInt64 = 50
  public var bytesPerSecond: UInt64 = 131_072
  /// Work for all members and for all strangers in a second, a looking up or 32 KiB of an answer
  /// each; strangers' bursts are four times as much; and so much for either at once. What both get
  /// at once fits into what may wait to be sent.
  public var workForMembers: UInt64 = 1_000
  public var workForStrangers: UInt64 = 200
  public var workAtOnce: UInt64 = 100
  /// Questions with long answers that may wait on a link.
  public var questions = 320
  /// Questions for bodies and parts: so many messages a second, the burst sixty times as much.
  public var bodyQuestionsPerSecond: UInt64 = 500
  /// A throttled link is not read for so long.
  public var throttle: UInt64 = 2_000
  /// Misconduct that leads to a ban, how fast it is forgotten (a point in so long), how long bans
  /// last.
  public var banPoints: UInt32 = 100
  public var forgetPoint: UInt64 = 60_000
  public var ban: UInt64 = 24 * 3_600_000
  /// A node that has room for more links of its own asks a peer again for addresses after this
  /// time; a peer may ask twice as often.
  public var addressesEvery: UInt64 = 120_000
  /// An address that failed is tried again after this time, doubled with each failure up to 64
  /// times.
  public var retry: UInt64 = 2_000
  /// After a fault of its own (a full disk) the node waits so long before it tries again.
  public var faultPause: UInt64 = 10_000
  /// A new node starts from a snapshot where at least so many bodies are missing.
  public var snapshotWorth = 256
  /// A block that came before its time is asked for again if it is no more than so many seconds of
  /// network time early.
  public var longestEarly: UInt64 = 7_200
  /// The mempool: transactions, bytes, seconds of network time until one is forgotten, and reports
  /// that wait for an earlier one.
  public var poolCount = 50_000
  public var poolBytes = 32 << 20
  public var poolSeconds: UInt64 = 14 * 86_400
  public var poolLater = 1_000
  /// … of one site at most so many, and how many waiting movements of coins may build on one
  /// another.
  public var poolLaterOfSite = 64
  public var poolDepth = 1_000
  /// Of so many foreign reports, one is audited.
  public var auditOneIn: UInt64 = 50

  /// The usual limits.
  public init() {}
}
