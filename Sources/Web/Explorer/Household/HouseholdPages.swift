// SPDX-License-Identifier: Apache-2.0

import Clocks
import ExplorerIndex
public import Foundation
import HTTPAPI
import HTTPTypes
public import JoinFiles
import Ledger
public import LedgerCrypto
import LedgerStore
import MeterServices
import Metering
import NodeServices
import PeerProtocol
import PeerTransport
import Quantities
import WebService
import Wire

/// The household that a node belongs to.
public struct Household: Sendable {
  /// Writes a new box's request to join and starts its node anew.
  public typealias Join = @Sendable (JoinAnswers, HomeIdentity.Meters) async throws -> Void

  /// The key that signs its site's reports; nil while the box has not asked to join.
  public let key: PublicKey?
  /// The node's data folder.
  public let folder: URL
  /// Who may see its pages.
  public let access: HouseholdAccess

  /// What a box without a key does when somebody wants to join.
  public let join: Join?

  /// A household with these parts.
  public init(key: PublicKey?, folder: URL, access: HouseholdAccess, join: Join? = nil) {
    self.key = key
    self.folder = folder
    self.access = access
    self.join = join
  }
}

/// The household's own pages: first run, log-in, dashboard.
struct HouseholdPages {
  static func endpoints(_ source: ExplorerSource, _ household: Household) -> [Endpoint] {
    let access = household.access
    let form = (type: "application/x-www-form-urlencoded", most: 4096)
    return [
      .page("/home", source, isShared: false) { view, call in
        let pages = HouseholdPages(view: view, household: household)
        if !access.isSetUp { return pages.firstRun }
        guard access.isOpen(to: call) else { return pages.login }
        guard household.key != nil else { return JoinPages(view: view, household: household).form }
        return try await pages.dashboard()
      },
      .page("/home/asked", source, isShared: false) { view, _ in JoinPages.asked(view) },
      Endpoint(.post, "/home/first", "pages", "", body: form, gives: .media("text/plain")) { call in
        try sameOrigin(call)
        try atHome(call)
        let values = try call.form()
        guard values["password"] == values["again"] else {
          throw Problem(.unprocessableContent, "the two passwords differ")
        }
        let code = (values["code"] ?? "").filter { $0 != " " }
        return entered(try access.setUp(code: code, password: values["password"] ?? ""))
      },
      Endpoint(.post, "/home/login", "pages", "", body: form, gives: .media("text/plain")) { call in
        try sameOrigin(call)
        return entered(try access.logIn(password: try call.form()["password"] ?? ""))
      },
      Endpoint(.post, "/home/logout", "pages", "", body: form, gives: .media("text/plain")) {
        call in
        try sameOrigin(call)
        access.logOut(call)
        var answer = Answer(seeing: "/home")
        answer.headers[.setCookie] = "home=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
        return answer
      },
    ] + (household.join.map { JoinPages.endpoints(household, $0) } ?? [])
  }

  /// The first password is set from the home's own network alone.
  private static func atHome(_ call: Call) throws {
    guard HostAddress(ipAddress: call.client)?.isLocal == true else {
      throw Problem(.forbidden, "the first password is set from the home's own network")
    }
  }

  /// Another site's page may not press our buttons.
  static func sameOrigin(_ call: Call) throws {
    guard let origin = call.headers[.origin] else { return }
    guard ["http://\(call.authority)", "https://\(call.authority)"].contains(origin) else {
      throw Problem(.forbidden, "the form was sent from \(origin.prefix(80))")
    }
  }

  private static func entered(_ token: String) -> Answer {
    var answer = Answer(seeing: "/home")
    answer.headers[.setCookie] =
      "home=\(token); Path=/; Max-Age=\(HouseholdAccess.sessionSeconds); HttpOnly; SameSite=Strict"
    return answer
  }

  let view: View
  let household: Household

  private var title: String { view.t("My home", "わが家") }

  private var firstRun: HTML {
    let code = household.folder.appendingPathComponent(HouseholdAccess.codeFile).path
    return view.page(
      title, "home",
      """
      <h1>\(view.t("Welcome to your node", "ノードへようこそ"))</h1><section class="narrow"><p>\(view.t(
        "Nobody has set a password for these pages yet. The box has written a code of eight digits into \(code); whoever can read it there sets the password.",
        "このページのパスワードはまだ設定されていません。8 桁のコードが \(code) に書かれています。それを読める方がパスワードを決めてください。"))</p>\
      <form method="post" action="/home/first"><label for="code">\(view.t("Code", "コード"))</label>\
      <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required>\
      \(field("password", view.t("New password, 8 characters or more", "新しいパスワード（8 文字以上）"), "new-password"))\
      \(field("again", view.t("The same again", "もう一度"), "new-password"))\
      <button>\(view.t("Set the password", "設定する"))</button></form></section>
      """)
  }

  private var login: HTML {
    view.page(
      title, "home",
      """
      <h1>\(title)</h1><section class="narrow"><form method="post" action="/home/login">\
      \(field("password", view.t("Password of this home", "この家のパスワード"), "current-password"))\
      <button>\(view.t("Log in", "ログイン"))</button></form></section>
      """)
  }

  private func field(_ name: String, _ label: String, _ fills: String) -> HTML {
    """
    <label for="\(name)">\(label)</label>\
    <input id="\(name)" name="\(name)" type="password" autocomplete="\(fills)" required>
    """
  }

  // MARK: Dashboard

  private func dashboard() async throws -> HTML {
    guard let key = household.key, let site = try view.source.ledger.site(of: key),
      let form = try view.source.siteForm(site)
    else {
      return view.page(
        title, "home",
        """
        <h1>\(title)</h1><section><p>\(view.t(
          "The network does not know this site yet. Once the operator has admitted it, its energy appears here.",
          "この設備はまだネットワークに登録されていません。運営者の承認後、ここに電気が表示されます。"))</p></section>\(try JoinPages(view: view, household: household).waiting())\(try meters())\(logout)
        """)
    }
    let member = try view.source.memberForm(form.record.member)
    let now = view.source.clock.now
    let today = form.record.utcOffset.day(of: Interval(containing: now)).day
    let newest = try view.source.index.span(of: site)?.upperBound
    let day = newest.map { min($0, today) } ?? today
    let flows = try view.source.index.flows(of: site, day: day) ?? DayFlows()
    return view.page(
      form.record.name, "home",
      """
      <h1>\(form.record.name)</h1>\(figures(flows, day: day, isToday: day == today, member))\
      \(chart(flows, form.record, day))<div class="grid">\(try meters())\(try await sealed(form))</div>\(logout)
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
        ? view.t("Today, as far as reported", "今日（報告済みの分）")
        : view.t("The newest day reported", "報告された最新の日")): \(date)</p>\
      <div class="figures" id="figures" data-live>\(shown)</div>
      """
  }

  private func chart(_ flows: DayFlows, _ record: SiteRecord, _ day: UInt32) -> HTML {
    let title = view.t("Half hour by half hour", "30 分ごと")
    let shown = EnergyFlow.allCases.filter { $0 <= .purchased || flows.total($0) > 0 }
    let labels = (0..<48).map { "\($0 / 2):\($0 % 2 == 0 ? "00" : "30")" }
    return """
      <section id="day" data-live><h2>\(title)</h2>\
      \(view.day(title, shown, of: flows, labels: labels))\
      <p><a href="/sites/\(record.id.hex)">\(view.t("All days", "すべての日"))</a></p></section>
      """
  }

  /// How the meters are, and what they said last.
  private func meters() throws -> HTML {
    let file = household.folder.appendingPathComponent(MeterHealth.fileName)
    let health = (try? Data(contentsOf: file)).flatMap {
      try? JSONDecoder().decode(MeterHealth.self, from: $0)
    }
    let rows = (health?.devices ?? []).map { device -> [HTML] in
      let isFine = device.timeouts * 20 <= device.answers
      return [
        "\(device.name)", "\(device.address)", "\(View.grouped(UInt64(max(0, device.answers))))",
        "<span class=\"\(isFine ? "good" : "bad")\">\(device.timeouts)</span>",
      ]
    }
    let last = try view.source.samples?.newest(limit: 200) ?? []
    var seen: Set<String> = []
    let said: [[HTML]] = last.compactMap { sample -> [HTML]? in
      let form = SampleForm(sample)
      guard sample.data.count <= 8, seen.insert("\(sample.object)\(sample.property)").inserted
      else {
        return nil
      }
      return ["\(form.meaning.property)", "\(form.meaning.value)", view.time(sample.time)]
    }
    let disagreements = health.map { $0.disagreements.count + $0.boardDisagreements } ?? 0
    return view.table(
      view.t("Meters", "メーター"),
      [
        view.t("Device", "機器"), view.t("Address", "アドレス"), view.t("Answers", "応答"),
        view.t("Silent", "無応答"),
      ], rows, numbers: [2, 3], id: "meters")
      + "<section><p>\(view.t("Half hours without readings", "欠測の 30 分値")): \(health?.gaps ?? 0), \(view.t("disagreements", "食い違い")): \(disagreements)</p></section>"
      + view.table(
        view.t("What they said last", "最後の応答"),
        [view.t("Property", "項目"), view.t("Value", "値"), view.t("When", "時刻")], said, id: "said")
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
