// SPDX-License-Identifier: Apache-2.0

import Clocks
import ExplorerIndex
import HTTPAPI
import Ledger
import LedgerCrypto
import LedgerStore
import MeterServices
import NodeServices
import PeerProtocol
import Quantities
import WebService
import Wire

/// A home's day, how its meters are, and how far its half hours have come.
struct Dashboard {
  let view: View
  let household: Household

  func page() async throws -> HTML {
    guard let key = household.key, let site = try view.source.ledger.site(of: key),
      let form = try view.source.siteForm(site)
    else {
      return view.page(
        view.homeTitle, "home",
        """
        <h1>\(view.homeTitle)</h1><section><p>\(view.t(
          "The network does not know this site yet. Once the operator has admitted it, its energy appears here.",
          "この設備はまだネットワークに登録されていません。運営者の承認後、ここに電気が表示されます。"))</p></section>\(try JoinPages(view: view, household: household).waiting())\(try devices.sections())\(logout)
        """)
    }
    let member = try view.source.memberForm(form.record.member)
    let now = view.source.clock.now
    let today = form.record.utcOffset.day(of: Interval(containing: now)).day
    let open = try await household.meters?.openHalfHours() ?? []
    let newest = try view.source.index.span(of: site)?.upperBound
    let read = open.last.map { form.record.utcOffset.day(of: $0.reading.interval).day }
    let day = min([newest, read].compactMap { $0 }.max() ?? today, today)
    var flows = try view.source.index.flows(of: site, day: day) ?? DayFlows()
    for half in open {
      let (own, slot) = form.record.utcOffset.day(of: half.reading.interval)
      if own == day { flows.set(slot, to: half.reading) }
    }
    return view.page(
      form.record.name, "home",
      """
      <h1>\(form.record.name)</h1>\(figures(flows, day: day, isToday: day == today, member))\
      \(chart(flows, form.record, day, open))<div class="grid">\(try devices.sections())\(try await sealed(form))</div>\(logout)
      """)
  }

  private var logout: HTML {
    "<form method=\"post\" action=\"/home/logout\"><button>\(view.t("Log out", "ログアウト"))</button></form>"
  }

  private func figures(
    _ flows: DayFlows, day: UInt32, isToday: Bool, _ member: MemberForm?
  ) -> HTML {
    let date = "\(CalendarDate(dayNumber: Int64(day)))"
    let (pq1, pq2) = (flows.total(.generated), flows.total(.consumed))
    let (pq3, pq4) = (flows.total(.sold), flows.total(.purchased))
    func percent(_ part: UInt64, _ whole: UInt64) -> String {
      whole == 0 ? "–" : "\(min(part, whole) * 100 / whole) %"
    }
    let flowsShown: [EnergyFlow] = [.generated, .consumed, .sold, .purchased]
    var shown = flowsShown.map { flow in
      view.figure(view.name(flow), view.kWh(flows.total(flow)), "\(flow)")
    }
    shown.append(
      view.figure(
        view.t("Self-sufficiency", "自給率"), percent(pq2.subtractingDownToZero(pq4), pq2), "",
        "<small>\(view.t("of the consumption", "消費のうち"))</small>"))
    shown.append(
      view.figure(
        view.t("Self-consumption", "自家消費率"), percent(pq1.subtractingDownToZero(pq3), pq1), "",
        "<small>\(view.t("of the generation", "発電のうち"))</small>"))
    let pairs: [(EnergyFlow, EnergyFlow, String)] = [
      (.batteryCharged, .batteryDischarged, view.t("Battery, in / out", "蓄電池 充電 / 放電")),
      (.vehicleCharged, .vehicleDischarged, view.t("Car, in / out", "車 充電 / 放電")),
    ]
    for (into, out, name) in pairs where flows.total(into) + flows.total(out) > 0 {
      shown.append(
        view.figure(
          name,
          "\(View.thousandths(flows.total(into))) / \(View.thousandths(flows.total(out))) kWh"))
    }
    if let member {
      shown.append(
        view.figure(view.t("Coins", "コイン"), view.coins(member.coins.balance), "coin"))
    }
    return """
      <p class="soft">\(isToday
        ? view.t("Today, as far as read", "今日（計量済みの分）")
        : view.t("The newest day read", "計量された最新の日")): \(date)</p>\
      <div class="figures" id="figures" data-live>\(shown)</div>
      """
  }

  private var devices: DevicePages { DevicePages(view: view, household: household) }

  /// How far the half hours have come that are not final.
  private func progress(_ open: [OpenHalfHour]) -> HTML {
    func count(_ state: OpenHalfHour.State) -> Int { open.count { $0.state == state } }
    guard let last = open.last else {
      let all = view.t("Every half hour is reported and final.", "すべての 30 分値が確定しています。")
      return "\(all)"
    }
    let until = view.time(last.reading.interval.end)
    return """
      \(view.t("Read until", "計量済み")) \(until). \(view.t("Half hours that are not final:", "未確定の 30 分値:")) \
      \(view.t("read and not reported yet", "計量済み・未報告")) \(count(.read)), \
      \(view.t("waiting for a block", "ブロック待ち")) \(count(.waiting)), \
      \(view.t("in a block that is not final", "確定待ち")) \(count(.sealed)).
      """
  }

  private func chart(
    _ flows: DayFlows, _ record: SiteRecord, _ day: UInt32, _ open: [OpenHalfHour]
  ) -> HTML {
    let title = view.t("Half hour by half hour", "30 分ごと")
    let shown = EnergyFlow.allCases.filter { $0 <= .purchased || flows.total($0) > 0 }
    let labels = (0..<48).map { "\($0 / 2):\($0 % 2 == 0 ? "00" : "30")" }
    return """
      <section id="day" data-live><h2>\(title)</h2>\
      \(view.day(title, shown, of: flows, labels: labels))\
      <p class="soft" id="progress">\(progress(open)) \
      <a href="/home/half-hours">\(view.t("As JSON", "JSON で見る"))</a></p>\
      <p><a href="/sites/\(record.id.hex)">\(view.t("All days", "すべての日"))</a></p></section>
      """
  }

  /// The last report on the chain, and how the node is linked.
  private func sealed(_ form: SiteForm) async throws -> HTML {
    let reports = try view.source.index.transactions(
      kind: Report.kind, of: form.record.id, in: Interval(0)..<Interval(.max), limit: 5)
    let peers = await view.source.keeper?.peers.count { $0.hello != nil } ?? 0
    let tip = try view.source.index.blocks(limit: 1).first
    return """
      <div>\(view.transactionTable(reports, id: "reports"))<section>\(view.facts([
        (
          view.t("Last report sealed", "最後に封じた報告"),
          reports.first.map { view.time($0.time) } ?? "–"
        ),
        (view.t("Reported up to", "報告済み"), form.progress.map { view.time($0.next.start) } ?? "–"),
        (view.t("Peers", "接続相手"), "\(peers)"),
        (view.t("Newest block", "最新ブロック"), tip.map { view.link("blocks", "\($0.height)", "\($0.height)") } ?? "–"),
      ]))</section></div>
      """
  }
}
