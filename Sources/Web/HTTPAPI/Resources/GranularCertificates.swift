// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import ExplorerIndex
import Ledger
import LedgerStore
import Quantities
import WebService

/// A lot under the names that open registries of granular certificates give to a bundle.
/// Source: EnergyTag Granular Certificate Scheme Standard v2 and its demonstrator registry's
/// description, as `../shared/findings/ecosystem.md` §6 lists them.
struct GranularCertificateBundle: Form {
  let summary: LotSummary
  let site: SiteRecord
  let issuer: String
  let energyWh: UInt64
  /// In whose name it was retired; nil while it is of value.
  let beneficiary: String?
  let dissemination: Dissemination?

  /// Where the energy of a bundle's half hours went.
  enum Dissemination: String, CaseIterable {
    case selfConsumed = "self-consumed"
    case injected = "injected into public grid"
    case both = "partly self-consumed, partly injected into public grid"
  }

  static let name = "GranularCertificateBundle"
  static let fields: [Field<Self>] = issue + device + period + issuingBody

  private static let issue: [Field<Self>] = [
    Field("issuance_id", .id, "The mint: it stays the same for every part of what was minted.") {
      .text($0.summary.lot.mint.hex)
    },
    Field("hash", .id, "The lot: every part has an id of its own.") { .text($0.summary.id.hex) },
    Field(
      "certificate_bundle_status", .choice(["Active", "Claimed"]),
      "A retired lot is cancelled and claimed at once."
    ) { .text($0.summary.lot.isRetired ? "Claimed" : "Active") },
    Field("account_id", .id, "Whose it is, or who retired it.") {
      .text($0.summary.lot.owner.hex)
    },
    Field("certificate_bundle_id_range_start", .nullable(.count), "None: single Wh bear no number.")
    { _ in .null },
    Field("certificate_bundle_id_range_end", .nullable(.count), "None: single Wh bear no number.") {
      _ in .null
    },
    Field("bundle_quantity", .count, "Certificates of one Wh, rounded down.") {
      .unsigned($0.energyWh)
    },
    Field("face_value", .integer(1...1), "Wh of one certificate.") { _ in .unsigned(1) },
    Field("beneficiary", .nullable(.text()), "In whose name it was claimed.") {
      .optional($0.beneficiary)
    },
    Field("energy_carrier", .choice(["electricity"]), "What was generated.") { _ in
      .text("electricity")
    },
    Field("energy_source", .choice(sources), "What it was generated from.") {
      .text(source($0.site.method))
    },
    Field("issuance_post_energy_carrier_conversion", .flag, "Nothing is converted.") { _ in
      .flag(false)
    },
    Field("registry_configuration", .integer(1...1), "No other certificate is issued for it.") {
      _ in .unsigned(1)
    },
  ]

  private static let device: [Field<Self>] = [
    Field("device_id", .id, "The site.") { .text($0.site.id.hex) },
    Field("device_name", .text(), "Name of its device.") { .text($0.site.deviceName) },
    Field("device_technology_type", .text(), "Its EECS technology code.") {
      .text($0.site.technology)
    },
    Field("device_production_start_date", .date, "When it was commissioned.") {
      .text("\(CalendarDate(dayNumber: Int64($0.site.commissionedDay)))")
    },
    Field("device_capacity", .count, "W.") { .unsigned(UInt64($0.site.capacityW)) },
    Field("device_location", .text(), "Coarse: tenths of a degree.") {
      .text("\($0.site.position)")
    },
    Field("is_storage", .flag, "Energy given back is never minted: always false.") {
      .flag($0.site.role == .storage)
    },
    Field("storage_efficiency_factor", .nullable(.text()), "None: it is no storage.") { _ in .null
    },
  ]

  private static let period: [Field<Self>] = [
    Field(
      "production_starting_interval", .time,
      "When its generation begins. Whole half hours, often many: up to a month."
    ) { .text("\($0.summary.lot.first.start)") },
    Field("production_ending_interval", .time, "When its generation ends.") {
      .text("\($0.summary.lot.first.advanced(by: $0.summary.lot.length).start)")
    },
    Field("expiry_datestamp", .nullable(.date), "None: lots do not expire.") { _ in .null },
  ]

  private static let issuingBody: [Field<Self>] = [
    Field("country_of_issuance", .choice(["JP"]), "ISO 3166-1.") { _ in .text("JP") },
    Field("connected_grid_identification", .text(), "The grid operator's area.") {
      .text($0.site.gridArea)
    },
    Field("issue_market_zone", .text(), "The same: an area is a bidding zone.") {
      .text($0.site.gridArea)
    },
    Field("issuing_body", .text(), "The exchange that minted it.") { .text($0.issuer) },
    Field("issuance_purpose", .choice(["Disclosure"]), "What it is for.") { _ in
      .text("Disclosure")
    },
    Field("support_received", .text(), "Public support, as the site's record says.") {
      .text("\($0.site.support)")
    },
    Field(
      "dissemination_level", .nullable(.choice(Dissemination.allCases.map(\.rawValue))),
      "Where the period's energy went; null where the grid meter's counts are not known."
    ) { .optional($0.dissemination?.rawValue) },
  ]

  private static let sources = [
    "solar_pv", "wind", "hydro", "biomass", "geothermal", "other",
  ]

  private static func source(_ method: GenerationMethod) -> String {
    switch method {
    case .photovoltaic: "solar_pv"
    case .wind: "wind"
    case .hydro: "hydro"
    case .biomass: "biomass"
    case .geothermal: "geothermal"
    case .fossil, .none: "other"
    }
  }
}

extension ExplorerSource {
  /// A lot as a bundle; nil where its site is not known here.
  func bundle(_ summary: LotSummary) throws -> GranularCertificateBundle? {
    let lot = summary.lot
    guard let site = try site(lot.site) else { return nil }
    var beneficiary: String?
    if lot.isRetired, let made = try index.transaction(at: summary.born),
      case .retire(let retirement)? = try index.content(of: made, in: ledger)?.transaction
    {
      beneficiary = retirement.beneficiary
    }
    return GranularCertificateBundle(
      summary: summary, site: site, issuer: try ledger.member(lot.exchange)?.record.name ?? "",
      energyWh: NoCoinWithoutEnergyLaw.energyWh(
        worth: lot.amount, rate: rules.milliCoinsPerKilowattHour),
      beneficiary: beneficiary, dissemination: try dissemination(of: lot, at: site))
  }

  /// Whether a lot's half hours were used at home or fed into the grid. Under a feed-in tariff the
  /// law mints only what was neither fed in nor stored.
  private func dissemination(
    of lot: Lot, at site: SiteRecord
  ) throws -> GranularCertificateBundle.Dissemination? {
    if site.support == .feedInTariff { return .selfConsumed }
    let last = site.day(of: lot.first.advanced(by: lot.length - 1)).day
    let found = try index.dayFlows(of: site.id, in: site.day(of: lot.first).day..<last + 1)
    let days = Dictionary(uniqueKeysWithValues: found.map { ($0.day, $0.flows) })
    var (fedIn, used): (UInt64, UInt64) = (0, 0)
    for offset in 0..<lot.length {
      let (number, slot) = site.day(of: lot.first.advanced(by: offset))
      guard let day = days[number], let known = day.qualities[slot],
        known[.generated] != .unknown, known.hasGridCounts
      else { return nil }
      let sold = min(day[.sold][slot], day[.generated][slot])
      fedIn += sold
      used += day[.generated][slot] - sold
    }
    return fedIn == 0 ? .selfConsumed : used == 0 ? .injected : .both
  }
}

extension Resources {
  func granularCertificates() -> [Endpoint] {
    [
      Endpoint(
        "/api/v1/energytag/bundles", "coins",
        "Lots that are of value or retired, newest first, under the names that open registries of "
          + "granular certificates use. Read only: what is done with them is done on the chain.",
        gives: .page(GranularCertificateBundle.schema)
      ) { call in
        let found = try source.index.lots(
          .standing, before: call.cursor?.0, limit: call.limit + 1)
        let rows = Found(found, limit: call.limit) { "\($0.number)" }
        return Answer(
          Page(try rows.rows.compactMap { try source.bundle($0.summary) }, next: rows.next),
          for: call)
      }
    ]
  }
}
