// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import ExplorerIndex
import HTTPTypes
public import Ledger
import LedgerStore
import Quantities
public import WebService

/// A lot in a list.
public struct LotForm: Form {
  public let summary: LotSummary

  /// The form of a lot.
  public init(_ summary: LotSummary) { self.summary = summary }

  /// What became of it: `living`, `ended` (its parts live on) or `retired`.
  public var status: String {
    summary.lot.isRetired ? "retired" : summary.ended == nil ? "living" : "ended"
  }

  public static let name = "Lot"
  public static let fields: [Field<Self>] = [
    Field("id", .id, "Its id; every part of a split lot has one of its own.") {
      .text($0.summary.id.hex)
    },
    Field("status", .choice(["living", "ended", "retired"]), "Ended lots live on in their parts.") {
      .text($0.status)
    },
    Field("amount_mcoin", .count, "Milli-coins.") { .unsigned($0.summary.lot.amount.value) },
    Field("owner", .id, "Whose it is or was.") { .text($0.summary.lot.owner.hex) },
    Field("owner_name", .text(), "Name of that member.") { .text($0.summary.ownerName) },
    Field("site", .id, "Where it was generated.") { .text($0.summary.lot.site.hex) },
    Field("site_name", .text(), "Name of that site.") { .text($0.summary.siteName) },
    Field("exchange", .id, "Who minted it.") { .text($0.summary.lot.exchange.hex) },
    Field("mint", .id, "The mint that it comes from.") { .text($0.summary.lot.mint.hex) },
    Field("first_interval", .count, "First interval of its generation.") {
      .unsigned(UInt64($0.summary.lot.first.number))
    },
    Field("first_interval_start", .time, "When that begins.") {
      .text("\($0.summary.lot.first.start)")
    },
    Field("intervals", .count, "How many intervals.") { .unsigned(UInt64($0.summary.lot.length)) },
    Field("whole", .flag, "It holds all that its period was minted for.") {
      .flag($0.summary.lot.isWhole)
    },
    Field("splits", .count, "How many further lots may come from it.") {
      .unsigned(UInt64($0.summary.lot.splits))
    },
    Field("parent", .nullable(.id), "The lot that it is a part of; null for a minted one.") {
      .optional($0.summary.parent?.hex)
    },
    Field("born_height", .count, "The block that made it.") {
      .unsigned($0.summary.born.height)
    },
    Field("ended_height", .nullable(.count), "The block that ended it.") {
      .optional($0.summary.ended?.height)
    },
  ]
}

/// A lot with its way from the mint and what became of it.
public struct LotDetailForm: Form {
  public let form: LotForm
  /// From the minted lot down to this one.
  public let way: [LotForm]
  /// What it was split into, sent as or retired as.
  public let parts: [LotForm]
  /// The transaction that made it, and the one that ended it.
  public let made: TransactionForm?
  public let ended: TransactionForm?

  public static let name = "LotDetail"
  public static let fields: [Field<Self>] =
    LotForm.fields.map { $0.of { $0.form } } + [
      Field(items: "way", "From the minted lot to the one before this.") { $0.way },
      Field(items: "parts", "What it was split into, sent as or retired as.") { $0.parts },
      Field(form: "made_by", "The transaction that made it.") { $0.made },
      Field(form: "ended_by", "The transaction that ended it.") { $0.ended },
    ]
}

extension ExplorerSource {
  /// A lot with its whole history; the way is at most 100 steps long, the rest is found by its
  /// parents.
  public func lotDetail(_ id: LotId) throws -> LotDetailForm? {
    guard let summary = try index.lot(id) else { return nil }
    var way: [LotForm] = []
    var parent = summary.parent
    while let next = parent, way.count < 100, let lot = try index.lot(next) {
      way.append(LotForm(lot))
      parent = lot.parent
    }
    return LotDetailForm(
      form: LotForm(summary), way: way.reversed(),
      parts: try index.lots(.parent(id), limit: 3).map { LotForm($0.summary) }.reversed(),
      made: try index.transaction(at: summary.born).map(TransactionForm.init),
      ended: try summary.ended.flatMap { try index.transaction(at: $0) }.map(TransactionForm.init))
  }
}

extension Resources {
  static let lot = Parameter("lot", .id, "Id of a lot, living or ended.")
  static let living = Parameter(
    "living", .choice(["true", "false"]), "`true` leaves out the ended and the retired.")

  func lots() -> [Endpoint] {
    [
      Endpoint(
        "/api/v1/lots", "coins", "Lots of coins, newest first.", [Resources.living],
        gives: .page(LotForm.schema)
      ) { call in Answer(try lotPage(.all, call), for: call) },
      Endpoint(
        "/api/v1/lots/{lot}", "coins", "A lot with its whole history.", [Resources.lot],
        gives: .form(LotDetailForm.schema), failures: [.notFound]
      ) { call in
        guard let form = try source.lotDetail(LotId(call.id("lot") ?? .zero)) else {
          throw Problem.notFound("the chain has no lot \(call["lot"] ?? "")")
        }
        return Answer(form)
      },
    ]
  }

  func lotPage(_ filter: ExplorerIndex.LotFilter, _ call: Call) throws -> Page {
    let all = try source.index.lots(
      filter, living: call["living"] == "true", before: call.cursor?.0, limit: call.limit + 1)
    return Page(all, for: call, cursor: { "\($0.number)" }, form: { LotForm($0.summary) })
  }
}

/// Value of another network that was honoured for a member of this one.
struct ForeignLotForm: Form {
  let value: ForeignLot

  static let name = "ForeignLot"
  static let fields: [Field<Self>] = [
    Field("network", .id, "The network that it comes from.") { .text($0.value.network.hex) },
    Field("lot", .id, "The retired lot there.") { .text($0.value.lot.hex) },
    Field("member", .id, "Who may use it here.") { .text($0.value.member.hex) },
    Field("exchange", .id, "Who saw the certificate.") { .text($0.value.exchange.hex) },
    Field("energy_wh", .count, "Its energy.") { .unsigned($0.value.energyWh) },
    Field("first_interval", .count, "When its generation begins.") {
      .unsigned(UInt64($0.value.first.number))
    },
    Field("intervals", .count, "For how many half hours.") {
      .unsigned(UInt64($0.value.length))
    },
    Field("certificate", .id, "Hash of the certificate file.") {
      .text($0.value.certificate.hex)
    },
  ]
}
