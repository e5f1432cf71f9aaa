// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import ExplorerIndex
import HTTPTypes
public import Ledger
import LedgerCrypto
import LedgerStore
import Quantities
public import WebService

/// What a site is.
struct SiteRecordForm: Form {
  let record: SiteRecord

  static let name = "SiteRecord"
  static let fields: [Field<Self>] = [
    Field("id", .id, "Hash of its record.") { .text($0.record.id.hex) },
    Field("name", .text(), "Its name.") { .text($0.record.name) },
    Field("member", .id, "Whose it is.") { .text($0.record.member.hex) },
    Field("key", .id, "The key that signs its reports.") { .text($0.record.key.value.hex) },
    Field("generation_method", .generationMethod, "How it generates.") {
      .text("\($0.record.method)")
    },
    Field("role", .energyRole, "Production, storage or consumption.") {
      .text("\($0.record.role)")
    },
    Field("capacity_w", .count, "Registered output of its PV or plant.") {
      .unsigned(UInt64($0.record.capacityW))
    },
    Field("battery_wh", .count, "Usable capacity of its battery.") {
      .unsigned(UInt64($0.record.batteryWh))
    },
    Field("connection_w", .count, "The most that its connection to the grid carries.") {
      .unsigned(UInt64($0.record.connectionW))
    },
    Field("grid_area", .text(), "Area of the grid operator.") { .text($0.record.gridArea) },
    Field("region", .text(), "ISO 3166-2 code.") { .text($0.record.region) },
    Field("latitude_tenths", .integer(-900...900), "Degrees north × 10.") {
      .signed(Int64($0.record.position.latitudeTenths))
    },
    Field("longitude_tenths", .integer(-1800...1800), "Degrees east × 10.") {
      .signed(Int64($0.record.position.longitudeTenths))
    },
    Field("utc_offset", .text(), "Its clock.") { .text("\($0.record.utcOffset)") },
    Field("device_name", .text(), "Its device.") { .text($0.record.deviceName) },
    Field("device_id", .text(), "The device's serial number.") { .text($0.record.deviceId) },
    Field("technology", .text(), "EECS technology code.") { .text($0.record.technology) },
    Field("commissioned", .date, "When the device was commissioned.") {
      .text("\(CalendarDate(dayNumber: Int64($0.record.commissionedDay)))")
    },
    Field("support", .publicSupport, "Public support of its generation.") {
      .text("\($0.record.support)")
    },
    Field("active_from", .time, "From when on it may report.") {
      .text("\($0.record.activeFrom.start)")
    },
  ]
}

/// A site with what it has reported.
public struct SiteForm: Form {
  public let record: SiteRecord
  public let progress: SiteProgress?

  public static let name = "Site"
  public static let fields: [Field<Self>] =
    SiteRecordForm.fields.map { $0.of { SiteRecordForm(record: $0.record) } } + [
      Field("next_interval", .nullable(.count), "The first interval that is not reported yet.") {
        .optional($0.progress.map { UInt64($0.next.number) })
      },
      Field("generated_wh", .count, "PQ1 of all its reports.") {
        .unsigned($0.total(.generated))
      },
      Field("consumed_wh", .count, "PQ2.") { .unsigned($0.total(.consumed)) },
      Field("sold_wh", .count, "PQ3.") { .unsigned($0.total(.sold)) },
      Field("purchased_wh", .count, "PQ4.") { .unsigned($0.total(.purchased)) },
      Field(
        numbers: "unknown_intervals",
        "In how many reported half hours each flow was unknown, by its code (PQ1 is 0)."
      ) { $0.progress?.unknownIntervals ?? [] },
      Field(
        numbers: "unplaced_wh",
        "What each flow's counters saw while it was unknown: a sum that is never worth anything."
      ) { $0.progress?.unplacedWh ?? [] },
      Field("minted_wh", .count, "The part of PQ1 that was minted from.") {
        .unsigned($0.progress?.mintedWh ?? 0)
      },
    ]

  /// The energy of a flow over all reports, in Wh.
  public func total(_ flow: EnergyFlow) -> UInt64 {
    progress.map { $0.totals[Int(flow.rawValue)] } ?? 0
  }
}

/// PQ1–PQ4 of a day or a month.
public struct EnergySumsForm: Form {
  public let period: String
  public let sums: EnergySums

  public static let name = "EnergySums"
  public static let fields: [Field<Self>] = [
    Field("period", .text(), "A day, a month, or the start of an interval.") { .text($0.period) },
    Field("count", .count, "Of a site: recorded half hours; of the network: sites that reported.") {
      .unsigned(UInt64(max(0, $0.sums.count)))
    },
    Field("generated_wh", .count, "PQ1.") { .unsigned($0.sums.generatedWh) },
    Field("consumed_wh", .count, "PQ2.") { .unsigned($0.sums.consumedWh) },
    Field("sold_wh", .count, "PQ3.") { .unsigned($0.sums.soldWh) },
    Field("purchased_wh", .count, "PQ4.") { .unsigned($0.sums.purchasedWh) },
  ]
}

/// A site's day, half hour by half hour.
struct SiteDayForm: Form {
  let site: SiteId
  let date: CalendarDate
  let first: Interval
  let flows: DayFlows

  static let name = "SiteDay"
  static let fields: [Field<Self>] =
    [
      Field("site", .id, "The site.") { .text($0.site.hex) },
      Field("date", .date, "The day, by the site's own clock.") { .text("\($0.date)") },
      Field("first_interval", .count, "The interval of its first slot.") {
        .unsigned(UInt64($0.first.number))
      },
      Field("first_interval_start", .time, "When that begins.") { .text("\($0.first.start)") },
      Field(
        list: "qualities", of: .nullable(.choice(Quality.allCases.map { "\($0)" })),
        "How well each of the 48 half hours is known, the worst of its flows; null where nothing is reported."
      ) { $0.flows.qualities.map { $0.map { Quality.words[Int($0.worst.rawValue)] } ?? .null } },
    ]
    + EnergyFlow.allCases.map { flow in
      Field(
        list: flow.member, of: .nullable(.count),
        flow.meaning + " One number each half hour; null where it is unknown or not reported."
      ) { day in
        zip(day.flows.qualities, day.flows[flow]).map { known, energy in
          known.map { $0[flow] != .unknown } ?? false ? .unsigned(energy) : .null
        }
      }
    }
}

extension ExplorerSource {
  /// A site with what it has reported, or nil.
  public func siteForm(_ id: SiteId) throws -> SiteForm? {
    guard let record = try site(id) else { return nil }
    guard let progress = try ledger.progress(id) else {
      return SiteForm(record: record, progress: nil)
    }
    return SiteForm(record: record, progress: progress)
  }

  /// The months of a site's year that anything is reported of.
  public func months(of site: SiteId, year: Int) throws -> [EnergySumsForm] {
    guard let from = CalendarDate(year: year, month: 1, day: 1)?.dayNumber,
      let to = CalendarDate(year: year + 1, month: 1, day: 1)?.dayNumber
    else { return [] }
    let days = try index.days(of: site, in: UInt32(clamping: from)..<UInt32(clamping: to))
    return ExplorerSource.months(days)
  }

  /// Days added up to months, oldest first.
  public static func months(_ days: [EnergySums]) -> [EnergySumsForm] {
    var months: [(String, EnergySums)] = []
    for day in days {
      let period = "\(CalendarDate(dayNumber: Int64(day.number)))".prefix(7).description
      if months.last?.0 == period {
        months[months.count - 1].1 = months[months.count - 1].1 + day
      } else {
        months.append((period, day))
      }
    }
    return months.map { EnergySumsForm(period: $0.0, sums: $0.1) }
  }
}

extension Resources {
  static let site = Parameter("site", .id, "Id of a site.")
  static let from = Parameter("from", .date, "The first day; 30 days before `to` unless told.")
  static let to = Parameter("to", .date, "The last day; the newest unless told.")

  func sites() -> [Endpoint] {
    [
      Endpoint(
        "/api/v1/sites", "sites", "The sites in the order of their registration.",
        gives: .page(SiteForm.schema)
      ) { call in Answer(try sitePage(of: nil, call), for: call) },
      Endpoint(
        "/api/v1/sites/{site}", "sites", "A site with what it has reported.", [Resources.site],
        gives: .form(SiteForm.schema), failures: [.notFound]
      ) { call in Answer(try found(call)) },
      Endpoint(
        "/api/v1/sites/{site}/days/{date}", "sites", "A day of it, half hour by half hour.",
        [Resources.site, Parameter("date", .date, "The day, by the site's own clock.")],
        gives: .form(SiteDayForm.schema), failures: [.notFound]
      ) { call in
        let id = SiteId(call.id("site") ?? .zero)
        let date = call.date("date") ?? CalendarDate(dayNumber: 0)
        let day = UInt32(clamping: date.dayNumber)
        guard let record = try source.site(id), let flows = try source.index.flows(of: id, day: day)
        else { throw Problem.notFound("nothing is reported of that site and day") }
        return Answer(
          SiteDayForm(
            site: id, date: date, first: record.interval(day: day, slot: 0), flows: flows))
      },
      Endpoint(
        "/api/v1/sites/{site}/days", "sites", "PQ1–PQ4 of its days, oldest first.",
        [Resources.site, Resources.from, Resources.to],
        gives: .page(EnergySumsForm.schema), failures: [.notFound]
      ) { call in
        let form = try found(call)
        let range = days(call, newest: try source.index.span(of: form.record.id)?.upperBound)
        let all = try source.index.days(
          of: form.record.id, in: range, limit: call.limit + 1)
        return Answer(dayPage(all, call), for: call)
      },
      Endpoint(
        "/api/v1/sites/{site}/months", "sites", "PQ1–PQ4 of the months of a year.",
        [
          Resources.site,
          Parameter("year", .integer(1970...9998), "The year.", isRequired: true),
        ],
        gives: .page(EnergySumsForm.schema), failures: [.notFound]
      ) { call in
        let year = Int(call.integer("year") ?? 1970)
        let months = try source.months(of: try found(call).record.id, year: year)
        return Answer(Page(months, next: nil), for: call)
      },
      Endpoint(
        "/api/v1/sites/{site}/reports", "sites", "Its reports, newest first.", [Resources.site],
        gives: .page(TransactionForm.schema), failures: [.notFound]
      ) { call in
        let before = Interval(UInt32(clamping: call.cursor?.0 ?? Int64(UInt32.max)))
        let all = try source.index.transactions(
          kind: Report.kind, of: try found(call).record.id, in: Interval(0)..<before,
          limit: call.limit + 1)
        return Answer(
          Page(all, for: call, cursor: { "\($0.first?.number ?? 0)" }, form: TransactionForm.init),
          for: call)
      },
      Endpoint(
        "/api/v1/energy/days", "energy", "PQ1–PQ4 of the network by day, oldest first.",
        [Resources.from, Resources.to], gives: .page(EnergySumsForm.schema)
      ) { call in
        let newest = try source.index.newestInterval().map { UTCOffset.japan.day(of: $0).day }
        let range = days(call, newest: newest)
        let all = try source.index.networkDays(in: range, limit: call.limit + 1)
        return Answer(dayPage(all, call), for: call)
      },
      Endpoint(
        "/api/v1/energy/intervals", "energy", "PQ1–PQ4 of the network by interval, oldest first.",
        [Parameter("from", .interval, "The first interval; a day before the newest unless told.")],
        gives: .page(EnergySumsForm.schema)
      ) { call in
        let newest = try source.index.newestInterval()?.number ?? 0
        let first = call.cursor.map { UInt32(clamping: $0.0) } ?? call.interval("from")?.number
        let from = Interval(first ?? newest.subtractingDownToZero(47))
        let all = try source.index.networkIntervals(
          in: from..<from.advanced(by: UInt32(call.limit + 1)))
        let page = Page(
          all, for: call, cursor: { "\($0.number + 1)" },
          form: {
            EnergySumsForm(period: "\(Interval($0.number))", sums: $0)
          })
        return Answer(page, for: call)
      },
    ]
  }

  private func dayPage(_ days: [EnergySums], _ call: Call) -> Page {
    Page(
      days, for: call, cursor: { "\($0.number + 1)" },
      form: {
        EnergySumsForm(period: "\(CalendarDate(dayNumber: Int64($0.number)))", sums: $0)
      })
  }

  private func days(_ call: Call, newest: UInt32?) -> Range<UInt32> {
    let last = call.date("to").map { UInt32(clamping: $0.dayNumber) } ?? newest ?? 0
    let first =
      call.date("from").map { UInt32(clamping: $0.dayNumber) } ?? last.subtractingDownToZero(30)
    let from = call.cursor.map { UInt32(clamping: $0.0) } ?? first
    return min(from, last + 1)..<last + 1
  }

  func sitePage(of member: MemberId?, _ call: Call) throws -> Page {
    let all = try source.index.entities(
      .site, of: member, after: call.cursor?.0 ?? 0, limit: call.limit + 1)
    return try Page(
      all, for: call, cursor: { "\($0.number)" },
      form: { entity in
        guard let form = try source.siteForm(SiteId(entity.id)) else {
          throw Problem(.serviceUnavailable, "the chain moved on; ask again")
        }
        return form
      })
  }

  private func found(_ call: Call) throws -> SiteForm {
    guard let form = try source.siteForm(SiteId(call.id("site") ?? .zero)) else {
      throw Problem.notFound("the network has no site \(call["site"] ?? "")")
    }
    return form
  }
}
