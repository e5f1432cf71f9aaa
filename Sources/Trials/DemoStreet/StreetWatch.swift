// SPDX-License-Identifier: Apache-2.0

public import AdminAPI
import Chain
import Foundation
import HouseModel
public import Ledger
import LedgerStore
public import Quantities
import Verification

/// A street as somebody sees it who asks each node.
public struct StreetView: Sendable {
  /// One node.
  public struct Node: Sendable {
    public let name: String
    /// What its admin API says; nil while it starts.
    public let chain: ChainForm?
    /// Of a home's site, what is recorded and what is minted of it.
    public let progress: SiteProgress?
  }

  public let nodes: [Node]
  /// Of the first node's chain.
  public let supply: Supply
  /// The time of its newest block.
  public let time: NetworkTime?

  /// Whether all nodes that answer stand on one block.
  public var isOneChain: Bool { Set(nodes.compactMap { $0.chain?.tip }).count == 1 }
}

/// A ledger held against every law when the street has ended.
public struct LedgerVerdict: Sendable {
  public let name: String
  public let height: UInt64
  /// In hexadecimal.
  public let tip: String
  public let supply: Supply
  /// What is wrong, nil where all laws hold.
  public let finding: String?
}

extension Street {
  /// Seconds after which two homes go alone for the first time, for how long, and how often.
  public static let firstAlone = 45
  public static let aloneSeconds = 15
  public static let aloneEvery = 90

  /// Makes and starts everything, lets `look` see it at each tick until it says that it is over,
  /// and ends everything.
  /// - Throws: `StreetError` where a process ended by itself.
  public func run(
    _ ticks: AsyncStream<Void>, until look: (Street) async throws -> Bool
  ) async throws {
    try prepare()
    defer { end() }
    for home in 1...plan.homes { try startHouse(home) }
    for role in roles { try start(role) }
    for await _ in ticks {
      if let dead {
        throw StreetError(description: "\(dead) ended early; read \(plan.folder)/\(dead).log")
      }
      if try await look(self) { break }
    }
  }

  /// The last two homes lose the others for a while.
  public func leaveAlone() async {
    for home in (plan.homes - 1)...plan.homes {
      _ = try? await admin(.home(home))?.act("pause?seconds=\(Street.aloneSeconds)")
    }
  }

  /// What the nodes say now.
  public func view() async -> StreetView {
    let ledger = try? store(roles[0])
    var nodes: [StreetView.Node] = []
    for role in roles {
      let chain = try? await admin(role)?.get("chain", as: ChainForm.self)
      let site = role.home.map { sites[$0 - 1].id }
      nodes.append(
        .init(name: role.name, chain: chain, progress: site.flatMap { try? ledger?.progress($0) }))
    }
    let newest = try? ledger.flatMap { try $0.header(height: $0.height()) }
    return StreetView(
      nodes: nodes, supply: (try? ledger?.supply()) ?? Supply(), time: newest?.header.time)
  }

  /// Everything of the first home's days is recorded, and everything recorded is minted.
  /// - Throws: where its ledger cannot be read.
  public func isSettled() throws -> Bool {
    guard plan.days != nil, let progress = try store(.home(1)).progress(sites[0].id),
      progress.next.start >= traces[0].end
    else { return false }
    return progress.mintedWh == progress.totals[0]
  }

  /// Holds every ledger against the laws.
  /// - Throws: where one cannot be read.
  public func verdicts() async throws -> [LedgerVerdict] {
    var verdicts: [LedgerVerdict] = []
    for role in roles {
      let store = try store(role)
      let verdict = await ChainVerdict(checking: store)
      let height = try store.height()
      verdicts.append(
        LedgerVerdict(
          name: role.name, height: height,
          tip: try store.header(height: height)?.header.hash.hex ?? "", supply: try store.supply(),
          finding: verdict.finding?.description))
    }
    return verdicts
  }
}
