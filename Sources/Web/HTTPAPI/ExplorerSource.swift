// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
public import Clocks
public import ExplorerIndex
import Foundation
public import Ledger
public import LedgerCrypto
public import LedgerStore
public import MeterServices
public import NodeServices
import Quantities
import Synchronization
public import WebService

/// What the API and the explorer read: a ledger, the index over it and, inside a node, the node.
public final class ExplorerSource: Sendable {
  public let ledger: LedgerStore
  public let index: ExplorerIndex
  /// Nil where a folder is read alone.
  public let keeper: LedgerKeeper?
  /// The samples of this node's own site, where it reads meters.
  public let samples: SampleStore?
  /// The node's operator lets everybody see them, not members and the household alone.
  public let samplesAreOpen: Bool
  private let isHousehold: @Sendable (Call) -> Bool
  /// Who reads the home's meters; nil where nobody does.
  public let meters: MeterReadingService?
  public let clock: NetworkClock
  /// What happens, for whoever listens.
  public let hub = EventHub()
  public let cache: AnswerCache
  public let counts = RequestCounts()
  private let state = Mutex(State())

  private struct State {
    var names: [PublicKey: (member: MemberId, name: String)] = [:]
    var sites: [SiteId: SiteRecord] = [:]
    var isReady = false
    var isStating = false
    var reorganisations: UInt64 = 0
  }

  /// A source with these parts.
  public init(
    ledger: LedgerStore, index: ExplorerIndex, clock: NetworkClock, keeper: LedgerKeeper? = nil,
    samples: SampleStore? = nil,
    meters: MeterReadingService? = nil, cacheBytes: Int = 32 << 20, samplesAreOpen: Bool = false,
    hasHome: Bool = false,
    isHousehold: @escaping @Sendable (Call) -> Bool = { _ in false }
  ) {
    self.ledger = ledger
    self.index = index
    self.clock = clock
    self.keeper = keeper
    self.samples = samples
    self.meters = meters
    self.samplesAreOpen = samplesAreOpen
    self.hasHome = hasHome
    self.isHousehold = isHousehold
    cache = AnswerCache(bytes: cacheBytes)
  }

  /// Whether who asks may see the samples of this node's own site.
  func opensSamples(to call: Call) -> Bool { samplesAreOpen || isHousehold(call) }

  /// Whether a household's own pages are served beside the explorer.
  public let hasHome: Bool

  /// Rules of the network.
  public var rules: NetworkRules { ledger.genesis.rules }

  /// Whether the index reached the ledger's tip since the start.
  public var isReady: Bool {
    get { state.withLock { $0.isReady } }
    set { state.withLock { $0.isReady = newValue } }
  }

  /// Begins a statement, whose proof costs the whole node: one at a time.
  /// - Returns: false where one is under way.
  func beginStatement() -> Bool {
    state.withLock { state in
      defer { state.isStating = true }
      return !state.isStating
    }
  }

  /// The statement is made.
  func endStatement() { state.withLock { $0.isStating = false } }

  /// Reorganisations since the start.
  public var reorganisations: UInt64 {
    get { state.withLock { $0.reorganisations } }
    set { state.withLock { $0.reorganisations = newValue } }
  }

  /// The chain moved: what was read before is read again.
  func forget() {
    cache.clear()
    state.withLock {
      $0.names = [:]
      $0.sites = [:]
    }
  }

  /// The member that a key is of.
  public func member(of key: PublicKey) throws(StoreError) -> (member: MemberId, name: String)? {
    if let known = state.withLock({ $0.names[key] }) { return known }
    guard let (id, member) = try ledger.member(behind: key) else { return nil }
    let found = (id, member.record.name)
    state.withLock {
      if $0.names.count > 10_000 { $0.names = [:] }
      $0.names[key] = found
    }
    return found
  }

  /// A member with its standing, or nil.
  public func member(_ id: MemberId) throws(StoreError) -> Member? { try ledger.member(id) }

  /// A site's record, or nil.
  public func site(_ id: SiteId) throws(StoreError) -> SiteRecord? {
    if let known = state.withLock({ $0.sites[id] }) { return known }
    guard let site = try ledger.site(id) else { return nil }
    state.withLock {
      if $0.sites.count > 10_000 { $0.sites = [:] }
      $0.sites[id] = site
    }
    return site
  }

  /// The block of a path's height or hash.
  public func block(_ text: String) throws -> BlockSummary? {
    if let hash = BlockHash(hex: text) { return try index.block(hash: hash) }
    return try UInt64(text).flatMap { try index.block(height: $0) }
  }

  /// How deep a block lies: 0 at the tip.
  public func depth(of height: UInt64) throws(StoreError) -> UInt64 {
    let tip = try index.tip().height
    return tip.subtractingDownToZero(height)
  }

  /// Whether what stands at a height is final; in an open network, as deep as anything is built on.
  public func isFinal(_ height: UInt64) throws(StoreError) -> Bool {
    try height <= ledger.settledHeight()
  }
}
