// SPDX-License-Identifier: Apache-2.0

public import Chain
import Ledger
import LedgerCrypto
import Quantities
import Wire

/// What a node knows of the finality of its chain, and what its own keys have approved.
struct NodeFinality {
  var tally: ApprovalTally
  /// The tally of the term before, for peers who are not as far.
  var last: ApprovalTally?
  /// The last final block.
  var block: ForkAnchors.Final
  var memory: FinalityMemory
  /// The newest proof of each term that the chain may not have recorded yet.
  var proofs: [UInt32: FinalProof] = [:]
  /// Approvals from before a restart: the term that they are of may not have begun yet.
  var restored: [SignedApproval] = []
  /// Keys of this node that somebody else approves with, by the term in which that was seen.
  var usedElsewhere: [PublicKey: UInt32] = [:]
  /// What this node's shell was asked to sign and has not yet, by seat.
  var asked: [UInt8: Approval] = [:]
}

extension NodeMachine {
  private var rules: NetworkRules { chain.genesis.rules }

  /// The newest epoch that has begun by this node's clock.
  var epoch: UInt32 { rules.epoch(of: now.time) }

  /// Takes up what the chain records and what was remembered over a restart.
  func beginFinality(_ memory: FinalityMemory?) throws {
    guard rules.hasFinality, let state = try chain.finality(), let term = try chain.term(state.term)
    else { return }
    var recorded = state.recorded
    // The genesis block's hash stands in no state before its first child.
    if state.height == 0 { recorded = Checkpoint(epoch: recorded.epoch, block: chain.root) }
    let memory = memory ?? FinalityMemory(begun: epoch)
    var tally = ApprovalTally(term, final: recorded, network: chain.network)
    for approval in memory.approvals { _ = tally.add(approval, at: epoch) }
    finality = NodeFinality(
      tally: tally, block: ForkAnchors.Final(block: recorded.block, height: state.height),
      memory: memory, restored: memory.approvals.filter { $0.approval.term > term.number })
    finality?.memory.approvals = []
    updateFinality()
  }

  // MARK: Approvals of others

  func received(_ message: Approvals, on link: Link) {
    guard finality != nil else { return punish(link, .unsolicited("approvals")) }
    var news: [Approvals.Signed] = []
    for signed in message.signed {
      let approval = SignedApproval(
        message.approval, seat: signed.seat, signature: signed.signature)
      guard let verdict = finality?.tally.add(approval, at: epoch) else { return }
      switch verdict {
      case .known, .aside: continue
      case .noSeat: return punish(link, .malformed("an approval of seat \(signed.seat)"))
      case .badSignature:
        return punish(link, .invalidSignature("approval of seat \(signed.seat)"))
      case .new: break
      case .contradicts(let proof): tell(proof)
      }
      news.append(signed)
      checkOwn(approval)
    }
    guard !news.isEmpty else { return }
    passOn(Approvals(approval: message.approval, signed: news), except: link)
    updateFinality()
  }

  func give(_ question: GetApprovals, to link: Link) {
    guard let finality else { return }
    for tally in [finality.last, finality.tally].compactMap({ $0 }) {
      for (approval, signed) in tally.approvals(from: question.epoch) {
        send(
          .approvals(
            Approvals(
              approval: approval,
              signed: signed.map { Approvals.Signed(seat: $0.0, signature: $0.1) })), to: link)
      }
    }
  }

  /// Asks a peer for what it knows of approvals.
  func askForApprovals(of link: Link) {
    guard let finality else { return }
    send(.getApprovals(GetApprovals(epoch: finality.tally.final.epoch)), to: link)
  }

  private func passOn(_ message: Approvals, except link: Link?) {
    for peer in established where peer.relays && peer.link != link {
      send(.approvals(message), to: peer.link)
    }
  }

  /// Whoever approves two things is named on the chain.
  private func tell(_ proof: Contradiction) {
    let transaction = EncodedTransaction(.contradiction(proof))
    note(.contradiction(term: proof.first.term, seat: proof.seat))
    submit(transaction, from: nil)
  }

  /// An approval by a key of this node's own that it did not make: it made it before it lost its
  /// memory, or another box has the key.
  private func checkOwn(_ signed: SignedApproval) {
    guard let seats = finality?.tally.term.seats else { return }
    let key = seats[Int(signed.seat)].key
    guard settings.approvingKeys.contains(key) else { return }
    let last = finality?.memory.record(of: key, in: signed.approval.term)?.target
    if let last, signed.approval.target.epoch <= last { return }
    if let begun = finality?.memory.begun, epoch < begun.addingUpToMax(3) {
      finality?.memory.note(signed.approval, by: key)
    } else {
      finality?.usedElsewhere[key] = signed.approval.term
      note(.keyUsedElsewhere(key))
    }
  }

  // MARK: Conclusions

  /// Follows what the chain records and what the approvals prove.
  func updateFinality() {
    guard finality != nil else { return }
    do { try followRecords() } catch { return fault(error) }
    conclude()
    do { while try handOver() { conclude() } } catch { return fault(error) }
    setAnchors()
  }

  private func followRecords() throws {
    guard let state = try chain.finality(), let tally = finality?.tally else { return }
    let unrecorded = finality?.proofs.filter { $0.key >= state.term }
    finality?.proofs = unrecorded ?? [:]
    guard state.height > 0,
      state.term > tally.term.number || state.recorded.epoch > tally.final.epoch
    else { return }
    if state.term > tally.term.number, let term = try chain.term(state.term) {
      begin(term, at: state.recorded)
    } else if state.term == tally.term.number {
      finality?.tally.take(state.recorded)
    } else {
      return
    }
    finality?.block = ForkAnchors.Final(block: state.recorded.block, height: state.height)
  }

  private func begin(_ term: Term, at root: Checkpoint) {
    let before = finality?.tally
    finality?.last = before
    finality?.tally = ApprovalTally(term, final: root, network: chain.network)
    finality?.asked = [:]
    for approval in finality?.restored ?? [] { _ = finality?.tally.add(approval, at: epoch) }
    finality?.restored.removeAll { $0.approval.term <= term.number }
    note(.termBegan(number: term.number, seats: term.seats.count))
    for peer in established { askForApprovals(of: peer.link) }
  }

  private func conclude() {
    let headers = chain.headers
    let block = finality?.block
    let proofs = finality?.tally.conclude { ancestor, descendant in
      if let block, ancestor == block.block, !headers.contains(ancestor) {
        return headers.contains(descendant) ? true : nil
      }
      return headers.isAncestor(ancestor, of: descendant)
    }
    for proof in proofs ?? [] {
      guard let height = headers.header(proof.source.block)?.height else { continue }
      finality?.proofs[proof.term] = proof
      finality?.block = ForkAnchors.Final(block: proof.source.block, height: height)
      note(.final(proof.source, height: height))
      keepFinality()
    }
    if let conflict = finality?.tally.conflict { note(.finalityBroken(conflict)) }
  }

  /// The term's set has made a block final that lies at or after the next term's root: the next
  /// term begins there, and what lies behind the root is for its own set.
  private func handOver() throws -> Bool {
    guard let finality, let next = try chain.term(finality.tally.term.number + 1),
      finality.block.height >= next.rootHeight,
      chain.headers.isAncestor(finality.block.block, of: chain.tipHash) == true,
      var root = chain.headers.header(finality.block.block)
    else { return false }
    var hash = finality.block.block
    while root.height > next.rootHeight {
      hash = root.previous
      guard let parent = chain.headers.header(hash) else { return false }
      root = parent
    }
    begin(next, at: Checkpoint(epoch: next.rootEpoch, block: hash))
    self.finality?.block = ForkAnchors.Final(block: hash, height: next.rootHeight)
    return true
  }

  /// Whether a newer agreed checkpoint of another branch may be moved to: only early in an epoch,
  /// else approvals held back could draw nodes to and fro; or while this node catches up.
  private var mayMove: Bool {
    isCatchingUp
      || now.time <= rules.start(of: epoch).advanced(by: UInt64(rules.approveAfterSeconds))
  }

  private func setAnchors() {
    guard let finality else { return }
    var anchors = ForkAnchors()
    anchors.final = finality.block
    let highest = finality.tally.highest
    if highest.epoch > finality.tally.final.epoch {
      let isOwn = chain.headers.isAncestor(highest.block, of: chain.tipHash) == true
      anchors.agreed = isOwn || mayMove ? highest.block : chain.headers.anchors.agreed
    }
    if !mayMove { anchors.leant = finality.tally.favourite(of: epoch) }
    guard anchors != chain.headers.anchors else { return }
    do throws(BlockRefusal) {
      guard case .advanced(let disconnected, let connected) = try chain.anchor(anchors) else {
        download.invalidate()
        return
      }
      follow(disconnected, connected)
    } catch {
      download.invalidate()
      if case .ownFault(let reason) = error { fault(ChainFault(reason)) }
    }
  }

  // MARK: This node's own seats

  /// The seats of the current term whose keys this node has.
  var ownSeats: [(seat: UInt8, key: PublicKey)] {
    guard let term = finality?.tally.term else { return [] }
    return settings.approvingKeys.compactMap { key in term.seat(of: key).map { ($0, key) } }
  }

  /// When a seat's turn comes in an epoch: one after the other, so that the later ones see what the
  /// first have chosen.
  func turn(of seat: UInt8, in epoch: UInt32) -> NetworkTime {
    let count = UInt64(finality?.tally.term.seats.count ?? 1)
    let after = UInt64(rules.approveAfterSeconds)
    let place = (UInt64(seat) + UInt64(epoch)) % count
    return rules.start(of: epoch).advanced(by: after + place * after / (2 * count))
  }

  /// Approves what its turn has come for.
  func approve() {
    guard let finality, finality.tally.conflict == nil, !isCatchingUp,
      now.milliseconds >= restsUntil, epoch >= finality.memory.begun.addingUpToMax(3)
    else { return }
    for (seat, key) in ownSeats
    where turn(of: seat, in: epoch) <= now.time
      && finality.usedElsewhere[key] != finality.tally.term.number
    {
      guard let approval = approval(at: epoch), finality.memory.allows(approval, by: key) else {
        continue
      }
      self.finality?.memory.note(approval, by: key)
      self.finality?.asked[seat] = approval
      act(.approve(approval, seat: seat, key: key, memory: keptMemory))
    }
  }

  /// The step to approve at an epoch: to this chain's checkpoint, or to the one that others chose,
  /// from the highest agreed one on the way; nil where there is nothing to approve.
  private func approval(at epoch: UInt32) -> Approval? {
    guard let tally = finality?.tally, let target = chain.checkpoint(of: epoch)?.hash else {
      return nil
    }
    let source = tally.highest
    guard target != tally.final.block, source.epoch < epoch,
      isOnChain(source.block, before: target), isOnChain(tally.final.block, before: target)
    else { return nil }
    return Approval(
      term: tally.term.number, source: source, target: Checkpoint(epoch: epoch, block: target))
  }

  private func isOnChain(_ ancestor: BlockHash, before target: BlockHash) -> Bool {
    if let block = finality?.block, ancestor == block.block, !chain.headers.contains(ancestor) {
      return true
    }
    return chain.headers.isAncestor(ancestor, of: target) == true
  }

  /// An approval that this node's shell has signed, after its memory was on the disk.
  func approved(_ signed: SignedApproval) {
    guard finality?.asked.removeValue(forKey: signed.seat) == signed.approval else { return }
    switch finality?.tally.add(signed, at: epoch) {
    case .new, .contradicts: break
    default: return
    }
    passOn(
      Approvals(
        approval: signed.approval,
        signed: [Approvals.Signed(seat: signed.seat, signature: signed.signature)]), except: nil)
    keepFinality()
    updateFinality()
  }

  /// What has to be on the disk.
  public var finalityMemory: FinalityMemory { keptMemory }

  private var keptMemory: FinalityMemory {
    var memory = finality?.memory ?? FinalityMemory(begun: epoch)
    memory.approvals = (finality?.tally.approvals(from: 0) ?? []).flatMap { approval, signed in
      signed.map { SignedApproval(approval, seat: $0.0, signature: $0.1) }
    }
    return memory
  }

  private func keepFinality() { act(.keepFinality(keptMemory)) }

  /// Looks at the clock: turns, and what only an epoch's beginning allows.
  func tickFinality() {
    guard finality != nil else { return }
    finality?.tally.trim(at: epoch)
    setAnchors()
    approve()
  }

  /// The network time at which the clock matters next.
  var finalityDue: NetworkTime? {
    guard let finality else { return nil }
    let after = UInt64(rules.approveAfterSeconds)
    let ends = [
      rules.start(of: epoch).advanced(by: after + 1), rules.start(of: epoch.addingUpToMax(1)),
    ]
    let turns = ownSeats.map { seat, key in
      let last = finality.memory.record(of: key, in: finality.tally.term.number)?.target ?? 0
      return turn(of: seat, in: last < epoch ? epoch : epoch.addingUpToMax(1))
    }
    return (ends + turns).filter { $0 > now.time }.min()
  }

  // MARK: For the chain

  /// What is final, and who approves; nil in an open network.
  public var finalitySummary: FinalitySummary? {
    finality.map { finality in
      FinalitySummary(
        term: finality.tally.term, final: finality.tally.final, height: finality.block.height,
        agreed: finality.tally.highest, ownSeats: ownSeats.map(\.seat),
        approved: Array(finality.tally.seats(of: epoch)).sorted(), epoch: epoch,
        isSilent: epoch < finality.memory.begun.addingUpToMax(3),
        keyUsedElsewhere: ownSeats.contains {
          finality.usedElsewhere[$0.key] == finality.tally.term.number
        }, isBroken: finality.tally.conflict != nil)
    }
  }

  /// The last final block; nil in an open network.
  public var finalBlock: ForkAnchors.Final? { finality?.block }

  /// Records of what is final and not yet recorded on this chain, in the order of terms.
  var finalRecords: [EncodedTransaction] {
    guard let finality, let state = try? chain.finality() else { return [] }
    return finality.proofs.sorted { $0.key < $1.key }.map(\.value).filter {
      ($0.term > state.term || $0.source.epoch > state.recorded.epoch)
        && chain.headers.isAncestor($0.source.block, of: chain.tipHash) == true
    }.map { EncodedTransaction(.recordFinal(RecordFinal($0))) }
  }

  /// Whether something waits that is worth a block.
  public var hasWork: Bool {
    guard finality?.tally.conflict == nil else { return false }
    return pool.count > 0 || recordIsWorthBlock
  }

  /// Whether what is final and unrecorded ends a term, or is a day newer than the record.
  private var recordIsWorthBlock: Bool {
    guard let finality, let state = try? chain.finality(), !finalRecords.isEmpty else {
      return false
    }
    var after = state
    after.recorded = finality.tally.final
    after.term = finality.tally.term.number
    return after.isWorthBlock(after: state, rules)
  }
}
