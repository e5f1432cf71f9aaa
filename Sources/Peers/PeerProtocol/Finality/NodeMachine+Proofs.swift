// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import Proofs
import Wire

/// What light clients, and nodes that start, ask: proofs of what is final and of what it holds.
extension NodeMachine {
  func give(_ question: GetFinality, to link: Link) {
    guard peers[link]?.proofQuestions.take(1, at: now.milliseconds) == true else { return }
    do {
      var answer = Finality(handovers: [], final: nil)
      try chain.storage.read { view in
        guard let final = try view.finalBlock() else { return }
        let limit = Int(Finality.handoverCount.upperBound)
        let handovers = try view.handovers(from: question.term, limit: limit)
          .filter { $0.next.number <= final.proof.term }
        let isWhole = zip(handovers, question.term...).allSatisfy { $0.record.term == $1 }
        guard isWhole else { return }
        let reached = handovers.last?.next.number ?? question.term
        answer = Finality(
          handovers: handovers, final: reached >= final.proof.term ? final : nil)
      }
      send(.finality(answer), to: link)
    } catch { fault(error) }
  }

  func give(_ question: GetProof, to link: Link) {
    guard peers[link]?.proofQuestions.take(1, at: now.milliseconds) == true else { return }
    do {
      let (block, proof) =
        switch question.subject {
        case .entry(let key): try proof(of: key)
        case .transaction(let id): try proof(of: id)
        }
      send(
        .proofDelivery(ProofDelivery(request: question.request, block: block, proof: proof)),
        to: link)
    } catch { fault(error) }
  }

  private func proof(of key: StateKey) throws -> (BlockHash, ProofDelivery.Proof) {
    guard let (block, entries) = try chain.proofs(of: [key]), let entry = entries.first else {
      return (chain.tipHash, .unknown)
    }
    return (block.hash, .entry(entry))
  }

  private func proof(of id: TransactionId) throws -> (BlockHash, ProofDelivery.Proof) {
    var place: (block: BlockHash, position: Int)?
    var final: FinalBlock?
    try chain.storage.read { view in
      place = try view.place(of: id)
      final = try view.finalBlock()
    }
    guard let place, let block = try chain.block(place.block),
      let proof = TransactionProof(index: place.position, in: block)
    else { return (chain.tipHash, .unknown) }
    let height = block.header.height
    guard !chain.genesis.rules.hasFinality || height <= final?.header.height ?? 0 else {
      return (place.block, .notFinal(height: height))
    }
    return (place.block, .transaction(proof, height: height))
  }
}
