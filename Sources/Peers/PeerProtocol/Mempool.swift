// SPDX-License-Identifier: Apache-2.0

public import Chain
public import Ledger
import LedgerCrypto
public import Quantities

/// The transactions that wait for a block, checked against the state after the tip and against each
/// other. Limits: count, bytes, one report a site and interval, time. The template that it gives
/// depends on what is in it alone, not on the order of arrival.
public struct Mempool {
  /// What became of a transaction.
  public enum Verdict: Sendable {
    case accepted
    case known
    /// It waits for an earlier report of its site.
    case later
    /// Its site has another report for an interval of it: the first one stands.
    case conflict(with: TransactionId)
    /// There is no room: against local policy.
    case full
    /// A law forbids it on this tip.
    case refused(LawViolation)
    /// The state could not be read: our own fault.
    case fault(String)
  }

  struct Entry {
    let transaction: EncodedTransaction
    let arrived: NetworkTime
    let isOwn: Bool
  }

  private let limits: PeerLimits
  private let rules: NetworkRules
  private let network: NetworkId
  private(set) var entries: [TransactionId: Entry] = [:]
  /// Reports that begin after the last known one of their site.
  private var later = LaterReports()
  /// On how many waiting transactions a lot that one of them makes builds.
  private var depths: [LotId: Int] = [:]
  private var reports: [SiteId: [(range: Range<Interval>, id: TransactionId)]] = [:]
  /// The state after the tip and all entries; nil until somebody asks.
  private var view: Transition?
  /// What came in since `takeAccepted` was last called.
  private var accepted: [TransactionId] = []
  /// Bytes of all entries.
  public private(set) var byteCount = 0

  /// A pool without transactions.
  public init(limits: PeerLimits, genesis: Genesis) {
    self.limits = limits
    rules = genesis.rules
    network = genesis.network
  }

  /// How many transactions wait.
  public var count: Int { entries.count }

  /// A transaction that waits, or nil.
  public subscript(id: TransactionId) -> EncodedTransaction? { entries[id]?.transaction }

  /// Whether a transaction waits, for a block or for an earlier report.
  public func contains(_ id: TransactionId) -> Bool {
    entries[id] != nil || later.contains(id)
  }

  /// Takes in a transaction if the laws allow it on top of the tip and the pool.
  /// - Parameter isOwn: it is this node's own: it neither expires nor is pushed out.
  public mutating func add(
    _ transaction: EncodedTransaction, isOwn: Bool, chain: ActiveChain, now: NetworkTime
  ) -> Verdict {
    guard !contains(transaction.id) else { return .known }
    if case .report(let report) = transaction.transaction,
      let other = reports[report.site]?.first(where: {
        $0.range.overlaps(report.first..<report.next)
      })
    {
      return .conflict(with: other.id)
    }
    guard
      isOwn
        || (entries.count < limits.poolCount
          && byteCount + transaction.bytes.count <= limits.poolBytes)
    else { return .full }
    guard isOwn || depth(of: transaction) < limits.poolDepth else { return .full }
    let entry = Entry(transaction: transaction, arrived: now, isOwn: isOwn)
    let verdict = apply(entry, chain, now)
    if case .accepted = verdict, case .report(let report) = transaction.transaction {
      retryLater(of: report.site, chain, now)
    }
    return verdict
  }

  /// On how many waiting transactions the lot builds that this one spends.
  private func depth(of transaction: EncodedTransaction) -> Int {
    transaction.spentLot.flatMap { depths[$0] } ?? 0
  }

  private mutating func apply(_ entry: Entry, _ chain: ActiveChain, _ now: NetworkTime) -> Verdict {
    var transition = view ?? base(chain)
    view = nil
    transition.time = max(now, chain.tip.time)
    defer { view = transition }
    let transaction = entry.transaction
    do {
      try transition.apply(transaction, in: network, verified: chain.verified)
    } catch {
      switch error {
      case .source(let fault): return .fault(fault.description)
      case .law(.reportsJoin(.notAdjacent(let supplied, let expected))) where supplied > expected:
        // Its signature is good, and need not be looked at again when its turn comes.
        if let key = try? transaction.transaction.content.author(in: transition.state) {
          chain.verified[transaction.id] = key
        }
        for id in later.add(entry, limits) { chain.verified[id] = nil }
        return .later
      case .law(let violation): return .refused(violation)
      }
    }
    if let key = try? transaction.transaction.content.author(in: transition.state) {
      chain.verified[transaction.id] = key
    }
    keep(entry)
    accepted.append(transaction.id)
    return .accepted
  }

  /// What has waited since before `time`, at most `limit`, in the order of ids.
  func waiting(since time: NetworkTime, limit: Int) -> [TransactionId] {
    Array(entries.filter { $0.value.arrived < time }.keys.sorted().prefix(limit))
  }

  /// What came in since the last call: what was added, and reports that waited for it.
  mutating func takeAccepted() -> [TransactionId] {
    defer { accepted = [] }
    return accepted
  }

  private mutating func keep(_ entry: Entry) {
    let transaction = entry.transaction
    entries[transaction.id] = entry
    byteCount += transaction.bytes.count
    let made = transaction.madeLots
    if !made.isEmpty {
      let depth = depth(of: transaction) + 1
      for lot in made { depths[lot] = depth }
    }
    if case .report(let report) = transaction.transaction {
      reports[report.site, default: []].append((report.first..<report.next, transaction.id))
    }
  }

  private func base(_ chain: ActiveChain) -> Transition {
    Transition(
      rules: rules, time: chain.tip.time, on: StorageState(chain.storage), expecting: 64)
  }

  /// Gives the reports of a site another turn, in their order: one pass does it. What waits of
  /// other sites cannot have become good by it.
  private mutating func retryLater(of site: SiteId, _ chain: ActiveChain, _ now: NetworkTime) {
    for entry in later.take(of: site) {
      switch apply(entry, chain, now) {
      case .accepted, .later: break
      default: chain.verified[entry.transaction.id] = nil
      }
    }
  }

  /// Takes out a transaction that no block can hold.
  public mutating func remove(_ id: TransactionId, chain: ActiveChain) {
    guard let entry = entries.removeValue(forKey: id) else { return }
    byteCount -= entry.transaction.bytes.count
    chain.verified[id] = nil
    if case .report(let report) = entry.transaction.transaction {
      reports[report.site]?.removeAll { $0.id == id }
      if reports[report.site]?.isEmpty == true { reports[report.site] = nil }
    }
    view = nil
  }

  /// Follows a change of the tip: what was confirmed goes, what a reorganisation freed comes back,
  /// what no longer fits or is too old is forgotten.
  /// - Returns: what was forgotten, with the law that forbids it, or nil where it waited too long.
  public mutating func follow(
    confirmed: [TransactionId], freed: [EncodedTransaction], chain: ActiveChain, now: NetworkTime
  ) -> [(transaction: EncodedTransaction, violation: LawViolation?)] {
    var forgotten: [(transaction: EncodedTransaction, violation: LawViolation?)] = []
    for id in confirmed { remove(id, chain: chain) }
    let old = entries
    let known = Set(confirmed)
    var waiting =
      entries.values
      + freed.filter { old[$0.id] == nil && !known.contains($0.id) }
      .map { Entry(transaction: $0, arrived: now, isOwn: false) }
    waiting.sort { $0.transaction.templateOrder < $1.transaction.templateOrder }
    entries = [:]
    reports = [:]
    depths = [:]
    byteCount = 0
    view = base(chain)
    for entry in waiting where isTooOld(entry, now) { forgotten.append((entry.transaction, nil)) }
    forgotten += applyAll(waiting.filter { !isTooOld($0, now) }, chain, now)
    for (transaction, _) in forgotten { chain.verified[transaction.id] = nil }
    accepted = accepted.filter { old[$0] == nil }
    let longest = limits.poolSeconds
    for id in later.drop(where: { now.seconds(since: $0.arrived) > longest }) {
      chain.verified[id] = nil
    }
    for site in later.sites { retryLater(of: site, chain, now) }
    return forgotten
  }

  /// Applies entries in the order of templates on the tip.
  /// - Returns: what does not fit, and the law.
  private mutating func applyAll(
    _ waiting: [Entry], _ chain: ActiveChain, _ now: NetworkTime
  ) -> [(transaction: EncodedTransaction, violation: LawViolation?)] {
    var unfit: [(transaction: EncodedTransaction, violation: LawViolation?)] = []
    let coins = waiting.partitioned { $0.transaction.spentLot != nil }
    // What needs something that comes later in the order gets another turn, as long as that helps.
    var (rest, hasProgressed) = (coins.others, true)
    while hasProgressed {
      hasProgressed = false
      unfit = []
      var again: [Entry] = []
      for entry in rest {
        switch apply(entry, chain, now) {
        case .refused(.reportsJoin(.notEnded)): keep(entry)
        case .refused(let violation):
          unfit.append((entry.transaction, violation))
          again.append(entry)
        case .accepted: hasProgressed = true
        default: break
        }
      }
      rest = again
    }
    let byId = Dictionary(
      coins.chosen.map { ($0.transaction.id, $0) }, uniquingKeysWith: { first, _ in first })
    for transaction in DependencyOrder.sorted(coins.chosen.map(\.transaction)) {
      guard let entry = byId[transaction.id] else { continue }
      if case .refused(let violation) = apply(entry, chain, now) {
        unfit.append((transaction, violation))
      }
    }
    return unfit
  }

  private func isTooOld(_ entry: Entry, _ now: NetworkTime) -> Bool {
    !entry.isOwn && now.seconds(since: entry.arrived) > limits.poolSeconds
  }

  /// All transactions in the order in which a template takes them: by kind, time, id. A template
  /// puts movements of coins behind what they build on.
  public var candidates: [EncodedTransaction] {
    entries.values.map { ($0.transaction.templateOrder, $0.transaction) }
      .sorted { $0.0 < $1.0 }.map(\.1)
  }
}

extension Array {
  /// The elements that meet a condition and the others, each in their order.
  fileprivate func partitioned(
    _ meets: (Element) -> Bool
  ) -> (chosen: [Element], others: [Element]) {
    (filter(meets), filter { !meets($0) })
  }
}

extension LawViolation {
  /// A later block, or time, may heal it: what the transaction builds on is not there yet.
  var isCurable: Bool {
    switch self {
    case .keys(.unknownMember), .keys(.unknownSite), .keys(.deviceTaken), .reportsJoin(.notEnded),
      .conservation(.noSuchLot), .noCoinWithoutEnergy(.notRecorded):
      true
    default: false
    }
  }
}

extension EncodedTransaction {
  /// Admissions, reports by time, sites, standings, mints, and what spends their coins: a site
  /// whose device moves, or whose member is suspended, loses none of what it reported before.
  fileprivate var templateOrder: (UInt8, UInt32, TransactionId) {
    switch transaction {
    case .admitMember: (0, 0, id)
    case .report(let report): (1, report.first.number, id)
    case .registerSite: (2, 0, id)
    case .setStanding(let change): (3, UInt32(clamping: change.change), id)
    case .recordFinal, .contradiction, .restart, .moveEdition, .honour: (0, 0, id)
    case .setNodeKey(let change): (3, UInt32(clamping: change.change), id)
    case .mint(let mint): (4, mint.first.number, id)
    case .transfer: (5, 0, id)
    case .retire: (6, 0, id)
    }
  }
}

/// The state in a storage, each entry read in a view of its own.
struct StorageState: StateSource {
  private let storage: any ChainStorage

  init(_ storage: any ChainStorage) { self.storage = storage }

  func entry(_ key: StateKey) throws(StateSourceError) -> StateEntry? {
    var found: StateEntry?
    do { try storage.read { found = try $0.entry(key) } } catch {
      throw StateSourceError("\(error)")
    }
    return found
  }

  func visit(
    _ kind: StateKey.Kind, _ body: (StateKey, StateEntry) -> Void
  ) throws(StateSourceError) {
    do { try storage.read { try $0.visit(kind, body) } } catch {
      throw StateSourceError("\(error)")
    }
  }
}
