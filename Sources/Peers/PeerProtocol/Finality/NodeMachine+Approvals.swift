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
  var proofs: [UInt32: FinalityRecord] = [:]
  /// Votes from before a restart: the term that they are of may not have begun yet.
  var restored: [SignedVote] = []
  /// The epoch in which all peers were last asked for approvals.
  var askedAt: UInt32 = 0
  /// Two thirds have approved what conflicts with a final block: nothing is final any more.
  var isBroken = false
  /// What this node's shell was asked to sign and has not yet, by seat.
  var asked: [UInt8: Set<Vote>] = [:]
  /// The block on this node's chain that restarts the term, and since when it stands there.
  /// Where the disk took nothing, or the process died, an own seat signs the same once more: the
  /// epochs in which they were last asked.
  var restart: (block: BlockHash, since: NetworkTime, asked: [UInt8: UInt32])?

  /// Whether a term was ended by a restart, as far as this node knows.
  func isRestarted(_ term: UInt32) -> Bool {
    proofs[term]?.isRestart == true
  }
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
    var memory = memory ?? FinalityMemory(begun: epoch)
    // A clock that was ahead when the memory began must not silence this node until then.
    if memory.records.isEmpty { memory.begun = min(memory.begun, epoch) }
    var tally = ApprovalTally(term, final: recorded, network: chain.network)
    for vote in memory.votes { _ = tally.add(vote, at: epoch, isWhole: true) }
    finality = NodeFinality(
      tally: tally, block: ForkAnchors.Final(block: recorded.block, height: state.height),
      memory: memory, restored: memory.votes.filter { $0.vote.term > term.number })
    finality?.memory.votes = []
    updateFinality()
  }

  // MARK: Votes of others

  func received(_ message: Approvals, on link: Link) {
    guard finality != nil else { return punish(link, .unsolicited("approvals")) }
    var news: [Approvals.Signed] = []
    let isWhole = message.signed.count >= finality?.tally.term.quorum ?? .max
    for signed in message.signed {
      let vote = SignedVote(message.vote, seat: signed.seat, signature: signed.signature)
      guard let verdict = finality?.tally.add(vote, at: epoch, isWhole: isWhole) else {
        return
      }
      switch verdict {
      case .known, .aside: continue
      case .noSeat: return punish(link, .malformed("an approval of seat \(signed.seat)"))
      case .badSignature:
        return punish(link, .invalidSignature("approval of seat \(signed.seat)"))
      case .new: break
      case .contradicts(let proof):
        if !isOwn(signed.seat) { tell(proof) }
      }
      news.append(signed)
      checkOwn(vote)
    }
    guard !news.isEmpty else { return }
    passOn(Approvals(message.vote, signed: news), except: link)
    updateFinality()
    if case .restart = message.vote { voteForRestart() }
  }

  func give(_ question: GetApprovals, to link: Link) {
    guard let finality,
      peers[link]?.approvalQuestions.take(1, at: now.milliseconds) == true
    else { return }
    for tally in [finality.last, finality.tally].compactMap({ $0 }) {
      for (vote, signed) in tally.votes(from: question.epoch) {
        send(
          .approvals(
            Approvals(
              vote, signed: signed.map { Approvals.Signed(seat: $0.0, signature: $0.1) })), to: link
        )
      }
    }
  }

  /// Asks a peer for what it knows of approvals.
  func askForApprovals(of link: Link) {
    guard let finality else { return }
    send(.getApprovals(GetApprovals(epoch: finality.tally.final.epoch)), to: link)
  }

  func passOn(_ message: Approvals, except link: Link?) {
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

  /// A vote by a key of this node's own that it did not give: it gave it before it lost its memory,
  /// or another box has the key.
  private func checkOwn(_ signed: SignedVote) {
    guard isOwn(signed.seat), let known = finality else { return }
    let key = known.tally.term.seats[Int(signed.seat)].key
    let last = known.memory.record(of: key, in: signed.vote.term)
    let (isNew, isOld): (Bool, Bool)
    switch signed.vote {
    case .approval(let approval):
      let target = approval.target.epoch
      var others = known.tally.approvals(from: target).filter { link in
        link.signed.contains { $0.0 == signed.seat }
      }.map { Vote.approval($0.approval) }
      others += known.asked[signed.seat] ?? []
      let isOther = others.contains { $0 != signed.vote && $0.contradicts(signed.vote) }
      isNew = target > last?.target ?? 0 || isOther
      isOld = target > last?.target ?? 0 && target <= known.memory.begun
    case .restart(let restart):
      isNew = last?.restart != restart.block
      isOld = last?.restart == nil && isSilent(known)
    }
    guard isNew else { return }
    if isOld {
      finality?.memory.note(signed.vote, by: key)
    } else if finality?.memory.noteElsewhere(signed.vote, by: key) == true {
      note(.keyUsedElsewhere(key))
    }
    keepFinality()
  }

  func isOwn(_ seat: UInt8) -> Bool {
    guard let seats = finality?.tally.term.seats, Int(seat) < seats.count else { return false }
    return settings.approvingKeys.contains(seats[Int(seat)].key)
  }

  // MARK: Conclusions

  /// Follows what the chain records and what the approvals prove.
  func updateFinality() {
    guard finality != nil, !isBelowKnown else { return }
    do { try followRecords() } catch { return fault(error) }
    conclude()
    concludeRestart()
    do { while try handOver() { conclude() } } catch { return fault(error) }
    setAnchors()
  }

  private func followRecords() throws {
    guard let state = try chain.finality(), let tally = finality?.tally else { return }
    // A reorganisation may take the last term's record back: its proof is kept as long.
    let unrecorded = finality?.proofs.filter { $0.key.addingUpToMax(1) >= state.term }
    finality?.proofs = unrecorded ?? [:]
    guard state.height > 0,
      state.term > tally.term.number || state.recorded.epoch > tally.final.epoch
    else { return }
    // The old set may have proven a block behind the root that is recorded: one chain all the same.
    if let own = finality?.block.block,
      chain.headers.isAncestor(own, of: state.recorded.block) == false,
      chain.headers.isAncestor(state.recorded.block, of: own) == false
    {
      return breakFinality(tally.term.number, state.recorded.epoch)
    }
    if state.term > tally.term.number, let term = try chain.term(state.term) {
      begin(term, at: state.recorded)
    } else if state.term == tally.term.number {
      // Both a step and a restart were proven, which more than a sixth of the seats have lied for.
      guard try chain.term(state.term) == tally.term else {
        return breakFinality(tally.term.number, state.recorded.epoch)
      }
      finality?.tally.take(state.recorded)
    } else {
      return
    }
    // A start from a proven block is ahead of what the chain had recorded by then.
    guard state.height >= finality?.block.height ?? 0 else { return }
    finality?.block = ForkAnchors.Final(block: state.recorded.block, height: state.height)
  }

  /// Takes up a final block whose proof this node has verified from the genesis.
  func take(_ final: FinalBlock) {
    let source = final.proof.source
    if final.proof.term == finality?.tally.term.number { finality?.tally.take(source) }
    finality?.block = ForkAnchors.Final(block: source.block, height: final.header.height)
  }

  private func begin(_ term: Term, at root: Checkpoint) {
    let before = finality?.tally
    finality?.last = before
    finality?.tally = ApprovalTally(term, final: root, network: chain.network)
    finality?.asked = [:]
    finality?.restart = nil
    for vote in finality?.restored ?? [] {
      _ = finality?.tally.add(vote, at: epoch, isWhole: true)
    }
    finality?.restored.removeAll { $0.vote.term <= term.number }
    note(.termBegan(number: term.number, seats: term.seats.count))
    act(.poolChanged)
    for peer in established { askForApprovals(of: peer.link) }
  }

  /// Whether the first block is the second or on the way to it; nil where that is not known.
  var ancestry: (BlockHash, BlockHash) -> Bool? {
    let (headers, block) = (chain.headers, finality?.block)
    return { ancestor, descendant in
      if let block, ancestor == block.block, !headers.contains(ancestor) {
        return headers.contains(descendant) ? true : nil
      }
      return headers.isAncestor(ancestor, of: descendant)
    }
  }

  private func conclude() {
    let isAncestor = ancestry
    let proofs = finality?.tally.conclude(isAncestor: isAncestor)
    for proof in proofs ?? [] {
      guard let height = chain.headers.header(proof.source.block)?.height,
        // What a restart has made final stays so.
        height >= finality?.block.height ?? 0, finality?.isRestarted(proof.term) == false
      else { continue }
      finality?.proofs[proof.term] = .approved(proof)
      finality?.block = ForkAnchors.Final(block: proof.source.block, height: height)
      note(.final(proof.source, height: height))
      keepFinality()
      // The record may be worth a block: who seals has to hear of it.
      act(.poolChanged)
    }
    noteConflict()
  }

  /// Says where more than a third of the seats lie, and stops.
  func noteConflict() {
    guard let tally = finality?.tally, let conflict = tally.conflict else { return }
    breakFinality(tally.term.number, conflict)
  }

  private func breakFinality(_ term: UInt32, _ epoch: UInt32) {
    guard finality?.isBroken == false else { return }
    finality?.isBroken = true
    note(.finalityBroken(term: term, epoch: epoch))
  }

  /// The term's set has made a block final that lies at or after the next term's root: the next
  /// term begins there, and what lies behind the root is for its own set.
  private func handOver() throws -> Bool {
    guard let finality,
      let next = try chain.term(
        after: finality.tally.term.number, at: finality.block.height,
        byRestart: finality.isRestarted(finality.tally.term.number)),
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

  /// What the best chain has to hold, by what this node knows now.
  private func anchors(_ finality: NodeFinality) -> ForkAnchors {
    var anchors = ForkAnchors()
    guard !isBelowKnown else {
      anchors.known = settings.knownCheckpoint?.block
      return anchors
    }
    anchors.final = finality.block
    let highest = finality.tally.highest
    if highest.epoch > finality.tally.final.epoch {
      let isOwn = chain.headers.isAncestor(highest.block, of: chain.tipHash) == true
      anchors.agreed = isOwn || mayMove ? highest.block : chain.headers.anchors.agreed
    }
    if now.time >= rules.restartTime(after: finality.tally.final) {
      anchors.restart = finality.tally.operatorsRestart
    }
    if !mayMove { anchors.leant = finality.tally.favourite(of: epoch) }
    return anchors
  }

  func setAnchors() {
    guard let anchors = finality.map(anchors) else { return }
    // After a fault of the disk the chain may not be where it is to be.
    guard anchors != chain.headers.anchors || chain.headers.best != chain.tipHash else { return }
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

  // MARK: For the chain

  /// The last final block; nil in an open network.
  public var finalBlock: ForkAnchors.Final? { finality?.block }

  /// Proofs of what is final and not yet recorded on this chain, in the order of terms: a term's is
  /// of use only behind those of all before it.
  private var unrecordedProofs: [FinalityRecord] {
    guard let finality, let state = try? chain.finality() else { return [] }
    var (found, number): ([FinalityRecord], UInt32) = ([], state.term)
    while let proof = finality.proofs[number], number > state.term || proof.isNewer(than: state),
      chain.headers.isAncestor(proof.block, of: chain.tipHash) == true
    {
      found.append(proof)
      number = number.addingUpToMax(1)
    }
    return found
  }

  /// Records of them, for a block.
  var finalRecords: [EncodedTransaction] {
    unrecordedProofs.map { EncodedTransaction(.recordFinal(RecordFinal($0))) }
  }

  /// Whether something waits that is worth a block.
  public var hasWork: Bool {
    finality?.isBroken != true && (pool.count > 0 || recordIsWorthBlock)
  }

  /// Whether what is final and unrecorded ends a term, or is a day newer than the record.
  var recordIsWorthBlock: Bool {
    guard let finality, let state = try? chain.finality(), !unrecordedProofs.isEmpty else {
      return false
    }
    var after = state
    after.recorded = finality.tally.final
    after.term = finality.tally.term.number
    return after.isWorthBlock(after: state, rules)
  }
}
