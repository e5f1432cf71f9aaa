// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Clocks
public import Ledger
public import LedgerCrypto
public import LedgerStore
public import Logging
public import NodeServices
import Quantities
public import ServiceLifecycle

/// The exchange's desk in a node: takes claims in, checks each against its own chain and by its
/// truth checks, and mints, holds or refuses. Every decision is signed, kept and passed on.
public struct DeskService: Service {
  /// What decisions call the check against the chain itself.
  static let chainCheck = "chain"
  /// What they call a person's own judgement.
  static let personCheck = "person"

  private let keeper: LedgerKeeper
  private let desk: DeskStore
  private let key: KeyPair
  private let exchange: MemberId
  private let policy: DeskPolicy
  private let clock: NetworkClock
  private let logger: Logger

  /// A desk that signs with `key` as the member `exchange`.
  public init(
    keeper: LedgerKeeper, desk: DeskStore, key: KeyPair, exchange: MemberId, policy: DeskPolicy,
    clock: NetworkClock, logger: Logger
  ) {
    self.keeper = keeper
    self.desk = desk
    self.key = key
    self.exchange = exchange
    self.policy = policy
    self.clock = clock
    self.logger = logger
  }

  /// Answers claims whenever one comes or the chain moves, until shutdown.
  public func run() async throws {
    let changes = await keeper.changes()
    let claims = await keeper.claims()
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          await attempt { try await answer() }
          for await _ in changes { await attempt { try await answer() } }
        }
        group.addTask {
          for await claim in claims { await attempt { try await take(claim) } }
        }
      }
    }
  }

  private func attempt(_ body: () async throws -> Void) async {
    do { try await body() } catch {
      logger.error("the desk goes on later", metadata: ["error": "\(error)"])
    }
  }

  /// Takes a claim in; whoever asks again hears the last decision again.
  private func take(_ claim: Claim) async throws {
    switch try desk.add(claim) {
    case .open: try await decide(claim, .open, in: try keeper.store.frozen())
    case .released: try await decide(claim, .released, in: try keeper.store.frozen())
    case nil: logger.warning("too many open claims", metadata: ["site": "\(claim.site)"])
    case .turnedDown: try await refuse(claim)
    case .minted, .held, .refused:
      if let last = try desk.decisions(on: claim.id).last { await keeper.announce(last) }
    }
  }

  private func answer() async throws {
    let store = try keeper.store.frozen()
    for claim in try desk.claims(.open) { try await decide(claim, .open, in: store) }
    for claim in try desk.claims(.released) {
      try await decide(claim, .released, in: store)
    }
    for claim in try desk.claims(.turnedDown) { try await refuse(claim) }
    try await offerMints(in: store)
  }

  /// A person refused it: what the checks said stays in the decision, with the person's reason.
  private func refuse(_ claim: Claim) async throws {
    let said = try desk.decisions(on: claim.id).last?.reasons ?? []
    let reason = ClaimDecision.Reason(
      check: DeskService.personCheck, score: 1000,
      sentence: try desk.refusal(of: claim.id) ?? "a person refused it")
    try await settle(claim, from: .turnedDown, .refused, reasons: [reason] + said)
  }

  /// - Parameter store: the chain at one moment: sums of which one half is from before a block and
  ///   one from after it look like fraud.
  private func decide(
    _ claim: Claim, _ standing: DeskStore.Standing, in store: LedgerStore
  ) async throws {
    switch try ClaimCheck.verdict(on: claim, in: store) {
    case .wait: return
    case .refuse(let reason):
      try await settle(
        claim, from: standing, .refused,
        reasons: [.init(check: DeskService.chainCheck, score: 1000, sentence: reason)])
    case .mint(let amount):
      let findings = try ChainTruth(store: store, auditor: keeper.nodeKey).review(
        claim, doubted: try doubtedDays(of: claim.site, in: store))
      let outcome: ClaimDecision.Outcome =
        standing == .released ? .minted : policy.outcome(of: findings)
      try await settle(
        claim, from: standing, outcome, amount: amount, reasons: findings.map(\.reason))
    }
  }

  /// Days of a site that no reference may rest on: claims on them were held or refused for what the
  /// truth checks found, not for what the chain says.
  private func doubtedDays(of site: SiteId, in store: LedgerStore) throws -> Set<UInt32> {
    guard let record = try store.site(site) else { return [] }
    var days: Set<UInt32> = []
    for standing in [DeskStore.Standing.held, .refused] {
      for claim in try desk.claims(standing, of: site) {
        let reasons = try desk.decisions(on: claim.id).last?.reasons ?? []
        guard reasons.contains(where: { $0.check != DeskService.chainCheck }) else { continue }
        let last = claim.first.advanced(by: claim.length - 1)
        days.formUnion(record.day(of: claim.first).day...record.day(of: last).day)
      }
    }
    return days
  }

  /// The decision is written down with the mint before anything is sent: after a crash the same
  /// mint is offered again, and law 2 takes it once.
  private func settle(
    _ claim: Claim, from standing: DeskStore.Standing, _ outcome: ClaimDecision.Outcome,
    amount: MilliCoins = .zero, reasons: [ClaimDecision.Reason]
  ) async throws {
    let network = keeper.store.network
    var mint: EncodedTransaction?
    if outcome == .minted {
      mint = EncodedTransaction(
        .mint(
          Mint(
            exchange: exchange, site: claim.site, first: claim.first, length: claim.length,
            amount: amount, claim: claim.id, network: network, signedBy: key)))
    }
    let decision = ClaimDecision(
      claim: claim, outcome: outcome, amount: outcome == .minted ? amount : .zero,
      mint: mint?.id, time: clock.now, reasons: reasons, network: network, signedBy: key)
    guard try desk.decide(decision, from: standing, mint: mint) else { return }
    logger.info(
      "claim decided",
      metadata: [
        "claim": "\(claim.id.hex)", "outcome": "\(outcome)", "amount": "\(amount)",
        "reasons": "\(reasons.map(\.sentence))",
      ])
    await keeper.announce(decision)
    if let mint { try await keeper.submit(mint) }
  }

  /// Mints that a reorganisation or a lost pool took away are offered again until they are final.
  private func offerMints(in store: LedgerStore) async throws {
    let settled = try store.settledHeight()
    for (claim, transaction) in try desk.unsettledMints() {
      if let place = try store.place(of: transaction.id) {
        if place.height <= settled { try desk.settle(claim) }
        continue
      }
      guard case .mint(let mint) = transaction.transaction else { continue }
      // Another desk of the same exchange was first with other bounds: law 2 keeps this one out.
      if try isMinted(mint, in: store) {
        try desk.settle(claim)
      } else if await !keeper.isWaiting(transaction.id) {
        try await keeper.submit(transaction)
      }
    }
  }

  private func isMinted(_ mint: Mint, in store: LedgerStore) throws(StoreError) -> Bool {
    guard let site = try store.site(mint.site) else { return false }
    for offset in 0..<mint.length {
      let (number, slot) = site.day(of: mint.first.advanced(by: offset))
      guard let day = try store.day(mint.site, number) else { return false }
      if day.minted & (1 << UInt64(slot)) != 0 { return true }
    }
    return false
  }
}
