// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Charts
import ExplorerIndex
import HTTPAPI
import HTTPTypes
import HomeEnergy
import Ledger
import LedgerStore
import Markup
import Quantities
import WebService

/// Claims that wait for a person: each with its day, its neighbours' day, and what the checks said.
struct DeskPages {
  /// Claims in the list, and neighbours beside one.
  private static let listLimit = 200
  private static let neighbourLimit = 3

  static func endpoints(
    _ source: ExplorerSource, _ household: Household, _ desk: DeskStore
  ) -> [Endpoint] {
    let claim = Parameter("claim", .id, "")
    return [
      .page("/home/desk", source, isShared: false) { view, call in
        try HouseholdPages.guardOpen(household, to: call)
        return try DeskPages(view: view, desk: desk).list()
      },
      .page("/home/desk/{claim}", source, [claim], isShared: false) { view, call in
        try HouseholdPages.guardOpen(household, to: call)
        return try DeskPages(view: view, desk: desk).one(ClaimId(call.id("claim") ?? .zero))
      },
      .action("/home/desk/release", source) { view, call, values in
        try HouseholdPages.guardOpen(household, to: call)
        let id = try DeskPages.claim(values, view)
        guard try desk.release(id) else { throw DeskPages.notHeld(view) }
        return Answer(seeing: "/home/desk")
      },
      .action("/home/desk/refuse", source) { view, call, values in
        try HouseholdPages.guardOpen(household, to: call)
        let id = try DeskPages.claim(values, view)
        let reason = values["reason"] ?? ""
        guard ClaimDecision.Reason.canSay(reason) else {
          let text = view.t(
            "Say why in one sentence of at most 255 bytes.", "理由を 1 文（255 バイト以内）で書いてください。")
          return Answer(
            try DeskPages(view: view, desk: desk).one(id, problem: text, reason: reason),
            status: .unprocessableContent, freshness: .never)
        }
        guard try desk.turnDown(id, because: reason) else { throw DeskPages.notHeld(view) }
        return Answer(seeing: "/home/desk")
      },
    ]
  }

  private static func claim(_ values: [String: String], _ view: View) throws -> ClaimId {
    guard let id = values["claim"].flatMap({ ClaimId(hex: $0) }) else { throw notHeld(view) }
    return id
  }

  private static func notHeld(_ view: View) -> Problem {
    Problem(.conflict, view.t("No such claim is held any more.", "この申請は保留ではありません。"))
  }

  let view: View
  let desk: DeskStore

  private func list() throws -> HTML {
    let title = view.t("The exchange's desk", "交換所の窓口")
    let claims = try desk.claims(.held, limit: DeskPages.listLimit)
    let rows = try claims.map { claim -> [HTML] in
      let site = try view.source.site(claim.site)
      let reason = try desk.decisions(on: claim.id).last?.reasons.max { $0.score < $1.score }
      return [
        view.link("home/desk", claim.id.hex, site?.name ?? "?"),
        view.period(claim.first, claim.length), "\(reason?.sentence ?? "")",
      ]
    }
    return view.page(
      title, "home",
      """
      <h1>\(title)</h1>\(view.table(
        view.t("Held for a person", "確認待ち"),
        [view.t("Site", "設備"), view.t("Period", "期間"), view.t("Gravest doubt", "最も大きな疑い")], rows,
        isList: true))<p><a href="/claims">\(view.t("All decisions", "すべての決定"))</a></p>
      """)
  }

  private func one(_ id: ClaimId, problem: String? = nil, reason: String = "") throws -> HTML {
    guard let decision = try desk.decisions(on: id).last,
      let site = try view.source.site(decision.claim.site)
    else { throw Problem.notFound(view.t("The desk has no such claim.", "その申請はありません。")) }
    let claim = decision.claim
    let day = site.day(of: claim.first).day
    let title = "\(site.name), \(CalendarDate(dayNumber: Int64(day)))"
    let doubts = decision.reasons.map { reason -> [HTML] in
      ["\(reason.check)", "\(View.thousandths(UInt64(reason.score)))", "\(reason.sentence)"]
    }
    let isHeld = try desk.claims(.held, of: claim.site).contains { $0.id == id }
    return view.page(
      title, "home",
      """
      <h1>\(title)</h1>\(view.table(
        view.t("What the checks said", "検査の結果"),
        [view.t("Check", "検査"), view.t("Doubt, 0–1", "疑い 0–1"), view.t("In words", "説明")], doubts,
        numbers: [1]))<div class="grid">\(try pictures(site, day))</div>\
      \(isHeld ? decide(id, problem, reason) : "<p>\(view.link("claims", id.hex, view.t("It is decided.", "決定済みです。")))</p>")
      """)
  }

  /// The site's own day, then those of the nearest roofs that generated.
  private func pictures(_ site: SiteRecord, _ day: UInt32) throws -> HTML {
    var others: [(distance: Int, site: SiteRecord)] = []
    for entity in try view.source.index.entities(.site, limit: DeskPages.listLimit)
    where entity.id != site.id.value {
      guard let other = try view.source.site(SiteId(entity.id)), other.method == site.method,
        try view.source.index.flows(of: other.id, day: day) != nil
      else { continue }
      let north = site.position.latitudeTenths - other.position.latitudeTenths
      let east = site.position.longitudeTenths - other.position.longitudeTenths
      others.append((north * north + east * east, other))
    }
    others.sort { ($0.distance, $0.site.id) < ($1.distance, $1.site.id) }
    var parts = try picture(site, day, number: 0)
    for (number, other) in others.prefix(DeskPages.neighbourLimit).enumerated() {
      parts += try picture(other.site, day, number: number + 1)
    }
    return parts
  }

  private func picture(_ site: SiteRecord, _ day: UInt32, number: Int) throws -> HTML {
    let known = try view.source.index.flows(of: site.id, day: day)
    let period = EnergyPeriod(.day, around: CalendarDate(dayNumber: Int64(day)))
    let flows = PeriodFlows(period, known.map { [day: $0] } ?? [:])
    let names = (0..<48).map { view.clock(site.interval(day: day, slot: $0)) }
    var chart = EnergyPicture.chart(
      view, site.name, id: "n\(number)", flows.bars, names: names, unknown: { flows.unknown[$0] })
    chart.ticks = stride(from: 0, through: 48, by: 12).map { BarChart.Tick($0, "\($0 / 2)") }
    let capacity = "\(View.thousandths(UInt64(site.capacityW))) kW"
    return """
      <section><h2>\(number == 0 ? view.t("The claim's day", "申請の日") : view.t("A neighbour", "近隣の設備"))</h2>\
      <p>\(view.link("sites", site.id.hex, site.name)) · \(capacity) · \(site.region)</p>\(chart.html)</section>
      """
  }

  private func decide(_ id: ClaimId, _ problem: String?, _ reason: String) -> HTML {
    """
    <section class="narrow" id="decide"><h2>\(view.t("Your decision", "決定"))</h2>\(view.problem(problem))\
    <form method="post" action="/home/desk/release"><input type="hidden" name="claim" value="\(id.hex)">\
    <button>\(view.t("Release: it is minted", "承認（発行する）"))</button></form>\
    <form method="post" action="/home/desk/refuse"><input type="hidden" name="claim" value="\(id.hex)">\
    <label for="reason">\(view.t("Refuse, because (everybody can read it)", "拒否の理由（公開されます）"))</label>\
    <input id="reason" name="reason" maxlength="255" value="\(reason)" required>\
    <button>\(view.t("Refuse", "拒否する"))</button></form>\
    <p class="small">\(view.t("The running exchange signs it at its next block.", "次のブロックで交換所が署名します。"))</p></section>
    """
  }
}
