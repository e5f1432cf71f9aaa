// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger
import LedgerCrypto
import LedgerStore
import Logging
import PeerFiles
public import PeerProtocol

// What a node approves: remembered on the disk first, then signed.
extension LedgerKeeper {
  func vote(
    _ vote: Vote, _ seat: UInt8, _ key: PublicKey, _ memory: FinalityMemory
  ) {
    guard let pair = approvers?.keys.first(where: { $0.publicKey == key }), remember(memory) else {
      return
    }
    switch vote {
    case .approval(let approval):
      logger.info(
        "approved", metadata: ["epoch": "\(approval.target.epoch)", "block": "\(vote.block)"])
    case .restart(let restart):
      logger.notice(
        "signed a restart", metadata: ["term": "\(restart.term)", "block": "\(vote.block)"])
    }
    handle(.voted(SignedVote(vote, seat: seat, network: store.network, signedBy: pair)))
  }

  /// Whether the disk has the memory.
  func remember(_ memory: FinalityMemory) -> Bool {
    guard let file = approvers?.file else { return false }
    let unapproved = "approvals are not kept, so nothing is approved: "
    do {
      try file.write(memory)
      if trouble?.hasPrefix(unapproved) == true { trouble = nil }
      return true
    } catch {
      trouble = unapproved + (error as NSError).localizedDescription
      log(.fault(trouble ?? ""))
      return false
    }
  }

  /// What is final, and who approves; nil in an open network.
  public var finality: FinalitySummary? { machine.finalitySummary }
}
