// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import Wire

/// What passed a node a short while ago, so that it is passed on once; later it may come again, for
/// an exchange that was not there. Bounded.
struct PassedOn<Key: Hashable> {
  private var times: [Key: UInt64] = [:]
  private let memory: UInt64
  private let limit: Int

  /// Remembers for `memory` milliseconds, at most `limit` keys.
  init(memory: UInt64, limit: Int) {
    self.memory = memory
    self.limit = limit
  }

  /// Whether `key` is news at `now`; it is remembered.
  mutating func isNews(_ key: Key, at now: UInt64) -> Bool {
    if let at = times[key], now - at < memory { return false }
    if times.count >= limit { times = times.filter { now - $0.value < memory } }
    guard times.count < limit else { return false }
    times[key] = now
    return true
  }
}

extension NodeMachine {
  /// A claim of this node's own site goes to all peers, and to this node's own desk if it has one.
  func claimed(_ claim: Claim) {
    _ = passedClaims.isNews(claim.id, at: now.milliseconds)
    act(.keepClaim(claim))
    pass(.claims(Claims(claims: [claim])), except: nil)
  }

  /// A decision of this node's own desk.
  func decided(_ decision: ClaimDecision) {
    _ = passedDecisions.isNews(decision.digest, at: now.milliseconds)
    act(.keepDecision(decision))
    pass(.decisions(Decisions(decisions: [decision])), except: nil)
  }

  func received(_ message: Claims, on link: Link) {
    var news: [Claim] = []
    for claim in message.claims {
      // A site that this node does not know yet is for others to judge.
      guard let site = try? chain.site(claim.site) else { continue }
      guard claim.isSigned(by: site.key, in: chain.network) else {
        return punish(link, .invalidSignature("a claim"))
      }
      guard passedClaims.isNews(claim.id, at: now.milliseconds) else { continue }
      act(.keepClaim(claim))
      news.append(claim)
    }
    if !news.isEmpty { pass(.claims(Claims(claims: news)), except: link) }
  }

  func received(_ message: Decisions, on link: Link) {
    var news: [ClaimDecision] = []
    for decision in message.decisions where isExchange(decision.exchange) {
      guard decision.isSigned(in: chain.network) else {
        return punish(link, .invalidSignature("a decision"))
      }
      guard passedDecisions.isNews(decision.digest, at: now.milliseconds) else { continue }
      act(.keepDecision(decision))
      news.append(decision)
    }
    if !news.isEmpty { pass(.decisions(Decisions(decisions: news)), except: link) }
  }

  private func isExchange(_ key: PublicKey) -> Bool {
    guard let (_, member) = try? chain.member(behind: key) else { return false }
    return member.record.kind == .exchange && !member.isSuspended
  }

  private func pass(_ message: Message, except link: Link?) {
    for peer in established where peer.relays && peer.link != link { send(message, to: peer.link) }
  }
}
