// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import Wire

/// What passed a node a short while ago, so that it is passed on once; later it may come again, for
/// an exchange that was not there. Bounded.
struct PassedOn<Key: Hashable> {
  private var passed: [Key: (at: UInt64, signer: PublicKey)] = [:]
  private var counts: [PublicKey: Int] = [:]
  private let memory: UInt64
  private let limit: Int
  private let share: Int

  /// Remembers for `memory` milliseconds, at most `limit` keys, and of each signer at most `share`:
  /// nobody takes the room of others.
  init(memory: UInt64, limit: Int, share: Int) {
    self.memory = memory
    self.limit = limit
    self.share = share
  }

  /// Whether `key` was passed on a short while ago.
  func isKnown(_ key: Key, at now: UInt64) -> Bool {
    passed[key].map { now - $0.at < memory } ?? false
  }

  /// Whether `key`, which `signer` signed, is news at `now`; it is remembered.
  mutating func isNews(_ key: Key, by signer: PublicKey, at now: UInt64) -> Bool {
    guard !isKnown(key, at: now) else { return false }
    if passed.count >= limit || counts[signer, default: 0] >= share {
      passed = passed.filter { now - $0.value.at < memory }
      counts = Dictionary(passed.values.map { ($0.signer, 1) }, uniquingKeysWith: +)
    }
    guard passed.count < limit, counts[signer, default: 0] < share else { return false }
    if passed.updateValue((now, signer), forKey: key) == nil { counts[signer, default: 0] += 1 }
    return true
  }
}

extension NodeMachine {
  /// A claim of this node's own site goes to all peers, and to this node's own desk if it has one.
  func claimed(_ claim: Claim) {
    if let site = try? chain.site(claim.site) {
      _ = passedClaims.isNews(claim.id, by: site.key, at: now.milliseconds)
    }
    act(.keepClaim(claim))
    pass(.claims(Claims(claims: [claim])), except: nil)
  }

  /// A decision of this node's own desk.
  func decided(_ decision: ClaimDecision) {
    _ = passedDecisions.isNews(
      decision.digest, by: decision.exchange, at: now.milliseconds)
    act(.keepDecision(decision))
    pass(.decisions(Decisions(decisions: [decision])), except: nil)
  }

  func received(_ message: Claims, on link: Link) {
    var news: [Claim] = []
    for claim in message.claims {
      // A site that this node does not know yet is for others to judge.
      guard !passedClaims.isKnown(claim.id, at: now.milliseconds),
        let site = try? chain.site(claim.site)
      else { continue }
      guard claim.isSigned(by: site.key, in: chain.network) else {
        return punish(link, .invalidSignature("a claim"))
      }
      guard passedClaims.isNews(claim.id, by: site.key, at: now.milliseconds) else { continue }
      act(.keepClaim(claim))
      news.append(claim)
    }
    if !news.isEmpty { pass(.claims(Claims(claims: news)), except: link) }
  }

  func received(_ message: Decisions, on link: Link) {
    var news: [ClaimDecision] = []
    for decision in message.decisions
    where !passedDecisions.isKnown(decision.digest, at: now.milliseconds)
      && isExchange(decision.exchange)
    {
      guard decision.isSigned(in: chain.network) else {
        return punish(link, .invalidSignature("a decision"))
      }
      guard
        passedDecisions.isNews(decision.digest, by: decision.exchange, at: now.milliseconds)
      else { continue }
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
