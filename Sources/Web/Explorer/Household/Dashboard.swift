// SPDX-License-Identifier: Apache-2.0

import Charts
import Clocks
import ExplorerIndex
import HTTPAPI
import HomeEnergy
import Ledger
import LedgerCrypto
import LedgerStore
import Markup
import MeterServices
import NodeServices
import PeerProtocol
import Quantities
import WebService
import Wire

/// A home's own page: what flows now, its day, week, month or year, what that is worth, and how far
/// its half hours and coins have come.
struct Dashboard {
  let view: View
  let household: Household

  /// The page, of the period that the call names.
  func page(_ call: Call) async throws -> HTML {
    guard let key = household.key, let site = try view.source.ledger.site(of: key),
      let form = try view.source.siteForm(site)
    else { return try unknown() }
    let open = try await household.meters?.openHalfHours() ?? []
    let flows = try await energy(form, open, call)
    let member = try view.source.memberForm(form.record.member)
    let now = await picture(form, flows.day, member)
    let held = try held(form)
    let prices = HomePrices(folder: household.folder)
    let shares = HomeShares(flows.shown.whole)
    return view.page(
      form.record.name, "home",
      """
      \(head(form, now, held.count))<div class="lay home">\(flow(now))\(flows.section)\
      \(gauges(shares, flows.shown))\(MoneyPart(view: view, prices: prices).html(flows.shown, shares))\
      \(coins(form, member, held))\(try steps(form, open))</div>\
      \(try household.office.map { try OfficePages.links(view, $0) } ?? "")\
      \(try devices.sections())\(logout)
      """)
  }

  /// What is shown before the operator has let the home in.
  private func unknown() throws -> HTML {
    view.page(
      view.homeTitle, "home",
      """
      <h1>\(view.homeTitle)</h1><section><p>\(view.t(
        "The network does not know this site yet. Once the operator has admitted it, its energy appears here.",
        "この設備はまだネットワークに登録されていません。運営者の承認後、ここに電気が表示されます。"))</p></section>\(try JoinPages(view: view, household: household).waiting())\(try devices.sections())\(logout)
      """)
  }

  private var logout: HTML {
    "<form method=\"post\" action=\"/home/logout\"><button>\(view.t("Log out", "ログアウト"))</button></form>"
  }

  private var devices: DevicePages { DevicePages(view: view, household: household) }

  // MARK: Now

  private func picture(
    _ form: SiteForm, _ day: PeriodFlows, _ member: MemberForm?
  ) async -> FlowPicture {
    let look = await household.watch?.look()
    let now = look?.now ?? HomeNow()
    let total = day.total
    func gave(_ store: HomeFlows.Store) -> Bool { store.charged + store.discharged > 0 }
    return FlowPicture(
      view: view, now: now, age: look?.age ?? 0,
      hasSun: form.record.capacityW > 0 || now.generated != nil,
      hasBattery: form.record.batteryWh > 0 || now.battery != nil || gave(total.battery),
      hasCar: now.vehicle != nil || gave(total.vehicle),
      coins: View.grouped((member?.coins.balance.value ?? 0) / 1000))
  }

  /// Whether somebody is needed; where no meter was ever heard nobody can say that all is well.
  private var standing: HTML {
    let health = MeterHealth(folder: household.folder)
    let troubles = health?.troubles(view.language, now: view.source.clock.now) ?? []
    guard troubles.isEmpty else {
      return
        "<a class=\"badge bad\" href=\"#troubles\">⚠ \(view.t("Somebody is needed", "対応が必要です"))</a>"
    }
    guard let health, !health.devices.isEmpty, health.lastSample > 0 else {
      return
        "<a class=\"badge wait\" href=\"#devices\">◷ \(view.t("Waiting for the meters", "メーターの応答待ち"))</a>"
    }
    return "<a class=\"badge good\" href=\"#devices\">✓ \(view.t("All well", "順調です"))</a>"
  }

  private func head(_ form: SiteForm, _ now: FlowPicture, _ held: Int) -> HTML {
    let waits: HTML =
      held == 0
      ? ""
      : "<a class=\"badge wait\" href=\"#coins\">◷ \(view.t("\(held) held", "保留 \(held) 件"))</a>"
    return """
      <div class="page-head" id="head" data-live data-every="15"><div class="head">\
      <h1 class="over">\(form.record.name) · \(view.hour(view.source.clock.now))</h1>\
      <p class="meta">\(standing)\(waits)</p></div><p class="say">\(now.sentence)</p></div>
      """
  }

  private func flow(_ now: FlowPicture) -> HTML {
    """
    <section class="flow" id="now" data-live data-every="15" aria-label="\(view.t("Now", "いま"))">\(now.html)</section>
    """
  }

  // MARK: A period

  private func energy(
    _ form: SiteForm, _ open: [OpenHalfHour], _ call: Call
  ) async throws -> (section: HTML, shown: PeriodFlows, day: PeriodFlows) {
    let offset = form.record.utcOffset
    let clock = offset.clock(at: view.source.clock.now)
    var periods = EnergyPeriods(view: view, path: "/home", sites: [form.record.id])
    periods.open = open.map { half in
      let (day, slot) = offset.day(of: half.reading.interval)
      return (day, slot, half)
    }
    periods.today = (clock.date, Int(clock.secondsOfDay) * 1000 / 86_400)
    let newest = min(try periods.newest() ?? clock.date, clock.date)
    let period = try EnergyPeriod(call, newest: newest)
    let shown = try periods.flows(period)
    let day =
      period.kind == .day ? shown : try periods.flows(EnergyPeriod(.day, around: newest))
    let section = periods.section(
      shown, before: try periods.before(period), newest: max(newest, clock.date))
    return (section, shown, day)
  }

  private func gauges(_ shares: HomeShares, _ flows: PeriodFlows) -> HTML {
    let count = flows.partialHalfHours
    let unknown: HTML =
      count == 0
      ? ""
      : "<p class=\"soft small\">\(view.t("\(count) half hours are not known in full and are left out.", "一部不明の 30 分値 \(count) 個を除いています。"))</p>"
    return """
      <section id="gauges" data-live><h2>\(view.t("How much is your own", "自給のようす"))</h2>\
      <p class="soft small">\(flows.period.title(view))</p><div class="gauges">\(Gauge(
      view.t("Self-sufficiency", "自給率"), shares.selfSufficiency, style: "sun",
      note: view.t("of what was used", "消費のうち")).html)\(Gauge(
      view.t("Self-consumption", "自家消費率"), shares.selfConsumption, style: "batt",
      note: view.t("of what was made", "発電のうち")).html)</div>\(unknown)</section>
      """
  }

  // MARK: Coins

  /// The newest decisions on this home's claims that wait for somebody at the exchange, as far as
  /// the last thousand of the network go back.
  private func held(_ form: SiteForm) throws -> [ClaimDecision] {
    var seen: Set<ClaimId> = []
    return try view.source.ledger.decisions(limit: 1000).map(\.decision).filter { decision in
      decision.claim.site == form.record.id && seen.insert(decision.claim.id).inserted
        && decision.outcome == .held
    }
  }

  private func coins(
    _ form: SiteForm, _ member: MemberForm?, _ held: [ClaimDecision]
  ) -> HTML {
    let balance = member?.coins.balance ?? .zero
    let waiting = form.total(.generated).subtractingDownToZero(form.progress?.mintedWh ?? 0)
    let waits = held.prefix(5).map { decision -> HTML in
      let reason = decision.reasons.first?.sentence ?? ""
      let day = form.record.utcOffset.day(of: decision.claim.first).day
      return """
        <li><span>\(view.t("Held", "保留")) <a href="/claims/\(decision.claim.id.hex)">\
        \(view.date(CalendarDate(dayNumber: Int64(day))))</a></span><b></b>\
        <small>\(reason) \(view.t("The exchange is looking at it.", "交換所が確認しています。"))</small></li>
        """
    }
    return """
      <section id="coins" data-live><h2>\(view.t("Coins", "コイン"))</h2>\
      <p class="amount">\(View.thousandths(balance.value)) <small>\(view.t("coins", "コイン"))</small></p>\
      <ul class="sums"><li><span>\(view.t("Minted from this site", "この設備からの発行"))</span>\
      <b>\(view.kWh(form.progress?.mintedWh ?? 0))</b></li>\
      <li><span>\(view.t("Not minted yet", "未発行"))</span><b>\(view.kWh(waiting))</b>\
      <small>\(view.t(
        "Generated and on the chain; the exchange mints whole days after they are final.",
        "記録済みの発電です。日付が変わり確定した後、交換所が一日分ずつ発行します。"))</small></li>\(waits)</ul>\
      <p><a href="/members/\(form.record.member.hex)">\(view.t("All of your coins", "コインの一覧"))</a></p></section>
      """
  }

  // MARK: The last report

  /// How far the half hours have come: measured, reported, in a block, final.
  private func steps(_ form: SiteForm, _ open: [OpenHalfHour]) throws -> HTML {
    let reported = form.progress?.next.start
    func ends(_ states: Set<OpenHalfHour.State>) -> NetworkTime? {
      open.last { states.contains($0.state) }?.reading.interval.end
    }
    let final = try finalEnd(form)
    let rows: [(String, NetworkTime?)] = [
      (view.t("Measured", "計測"), ends([.read, .waiting, .sealed]) ?? reported),
      (view.t("Reported", "報告"), ends([.waiting, .sealed]) ?? reported),
      (view.t("In a block", "ブロック"), reported), (view.t("Final", "確定"), final),
    ]
    let items = rows.map { name, time -> HTML in
      "<li>\(name)<b>\(time.map { view.hour($0) } ?? "–")</b></li>"
    }
    let last = try view.source.index.transactions(
      kind: Report.kind, of: form.record.id, in: Interval(0)..<Interval(.max), limit: 1
    ).first
    let link: HTML =
      last.map { summary in
        "<p><a href=\"/transactions/\(summary.id.hex)\">\(view.t("The last report", "最後の報告"))</a></p>"
      } ?? ""
    return """
      <section id="progress" data-live><h2>\(view.t("How far it has come", "どこまで進んだか"))</h2>\
      <ol class="steps">\(items)</ol><p>\(sentence(reported, final))</p>\
      <p class="soft small">\(view.t(
        "What is not on the chain yet is hatched in the chart.", "チェーンに載る前の値は、グラフでは斜線です。")) \
      <a href="/home/half-hours">\(view.t("As JSON", "JSON で見る"))</a></p>\(link)</section>
      """
  }

  /// The end of the newest report that nobody can take back; nil where none of the last thousand is
  /// known to be.
  private func finalEnd(_ form: SiteForm) throws -> NetworkTime? {
    let settled = try view.source.ledger.settledHeight()
    let newest = try view.source.index.transactions(
      kind: Report.kind, of: form.record.id, in: Interval(0)..<Interval(.max), limit: 1000
    ).first { $0.place.height <= settled }
    guard let newest else { return nil }
    // Where its body was pruned it is final up to its beginning at least.
    guard
      case .report(let report)? = try view.source.index.content(
        of: newest, in: view.source.ledger)?.transaction
    else { return newest.first?.start }
    return report.readings.last?.interval.end
  }

  private func sentence(_ reported: NetworkTime?, _ final: NetworkTime?) -> HTML {
    guard let reported else {
      return "\(view.t("Nothing has been reported yet.", "まだ報告がありません。"))"
    }
    guard let final else {
      return
        "\(view.t("Everything up to", "")) \(view.time(reported)) \(view.t("is in a block.", "までがブロックに載っています。"))"
    }
    if reported == final {
      return
        "\(view.t("Everything up to", "")) \(view.time(reported)) \(view.t("is on the chain and final.", "までがチェーン上で確定しています。"))"
    }
    return """
      \(view.t("Everything up to", "")) \(view.time(reported)) \(view.t("is in a block; up to", "までがブロックに載り、")) \
      \(view.time(final)) \(view.t("it is final.", "までが確定しています。"))
      """
  }
}

extension View {
  /// The hour and minute of a moment by the clock of Japan, with its day.
  func hour(_ time: NetworkTime) -> String {
    let clock = UTCOffset.japan.clock(at: time)
    let minute = String(100 + clock.secondsOfDay / 60 % 60).dropFirst()
    return "\(clock.date.month)/\(clock.date.day) \(clock.secondsOfDay / 3600):\(minute)"
  }
}
