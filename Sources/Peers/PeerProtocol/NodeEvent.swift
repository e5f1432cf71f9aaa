// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain
public import Ledger
public import LedgerCrypto
public import Quantities
public import Wire

/// Names a link for as long as it lives, within one node.
public struct Link: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let number: UInt64
  /// The link of this number.
  public init(_ number: UInt64) { self.number = number }
  /// Orders by number.
  public static func < (left: Link, right: Link) -> Bool { left.number < right.number }
  /// `link 7`.
  public var description: String { "link \(number)" }
}

/// What a new link leads to, as its transport proved it.
public struct LinkInfo: Hashable, Sendable {
  /// The attempt of this node that led to it; nil where the other side opened it.
  public let attempt: UInt64?
  public let host: HostAddress
  public let port: UInt16
  /// The key that the other side proved to have.
  public let key: PublicKey

  /// What a link leads to.
  public init(attempt: UInt64?, host: HostAddress, port: UInt16, key: PublicKey) {
    self.attempt = attempt
    self.host = host
    self.port = port
    self.key = key
  }
}

/// A node to reach that a person named: in a file of `Peers/` or on the command line.
public struct PeerTarget: Hashable, Sendable {
  /// A name or an address.
  public let host: String
  public let port: UInt16
  /// The key that it must have; nil takes any.
  public let key: PublicKey?

  /// A node to reach.
  public init(host: String, port: UInt16, key: PublicKey?) {
    self.host = host
    self.port = port
    self.key = key
  }
}

/// What can happen to a node.
public enum NodeEvent: Sendable {
  /// A link stands; both sides have proven their keys.
  case linked(Link, LinkInfo)
  /// An attempt came to nothing.
  case failed(attempt: UInt64)
  case received(Link, Message)
  /// Bytes came that are no message.
  case malformed(Link, DecodeError)
  case unlinked(Link)
  /// Time passed.
  case tick
  /// A transaction of this node's own: from its meters, wallet or exchange.
  case submitted(EncodedTransaction)
  /// A claim of this node's own site, new or once more.
  case claimed(Claim)
  /// A decision of this node's own exchange desk, new or once more.
  case decided(ClaimDecision)
  /// A block that this node sealed.
  case sealed(Block)
  /// A neighbour told where it listens, by a beacon on the home's network.
  case discovered(PeerAddress)
  /// Somebody asks for a link to a node, now.
  case called(PeerTarget)
  /// What this node keeps under one of its reports, as asked for by `NodeAction.findEvidence`.
  case foundEvidence(Link, request: UInt32, bytes: [UInt8]?)
  /// Somebody at this node wants to see the samples under another's report.
  case looked(report: TransactionId, Report)
  /// The finding on evidence that `NodeAction.judgeEvidence` gave out.
  case judged(report: TransactionId, AuditNote.Finding)
  /// This node's own vote, signed after what `NodeAction.vote` gave was on the disk.
  case voted(SignedVote)
}

/// What a node has to do; the shell performs it.
public enum NodeAction: Sendable {
  case send(Link, Message)
  /// Open a link; its outcome names the attempt.
  case connect(attempt: UInt64, PeerTarget)
  /// Close a link after what was sent on it.
  case close(Link)
  /// Do not read from a link for so many milliseconds.
  case pause(Link, milliseconds: UInt64)
  /// The chain changed: blocks taken off, newest first, and put on, oldest first.
  case advanced(disconnected: [BlockHash], connected: [ConnectedBlock])
  /// A transaction came into the pool, or left it without being confirmed.
  case poolChanged
  /// A member asks for the samples under one of this node's reports.
  case findEvidence(Link, request: UInt32, site: SiteId, interval: Interval)
  /// Compare evidence with the report that it is for.
  case judgeEvidence(report: TransactionId, Report, bytes: [UInt8])
  /// The node of a report's site does not take this node for a member, and shows nothing.
  case evidenceWithheld(report: TransactionId)
  /// A site's node has no samples of a report that a person wants to see.
  case evidenceNotKept(report: TransactionId)
  /// An audit note to keep.
  case keep(AuditNote)
  /// A claim that this node's exchange desk, if it has one, is to decide.
  case keepClaim(Claim)
  /// An exchange's decision to keep.
  case keepDecision(ClaimDecision)
  /// Write the memory to the disk, synced; only then sign the vote with the key and give it
  /// back as `NodeEvent.voted`. Where the disk takes nothing, nothing is signed.
  case vote(Vote, seat: UInt8, key: PublicKey, memory: FinalityMemory)
  /// Write the memory to the disk when there is time.
  case keepFinality(FinalityMemory)
  /// Something that people or tests want to read.
  case note(NodeNote)
}

/// What a node says about its peers and itself, for logs.
public enum NodeNote: Sendable {
  case established(peer: String, agent: String, height: UInt64)
  /// A peer was refused; it is told why.
  case refused(peer: String, Goodbye.Reason, detail: String)
  case left(peer: String, reason: String)
  case misconduct(peer: String, Misconduct, points: UInt32)
  case banned(peer: String, until: UInt64, reason: String)
  case dropped(TransactionId, reason: String)
  /// Two reports of one site for the same interval, both signed.
  case equivocation(SiteId, first: TransactionId, second: TransactionId)
  /// The chain began with the state after this block.
  case startedFromSnapshot(BlockHash, height: UInt64)
  /// A peer gave nothing that the chain could begin with.
  case noFastStart(peer: String, reason: String)
  /// All blocks under the snapshot hold.
  case historyChecked(height: UInt64)
  /// A block under the snapshot breaks a law: nothing of this chain is to be believed.
  case historyBroken(height: UInt64, reason: String)
  /// A block became final: no node leaves it.
  case final(Checkpoint, height: UInt64)
  /// The next term has begun.
  case termBegan(number: UInt32, seats: Int)
  /// A seat approved two things; its member is barred.
  case contradiction(term: UInt32, seat: UInt8)
  /// Somebody else approves with a key of this node.
  case keyUsedElsewhere(PublicKey)
  /// Two thirds of the seats have approved what conflicts with a final block: more than a third of
  /// them lie, and nothing is final any more.
  case finalityBroken(term: UInt32, epoch: UInt32)
  /// The operators and more than half of the other seats have restarted the network from a block.
  case restarted(term: UInt32, height: UInt64)
  /// A block that this node itself sealed breaks a law: its work was for nothing.
  case ownBlockRefused(reason: String)
  /// The node's own fault: it goes on as soon as it can.
  case fault(String)
}

extension NodeNote: CustomStringConvertible {
  /// One line for people.
  public var description: String {
    switch self {
    case .established(let peer, let agent, let height):
      "peer \(peer) established: \(agent), height \(height)"
    case .refused(let peer, let reason, let detail):
      "peer \(peer) refused: \(reason)\(detail.isEmpty ? "" : ", \(detail)")"
    case .left(let peer, let reason): "peer \(peer) left: \(reason)"
    case .misconduct(let peer, let misconduct, let points):
      "peer \(peer) misbehaved (\(points) points): \(misconduct)"
    case .banned(let peer, let until, let reason):
      "peer \(peer) banned until \(until / 1000): \(reason)"
    case .dropped(let id, let reason): "transaction \(id.hex) dropped: \(reason)"
    case .equivocation(let site, let first, let second):
      "site \(site.hex) signed two reports for one interval: \(first.hex) and \(second.hex)"
    case .startedFromSnapshot(let block, let height):
      "started from the state of block \(height) (\(block.hex)); its history is checked later"
    case .noFastStart(let peer, let reason): "no snapshot from \(peer): \(reason)"
    case .historyChecked(let height): "the history up to block \(height) holds"
    case .historyBroken(let height, let reason):
      "the history is BROKEN at block \(height): \(reason). Stop this node, and start anew without "
        + "a snapshot"
    case .final(let checkpoint, let height):
      "block \(height) (\(checkpoint.block.hex)) is final, as the checkpoint of epoch \(checkpoint.epoch)"
    case .termBegan(let number, let seats): "term \(number) began with \(seats) seats"
    case .contradiction(let term, let seat):
      "seat \(seat) of term \(term) approved two things: its member is barred"
    case .keyUsedElsewhere(let key):
      "another box approves with this node's key \(key): this one is silent for the term"
    case .restarted(let term, let height):
      "term \(term) was ended by a restart: block \(height) is final"
    case .finalityBroken(let term, let epoch):
      "the approvals CONFLICT at epoch \(epoch): more than a third of term \(term) lies. "
        + "This node seals and approves nothing more"
    case .ownBlockRefused(let reason): "own block refused: \(reason)"
    case .fault(let reason): "own fault: \(reason)"
    }
  }
}
