// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Chain
public import Ledger
import LedgerCrypto
public import Proofs
public import Quantities
public import Wire

/// Has things of a network proven over one link. In a closed network it follows what the approvers
/// make final, from the genesis or from what it verified before, and keeps no headers; in an open
/// one it follows the headers. No state, no bodies, no trust in the peer, no clock and no socket.
/// Source: Docs/finality.md §12.
public struct LightClient: Sendable {
  /// What the shell has to do, or what came of a question.
  public enum Action: Sendable {
    case send(Message)
    /// All that the peer can prove of its newest block is here.
    case followed(BlockHeader)
    /// A proof that holds, in or after which block, and what that block counts for.
    case proven(GetProof.Subject, ProofDelivery.Proof, under: BlockHeader, Standing)
    /// It stands in a block that is not final yet.
    case notFinal(GetProof.Subject, height: UInt64)
    /// What came of a question for the samples under a report; who asked judges them.
    case evidence(EvidenceDelivery)
    /// The peer knows of no such transaction.
    case unknown(GetProof.Subject)
    /// The peer cannot be used any further.
    case failed(String)
  }

  /// The way down from the final block to the one that a transaction stands in.
  private struct Descent {
    let subject: GetProof.Subject
    let proof: TransactionProof
    let block: BlockHash
    let lowest: UInt64
    var at: BlockHeader
  }

  private let genesis: Genesis
  private let network: NetworkId
  /// What is known of a closed network.
  private var term: KnownTerm?
  private var final: FinalBlock?
  /// What is known of an open one.
  private var follower: HeaderFollower?
  private var questions: [UInt32: GetProof.Subject] = [:]
  private var evidenceAsked: Set<UInt32> = []
  private var nextRequest: UInt32 = 1
  private var isGreeted = false
  private var isFollowing = false
  /// Proofs under a block that is not known yet.
  private var early: [ProofDelivery] = []
  private var descents: [Descent] = []

  /// A client that knows the genesis, and what it kept the last time.
  /// - Throws: `LightFault` where the genesis breaks a law, or what was kept is of another network
  ///   or damaged.
  public init(_ genesis: Genesis, kept: [UInt8]? = nil) throws(LightFault) {
    self.genesis = genesis
    network = genesis.network
    guard genesis.rules.hasFinality else {
      try follow(kept)
      return
    }
    do throws(FinalityFault) { term = try KnownTerm(genesis) } catch {
      throw LightFault("\(error)")
    }
    guard let kept else { return }
    guard let known = try? KnownFinal(exactly: kept), known.network == network,
      let verified = try? KnownTerm(genesis, verified: known.term, handovers: known.handovers),
      (try? verified.check(known.final)) != nil
    else { throw LightFault("what was kept is of another network, or damaged") }
    (term, final) = (verified, known.final)
  }

  private mutating func follow(_ kept: [UInt8]?) throws(LightFault) {
    do {
      var follower = try HeaderFollower(genesis)
      try follower.take(
        try HeaderChain.decode(kept ?? []), at: NetworkTime(seconds: 1 << 40))
      self.follower = follower
    } catch { throw LightFault("what was kept is of another network, or damaged: \(error)") }
  }

  /// What is to be kept until the next time.
  public var kept: [UInt8] {
    if let follower { return HeaderChain.encode(follower.chain) }
    guard let term, let final else { return [] }
    return KnownFinal(term, final, network: network).bytes
  }

  /// The newest block that is known: final, or the best one of an open network.
  public var best: BlockHeader? { final?.header ?? follower?.best }

  /// What to say first on a new link.
  public func greeting(at time: NetworkTime, agent: String) -> Message {
    let tip = best?.hash ?? BlockHash(.zero)
    let work = follower.flatMap { $0.headers.work(tip) } ?? .zero
    return .hello(
      Hello(
        networkName: genesis.rules.name, network: network, offers: [], lowestBody: 1 << 53, port: 0,
        height: best?.height ?? 0, tip: tip, work: work.bytes, time: time, agent: agent))
  }

  /// Asks for a proof, once it is known what is final.
  public mutating func ask(_ subject: GetProof.Subject) -> [Action] {
    let question = GetProof(request: nextRequest, subject: subject)
    questions[nextRequest] = subject
    nextRequest += 1
    return [.send(.getProof(question))]
  }

  /// Asks the peer for the samples under a report of its own site.
  public mutating func ask(samplesUnder report: Report) -> [Action] {
    let question = GetEvidence(request: nextRequest, site: report.site, interval: report.first)
    evidenceAsked.insert(nextRequest)
    nextRequest += 1
    return [.send(.getEvidence(question))]
  }

  /// Takes in a message of the peer.
  public mutating func receive(_ message: Message, at time: NetworkTime) -> [Action] {
    switch message {
    case .hello(let hello):
      guard !isGreeted else { return [.failed("the peer greeted twice")] }
      if let refusal = Handshake.refusal(of: hello, network: network, rules: genesis.rules) {
        return [.failed("\(refusal.reason): \(refusal.detail)")]
      }
      isGreeted = true
      return [askOn()]
    case .goodbye(let goodbye): return [.failed("\(goodbye.reason) \(goodbye.detail)")]
    case .ping(let ping): return [.send(.pong(Pong(number: ping.number)))]
    case .headers(let answer): return follow(answer, at: time)
    case .finality(let answer): return follow(answer)
    case .ancestors(let answer): return descend(answer)
    case .proofDelivery(let delivery): return verify(delivery)
    case .evidenceDelivery(let delivery):
      guard evidenceAsked.remove(delivery.request) != nil else {
        return [.failed("samples that were not asked for")]
      }
      return [.evidence(delivery)]
    // Gossip is of no use to a light client.
    default: return []
    }
  }

  /// Asks for what goes beyond what is known.
  private mutating func askOn() -> Action {
    isFollowing = true
    if let follower { return .send(.getHeaders(GetHeaders(locator: follower.locator))) }
    return .send(.getFinality(GetFinality(term: term?.term.number ?? 0)))
  }

  private mutating func follow(_ answer: Headers, at time: NetworkTime) -> [Action] {
    guard isFollowing, follower != nil else {
      return [.failed("headers that were not asked for")]
    }
    isFollowing = false
    do { try follower?.take(answer.headers, at: time) } catch {
      return [.failed("a header of the peer does not hold: \(error)")]
    }
    if answer.headers.count == Int(Headers.headerCount.upperBound) { return [askOn()] }
    return followed()
  }

  private mutating func follow(_ answer: Finality) -> [Action] {
    guard isFollowing, var known = term else {
      return [.failed("a proof of finality that was not asked for")]
    }
    isFollowing = false
    if let block = answer.final, answer.handovers.isEmpty, block.proof.term < known.term.number {
      return [.failed("the peer is behind: its final block is of term \(block.proof.term)")]
    }
    do throws(FinalityFault) {
      for handover in answer.handovers { try known.advance(by: handover) }
      if let block = answer.final { try known.check(block) }
    } catch { return [.failed("what the peer calls final is not: \(error)")] }
    guard let block = answer.final else {
      guard !answer.handovers.isEmpty else {
        return [.failed("the peer has no final block: the network is young, or it is behind")]
      }
      term = known
      return [askOn()]
    }
    // An old truth is still true, but nobody may lead this client back to it.
    if let held = final, block.header.height < held.header.height {
      return [
        .failed(
          "the peer is behind: it proves block \(block.header.height), and block "
            + "\(held.header.height) is known to be final")
      ]
    }
    (term, final) = (known, block)
    return followed()
  }

  private mutating func followed() -> [Action] {
    let waiting = early
    early = []
    guard waiting.isEmpty else { return waiting.flatMap { verify($0, isRepeated: true) } }
    return best.map { [.followed($0)] } ?? []
  }

  private mutating func wait(_ delivery: ProofDelivery) -> [Action] {
    early.append(delivery)
    return isFollowing ? [] : [askOn()]
  }

  // MARK: Proofs

  private var finalStanding: Standing? {
    guard let term, let final else { return nil }
    let source = final.proof.source
    return .final(
      Standing.Approved(
        checkpoint: source, time: genesis.rules.start(of: source.epoch),
        height: final.header.height, term: term.term, handovers: term.handovers))
  }

  /// The header of a block that counts, and what it counts for.
  private func known(_ block: BlockHash) -> (header: BlockHeader, standing: Standing)? {
    if let follower {
      guard let header = follower.headers.header(block), let standing = follower.standing(of: block)
      else { return nil }
      return (header, standing)
    }
    guard let final, final.proof.source.block == block, let standing = finalStanding else {
      return nil
    }
    return (final.header, standing)
  }

  private mutating func verify(
    _ delivery: ProofDelivery, isRepeated: Bool = false
  ) -> [Action] {
    guard let subject = questions[delivery.request] else {
      return [.failed("a proof that was not asked for")]
    }
    switch (delivery.proof, subject) {
    case (.unknown, .transaction):
      questions[delivery.request] = nil
      return [.unknown(subject)]
    case (.notFinal(let height), .transaction):
      questions[delivery.request] = nil
      return [.notFinal(subject, height: height)]
    case (.transaction(let proof, let height), .transaction(let id))
    where proof.transaction.id == id && follower == nil:
      if height > final?.header.height ?? 0, !isRepeated {
        return wait(delivery)
      }
      questions[delivery.request] = nil
      return descend(to: delivery.block, height, proof, subject)
    default: break
    }
    guard let (header, standing) = known(delivery.block) else {
      guard !isRepeated else {
        return [.failed("a proof under block \(delivery.block.hex), which it does not prove")]
      }
      // The chain went on since it was followed.
      return wait(delivery)
    }
    questions[delivery.request] = nil
    switch (delivery.proof, subject) {
    case (.entry(let proof), .entry(let key)) where proof.key == key:
      guard proof.isValid(under: header) else { return [.failed("the proof does not hold")] }
    case (.transaction(let proof, _), .transaction(let id)) where proof.transaction.id == id:
      guard proof.isValid(under: header) else { return [.failed("the proof does not hold")] }
    default: return [.failed("a proof of something else")]
    }
    return [.proven(subject, delivery.proof, under: header, standing)]
  }

  /// Goes down from the final block to the one that a transaction is said to stand in.
  private mutating func descend(
    to block: BlockHash, _ height: UInt64, _ proof: TransactionProof, _ subject: GetProof.Subject
  ) -> [Action] {
    guard let final else { return [] }
    let descent = Descent(
      subject: subject, proof: proof, block: block, lowest: max(1, height), at: final.header)
    return step(descent)
  }

  private mutating func step(_ descent: Descent) -> [Action] {
    if descent.at.hash == descent.block {
      guard descent.proof.isValid(under: descent.at), let standing = finalStanding else {
        return [.failed("the proof does not hold")]
      }
      return [
        .proven(
          descent.subject, .transaction(descent.proof, height: descent.at.height),
          under: descent.at, standing)
      ]
    }
    guard descent.at.height > descent.lowest else {
      return [.failed("a proof under a block that is not below the final one")]
    }
    descents.append(descent)
    return [
      .send(.getAncestors(GetAncestors(block: descent.at.previous, lowest: descent.lowest)))
    ]
  }

  private mutating func descend(_ answer: Ancestors) -> [Action] {
    guard let index = descents.firstIndex(where: { $0.at.previous == answer.block }) else {
      return [.failed("headers that were not asked for")]
    }
    var descent = descents.remove(at: index)
    guard let last = answer.headers.last, answer.leadDown(from: descent.at.height - 1) else {
      return [.failed("the peer's headers do not lead down from the final block")]
    }
    descent.at = last.header
    return step(descent)
  }
}

/// A light client cannot begin.
public struct LightFault: Error, Sendable, CustomStringConvertible {
  /// What is wrong.
  public let description: String

  init(_ description: String) { self.description = description }
}
