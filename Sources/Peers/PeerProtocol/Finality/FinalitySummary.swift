// SPDX-License-Identifier: Apache-2.0

public import Ledger

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
}
