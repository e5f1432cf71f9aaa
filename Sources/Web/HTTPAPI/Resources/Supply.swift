// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import ExplorerIndex
public import Ledger
import LedgerStore
import Quantities
public import WebService

/// All coins against all energy.
public struct SupplyForm: Form {
  public let supply: Supply
  public let height: UInt64

  public static let name = "Supply"
  public static let fields: [Field<Self>] = [
    Field("height", .count, "As of this block.") { .unsigned($0.height) },
    Field("generated_wh", .count, "PQ1 on the chain.") { .unsigned($0.supply.generatedWh) },
    Field("claimed_wh", .count, "The part of it that was minted from.") {
      .unsigned($0.supply.claimedWh)
    },
    Field("minted_mcoin", .count, "Milli-coins ever minted.") {
      .unsigned($0.supply.minted.value)
    },
    Field("balance_mcoin", .count, "Still valid.") { .unsigned($0.supply.balance.value) },
    Field("retired_mcoin", .count, "Retired.") { .unsigned($0.supply.retired.value) },
  ]
}

/// The same over time.
struct SupplyPointForm: Form {
  let block: BlockSummary

  init(_ block: BlockSummary) { self.block = block }

  static let name = "SupplyPoint"
  static let fields: [Field<Self>] = [
    Field("height", .count, "A block.") { .unsigned($0.block.height) },
    Field("time", .time, "Its time.") { .text("\($0.block.time)") },
    Field("generated_wh", .count, "PQ1 up to it.") { .unsigned($0.block.totalGeneratedWh) },
    Field("minted_mcoin", .count, "Milli-coins minted up to it.") {
      .unsigned($0.block.totalMinted.value)
    },
    Field("retired_mcoin", .count, "Milli-coins retired up to it.") {
      .unsigned($0.block.totalRetired.value)
    },
  ]
}

extension ExplorerSource {
  /// The supply after the tip.
  public func supplyForm() throws -> SupplyForm {
    SupplyForm(supply: try ledger.supply(), height: try ledger.height())
  }
}

extension Resources {
  func supply() -> [Endpoint] {
    [
      Endpoint(
        "/api/v1/supply", "coins", "All coins against all energy.",
        gives: .form(SupplyForm.schema)
      ) { _ in Answer(try source.supplyForm()) },
      Endpoint(
        "/api/v1/supply/history", "coins",
        "The same at blocks spread evenly over the chain, oldest first, for a chart.",
        gives: .page(SupplyPointForm.schema)
      ) { call in
        let points = try source.index.sampledBlocks(max(2, call.limit)).map(SupplyPointForm.init)
        return Answer(Page(points, next: nil), for: call)
      },
    ]
  }
}
