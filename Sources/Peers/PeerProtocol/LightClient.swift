// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Chain
public import Ledger
import LedgerCrypto
import Proofs
public import Quantities
public import Wire

/// Follows the headers of a network over one link and asks for proofs, each verified against its
/// header alone: no state, no bodies, no trust in the peer. It has no clock and no socket.
public struct LightClient: Sendable {
  /// What the shell has to do, or what came of a question.
  public enum Action: Sendable {
    case send(Message)
    /// All headers that the peer has are here.
    case followed(height: UInt64)
    /// A proof that holds, under which header, and how many blocks are on top of it.
    case proven(GetProof.Subject, ProofDelivery.Proof, under: BlockHeader, confirmations: UInt64)
    /// What came of a question for the samples under a report; who asked judges them.
    case evidence(EvidenceDelivery)
    /// The peer knows of no such transaction.
    case unknown(GetProof.Subject)
    /// The peer cannot be used any further.
    case failed(String)
  }

  private let genesis: Genesis
  private let network: NetworkId
  /// The headers known.
  public private(set) var headers: BlockTree
  private var sealed: [BlockHash: SealedHeader] = [:]
  private var questions: [UInt32: GetProof.Subject] = [:]
  private var evidenceAsked: Set<UInt32> = []
  private var nextRequest: UInt32 = 1
  private var isGreeted = false
  private var isFollowing = false
  /// A proof under a header that is not here yet.
  private var early: ProofDelivery?

  /// A client that knows the genesis alone.
  public init(_ genesis: Genesis) throws(ApplyError) {
    self.genesis = genesis
    network = genesis.network
    let block = try genesis.block()
    let header = block.header
    headers = BlockTree(
      root: header, work: .zero,
      context: HeaderContext(
        parent: header, hash: header.hash, ancestors: [HeaderContext.Ancestor(header)]),
      rules: genesis.rules)
  }

  /// Takes up headers that were kept, in the order of their heights.
  /// - Returns: how many of them hold.
  public mutating func restore(_ kept: [SealedHeader]) -> Int {
    for (index, header) in kept.enumerated() {
      do { try headers.insert(header, network: network, now: NetworkTime(seconds: 1 << 40)) } catch
      {
        return index
      }
      sealed[header.header.hash] = header
    }
    return kept.count
  }

  /// The sealed headers that lead to the best one, oldest first, the genesis left out.
  public var chain: [SealedHeader] {
    var chain: [SealedHeader] = []
    var at = headers.bestHeader
    while let kept = sealed[at] {
      chain.append(kept)
      at = kept.header.previous
    }
    return chain.reversed()
  }

  /// The best header's block.
  public var best: BlockHeader? { headers.header(headers.bestHeader) }

  /// What to say first on a new link.
  public func greeting(at time: NetworkTime, agent: String) -> Message {
    let tip = headers.bestHeader
    return .hello(
      Hello(
        networkName: genesis.rules.name, network: network, offers: [], lowestBody: 1 << 53, port: 0,
        height: best?.height ?? 0, tip: tip, work: (headers.work(tip) ?? .zero).bytes, time: time,
        agent: agent))
  }

  /// Asks for a proof, once the headers are here.
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
      return [askHeaders()]
    case .goodbye(let goodbye): return [.failed("\(goodbye.reason) \(goodbye.detail)")]
    case .ping(let ping): return [.send(.pong(Pong(number: ping.number)))]
    case .headers(let answer): return follow(answer, at: time)
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

  private mutating func askHeaders() -> Action {
    isFollowing = true
    var locator: [BlockHash] = []
    var at = headers.bestHeader
    while locator.count < 10, let header = headers.header(at) {
      locator.append(at)
      at = header.previous
    }
    return .send(.getHeaders(GetHeaders(locator: locator)))
  }

  private mutating func follow(_ answer: Headers, at time: NetworkTime) -> [Action] {
    guard isFollowing else { return [.failed("headers that were not asked for")] }
    isFollowing = false
    for header in answer.headers {
      do { try headers.insert(header, network: network, now: time) } catch {
        return [.failed("a header of the peer does not hold: \(error)")]
      }
      sealed[header.header.hash] = header
    }
    if answer.headers.count == Int(Headers.headerCount.upperBound) { return [askHeaders()] }
    if let delivery = early {
      early = nil
      return verify(delivery, isRepeated: true)
    }
    return [.followed(height: best?.height ?? 0)]
  }

  private mutating func verify(
    _ delivery: ProofDelivery, isRepeated: Bool = false
  ) -> [Action] {
    guard let subject = questions[delivery.request] else {
      return [.failed("a proof that was not asked for")]
    }
    guard let header = headers.header(delivery.block) else {
      guard !isRepeated else {
        return [.failed("a proof under block \(delivery.block.hex), whose header it does not give")]
      }
      // The chain went on since the headers came.
      early = delivery
      return [askHeaders()]
    }
    questions[delivery.request] = nil
    guard let confirmations = depth(of: delivery.block) else {
      return [.failed("a proof under a block that is not on the best chain")]
    }
    switch (delivery.proof, subject) {
    case (.entry(let proof), .entry(let key)) where proof.key == key:
      guard proof.isValid(under: header) else { return [.failed("the proof does not hold")] }
    case (.transaction(let proof), .transaction(let id)) where proof.transaction.id == id:
      guard proof.isValid(under: header) else { return [.failed("the proof does not hold")] }
    case (.unknown, .transaction): return [.unknown(subject)]
    default: return [.failed("a proof of something else")]
    }
    return [.proven(subject, delivery.proof, under: header, confirmations: confirmations)]
  }

  /// How many blocks are on top of one of the best chain, or nil.
  private func depth(of hash: BlockHash) -> UInt64? {
    guard let height = headers.header(hash)?.height, let top = best?.height, height <= top else {
      return nil
    }
    var at = headers.bestHeader
    for _ in height..<top { at = headers.header(at)?.previous ?? at }
    return at == hash ? top - height : nil
  }
}
