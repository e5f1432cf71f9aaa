// SPDX-License-Identifier: Apache-2.0

import Chain
public import Ledger
public import Quantities

/// What a node knows of its finality, as it is shown to people.
public struct FinalitySummary: Sendable {
  /// The current term with its seats.
  public let term: Term
  /// The last final block, as the checkpoint of its epoch, and its height.
  public let final: Checkpoint
  public let height: UInt64
  /// The agreed checkpoint of the highest epoch.
  public let agreed: Checkpoint
  /// The seats that this node's keys hold.
  public let ownSeats: [UInt8]
  /// The seats that have approved at the epoch of now.
  public let approved: [UInt8]
  /// This node has a new disk and approves nothing for two whole epochs.
  public let isSilent: Bool
  /// Another box approves with a key of this node: this one is silent for the term.
  public let keyUsedElsewhere: Bool
  /// Two thirds have approved what conflicts with a final block: nothing is final any more.
  public let isBroken: Bool
  /// From when on the operator may restart the term, since nothing becomes final.
  public let restartsFrom: NetworkTime
  /// A restart that waits for signatures on this node's chain: of how many there are, and of how
  /// many there have to be.
  public let restart: Restart?

  /// How far a restart has come.
  public struct Restart: Sendable {
    /// The height of its block.
    public let height: UInt64
    public let signed: Int
    public let needed: Int
  }
}

extension NodeMachine {
  /// What is final, and who approves; nil in an open network.
  public var finalitySummary: FinalitySummary? {
    finality.map { finality in
      FinalitySummary(
        term: finality.tally.term, final: finality.tally.final, height: finality.block.height,
        agreed: finality.tally.highest, ownSeats: ownSeats.map(\.seat),
        approved: Array(finality.tally.seats(of: epoch)).sorted(),
        isSilent: isSilent(finality),
        keyUsedElsewhere: ownSeats.contains {
          finality.memory.record(of: $0.key, in: finality.tally.term.number)?.isUsedElsewhere
            == true
        }, isBroken: finality.isBroken,
        restartsFrom: chain.genesis.rules.restartTime(after: finality.tally.final),
        restart: restart(of: finality.tally))
    }
  }

  private func restart(of tally: ApprovalTally) -> FinalitySummary.Restart? {
    guard let next = try? chain.term(tally.term.number.addingUpToMax(1)), next.isRestart,
      let others = tally.term.restartQuorum,
      let block = try? chain.header(at: next.rootHeight)?.hash
    else { return nil }
    let vote = RestartVote(term: tally.term.number, block: block)
    return FinalitySummary.Restart(
      height: next.rootHeight, signed: tally.restarts[vote]?.count ?? 0,
      needed: others + tally.term.seats.count(where: \.isOperator))
  }
}
