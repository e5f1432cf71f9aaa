// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import CanonicalCoding
public import Ledger
import LedgerCrypto
import LedgerStore
import Quantities

/// A company on the street that buys what the homes' sun is worth, and retires it in its own name.
public enum DemoCompany {
  /// Its record; its key is as public as all of the demo's.
  public static let member = MemberRecord(
    kind: .businessConsumer, name: "Demo company", key: DemoKeys.key(.company).publicKey)

  /// The operator's transaction that lets it in; nil in a network without an operator.
  static func admission(_ genesis: Genesis) -> EncodedTransaction? {
    guard let `operator` = genesis.members.first(where: { $0.kind == .operator }) else {
      return nil
    }
    return EncodedTransaction(
      .admitMember(
        AdmitMember(
          operator: `operator`.id, record: member, network: genesis.network,
          signedBy: DemoKeys.key(.operator))))
  }
}

extension Street {
  /// How many seconds pass between two deals of the company.
  public static let dealEvery = 15

  /// The company retires what it holds, and buys a part of the largest lot that a home has.
  /// - Throws: where the first node's ledger cannot be read.
  public func deal() async throws {
    let company = DemoCompany.member.id
    guard plan.hasCompany, let admin = admin(roles[0]) else { return }
    let store = try store(roles[0])
    guard try store.member(company) != nil else { return }
    var signed: [(lot: LotId, transaction: Transaction)] = []
    for (id, lot) in try store.lots(of: company) where !lot.isRetired && dealt.insert(id).inserted {
      let retirement = Retire(
        owner: company, lot: id, part: .all, purpose: "RE100",
        beneficiary: DemoCompany.member.name, network: store.network,
        signedBy: DemoKeys.key(.company))
      signed.append((id, .retire(retirement)))
    }
    let offers = try (1...plan.homes).flatMap { home in
      try store.lots(of: DemoHome.member(home).id)
        .filter { !$0.lot.isRetired && !dealt.contains($0.id) }
        .map { (home: home, id: $0.id, amount: $0.lot.amount) }
    }
    // A quarter of the largest lot: each home keeps something to be played with.
    if let best = offers.max(by: { $0.amount < $1.amount }), best.amount.value >= 400,
      dealt.insert(best.id).inserted
    {
      let transfer = Transfer(
        from: DemoHome.member(best.home).id, to: company, lot: best.id,
        part: .amount(MilliCoins(best.amount.value / 4)), network: store.network,
        signedBy: DemoKeys.key(.member, home: best.home))
      signed.append((best.id, .transfer(transfer)))
    }
    for (lot, transaction) in signed {
      // A node that is away or does not take it yet is asked again at the next deal.
      do { try await admin.act("transactions", body: transaction.bytes) } catch {
        dealt.remove(lot)
      }
    }
  }
}
