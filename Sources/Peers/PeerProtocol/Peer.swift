// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
public import Ledger
import LedgerCrypto
import Quantities
public import Wire

/// What a node knows of one link. Everything in it is bounded. One machine owns it.
final class Peer {
  let link: Link
  let info: LinkInfo
  /// What this node opened the link for, nil where the other side did.
  let attempt: NodeMachine.Attempt?
  let linkedAt: UInt64
  var hello: Hello?
  var heardAt: UInt64
  /// Questions in a row that nothing at all came after: a dead line, not a bad will.
  var unanswered = 0
  var ping: (number: UInt64, at: UInt64)?
  /// Milliseconds of the last round trip.
  var latency: UInt64?
  var conduct = ConductScore()
  var messages: TokenBucket
  var bytes: TokenBucket
  var messagesIn: UInt64 = 0
  var messagesOut: UInt64 = 0
  var bytesIn: UInt64 = 0
  var bytesOut: UInt64 = 0

  /// The best block that the peer is known to have, and new ones that it has or was sent.
  var bestHeight: UInt64 = 0
  var knownBlocks = RecentSet<BlockHash>(limit: 64)
  /// When headers were asked for, nil when none are due.
  var headersAskedAt: UInt64?
  /// The peer has more headers than were asked for so far.
  var hasMoreHeaders = false
  /// The last header of an answer with as many as there may be: the next ones come behind it.
  var continuesFrom: BlockHash?
  /// The producer of its next header, whom nobody here knows, and the block that it is to seal on.
  var stranger: (key: PublicKey, parent: BlockHash)?
  var sideHeaders = 0
  /// When it is asked again for a block that it told before its time.
  var earlyBlockDue: NetworkTime?
  var blocksAsked = 0
  /// When a body last came that it was asked for.
  var gaveBodyAt: UInt64 = 0

  /// Transactions that it has or was told of, by the first 64 bits of their ids.
  var known: RecentSet<UInt64>
  var toAnnounce: [TransactionId] = []
  var transactionsAsked = 0
  /// When addresses were last asked for, whether the answer is due, and when the peer was given
  /// some.
  var addressesAskedAt: UInt64?
  var addressesAreDue = false
  var addressesGivenAt: UInt64?
  /// Questions for approvals and for proofs that are answered: a short one costs much.
  var approvalQuestions: TokenBucket
  var proofQuestions: TokenBucket
  var bodyQuestions: TokenBucket
  /// Questions with long answers that wait for their turn.
  var questions: [LongQuestion] = []
  /// Whether its key was a member's when it greeted.
  var asker = Asker.stranger

  init(
    _ link: Link, _ info: LinkInfo, _ attempt: NodeMachine.Attempt?, at now: UInt64,
    limits: PeerLimits
  ) {
    self.link = link
    self.info = info
    self.attempt = attempt
    linkedAt = now
    heardAt = now
    messages = TokenBucket(perSecond: limits.messagesPerSecond, at: now)
    bytes = TokenBucket(perSecond: limits.bytesPerSecond, at: now)
    known = RecentSet(limit: limits.knownIds)
    approvalQuestions = TokenBucket(perSecond: 1, at: now)
    proofQuestions = TokenBucket(perSecond: 1, at: now)
    bodyQuestions = TokenBucket(perSecond: limits.bodyQuestionsPerSecond, at: now)
  }

  var isOutbound: Bool { info.attempt != nil }
  var isEstablished: Bool { hello != nil }
  var relays: Bool { hello?.offers.contains(.relay) ?? false }

  /// How logs name it: the key's first digits and where it is.
  var name: String { "\(info.key) \(PeerAddress(host: info.host, port: info.port, key: info.key))" }

  /// Where others can reach it, if it listens.
  var address: PeerAddress? {
    guard let port = hello?.port, port > 0 else { return nil }
    return PeerAddress(host: info.host, port: port, key: info.key)
  }
}

/// A peer as it is shown to people.
public struct PeerSummary: Sendable {
  public let link: Link
  public let info: LinkInfo
  /// Nil until the greeting came.
  public let hello: Hello?
  /// Milliseconds since the link stands.
  public let age: UInt64
  public let latency: UInt64?
  public let points: UInt32
  public let bestHeight: UInt64
  public let messagesIn: UInt64
  public let messagesOut: UInt64
  public let bytesIn: UInt64
  public let bytesOut: UInt64
  /// The member in good standing that its key speaks for, as the chain knows it.
  public let member: MemberId?

  init(_ peer: Peer, at now: UInt64, member: MemberId?) {
    self.member = member
    link = peer.link
    info = peer.info
    hello = peer.hello
    age = now.subtractingDownToZero(peer.linkedAt)
    latency = peer.latency
    points = peer.conduct.points
    bestHeight = peer.bestHeight
    messagesIn = peer.messagesIn
    messagesOut = peer.messagesOut
    bytesIn = peer.bytesIn
    bytesOut = peer.bytesOut
  }
}

extension TransactionId {
  /// The first 64 bits: enough to remember what a peer knows, at a quarter of the memory.
  var mark: UInt64 { value.words.0 }
}
