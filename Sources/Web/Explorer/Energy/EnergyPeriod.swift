// SPDX-License-Identifier: Apache-2.0

import Charts
import Quantities
import WebService

/// A day, a week from Monday, a month or a year of a site's own calendar, as a page shows it.
struct EnergyPeriod: Hashable {
  enum Kind: String, CaseIterable {
    case day
    case week
    case month
    case year
  }

  /// What a page takes that shows a period.
  static let parameters = [
    Parameter("day", .date, ""), Parameter("week", .date, ""), Parameter("month", .text(7), ""),
    Parameter("year", .integer(1970...9998), ""),
  ]

  let kind: Kind
  /// Its first day.
  let first: CalendarDate

  /// The period of a kind that a day lies in.
  init(_ kind: Kind, around date: CalendarDate) {
    self.kind = kind
    first =
      switch kind {
      case .day: date
      case .week: CalendarDate(dayNumber: max(0, date.dayNumber - Int64(date.weekday)))
      case .month: CalendarDate(year: date.year, month: date.month, day: 1) ?? date
      case .year: CalendarDate(year: date.year, month: 1, day: 1) ?? date
      }
  }

  /// The period that a call names; the newest day unless told.
  /// - Throws: `Problem` for what is no period.
  init(_ call: Call, newest: CalendarDate) throws {
    let named = Kind.allCases.filter { call[$0.rawValue] != nil }
    guard named.count <= 1 else {
      throw Problem.badRequest("name one of day, week, month and year, not \(named.count)")
    }
    if let year = call.integer("year") {
      self.init(.year, around: CalendarDate(year: Int(year), month: 1, day: 1) ?? newest)
    } else if let month = call["month"] {
      guard let first = CalendarDate(text: month + "-01") else {
        throw Problem.badRequest("month \"\(month)\" is no month such as 2026-08")
      }
      self.init(.month, around: first)
    } else if let week = call.date("week") {
      self.init(.week, around: week)
    } else {
      self.init(.day, around: call.date("day") ?? newest)
    }
  }

  private var length: Int64 {
    switch kind {
    case .day: 1
    case .week: 7
    case .month: Int64(CalendarDate.days(inMonth: first.month, of: first.year))
    case .year:
      (CalendarDate(year: first.year + 1, month: 1, day: 1)?.dayNumber ?? first.dayNumber + 365)
        - first.dayNumber
    }
  }

  /// Its days since 1970.
  var days: Range<UInt32> {
    UInt32(clamping: first.dayNumber)..<UInt32(clamping: first.dayNumber + length)
  }

  var last: CalendarDate { CalendarDate(dayNumber: first.dayNumber + length - 1) }
  var previous: EnergyPeriod {
    EnergyPeriod(kind, around: CalendarDate(dayNumber: max(0, first.dayNumber - 1)))
  }
  var next: EnergyPeriod {
    EnergyPeriod(kind, around: CalendarDate(dayNumber: first.dayNumber + length))
  }

  /// As a page's address names it.
  var query: String {
    switch kind {
    case .day: "day=\(first)"
    case .week: "week=\(first)"
    case .month: "month=\("\(first)".prefix(7))"
    case .year: "year=\(first.year)"
    }
  }

  /// How many bars it has: half hours, days or months.
  var slots: Int {
    switch kind {
    case .day: 48
    case .week, .month: Int(length)
    case .year: 12
    }
  }

  /// The bar of a half hour of a day.
  func slot(day: UInt32, halfHour: Int) -> Int {
    switch kind {
    case .day: halfHour
    case .week, .month: Int(day) - Int(days.lowerBound)
    case .year: CalendarDate(dayNumber: Int64(day)).month - 1
    }
  }

  var ticks: [BarChart.Tick] {
    switch kind {
    case .day: stride(from: 0, through: 24, by: 6).map { BarChart.Tick($0 * 2, "\($0)") }
    case .week: (0..<7).map { BarChart.Tick($0, "\(day($0).month)/\(day($0).day)") }
    case .month: [1, 8, 15, 22, 29].filter { $0 <= slots }.map { BarChart.Tick($0 - 1, "\($0)") }
    case .year: (0..<12).map { BarChart.Tick($0, "\($0 + 1)") }
    }
  }

  private func day(_ slot: Int) -> CalendarDate {
    CalendarDate(dayNumber: first.dayNumber + Int64(slot))
  }

  /// What a bar is of.
  func name(of slot: Int, _ view: View) -> String {
    func clock(_ half: Int) -> String { "\(half / 2):\(half % 2 == 0 ? "00" : "30")" }
    return switch kind {
    case .day: "\(clock(slot))–\(clock(slot + 1))"
    case .week, .month: view.date(day(slot))
    case .year: view.t("\(first.year)-\(slot + 1)", "\(first.year)年\(slot + 1)月")
    }
  }

  /// What the period is called.
  func title(_ view: View) -> String {
    switch kind {
    case .day: view.date(first)
    case .week: "\(view.date(first)) – \(view.date(last))"
    case .month: view.t("\("\(first)".prefix(7))", "\(first.year)年\(first.month)月")
    case .year: view.t("\(first.year)", "\(first.year)年")
    }
  }

  /// What a kind is called.
  static func name(_ kind: Kind, _ view: View) -> String {
    switch kind {
    case .day: view.t("Day", "日")
    case .week: view.t("Week", "週")
    case .month: view.t("Month", "月")
    case .year: view.t("Year", "年")
    }
  }
}

extension View {
  /// A date with its day of the week, as people say it.
  func date(_ date: CalendarDate) -> String {
    let english = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][date.weekday]
    let japanese = ["月", "火", "水", "木", "金", "土", "日"][date.weekday]
    return t("\(english) \(date)", "\(date.year)年\(date.month)月\(date.day)日（\(japanese)）")
  }
}
