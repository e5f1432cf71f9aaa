// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Charts
import ExplorerIndex
import HTTPAPI
import HTTPTypes
import HomeEnergy
import Ledger
import LedgerCrypto
import LedgerStore
import Markup
import NodeServices
import PeerProtocol
import Quantities
import WebService
import Wire

/// Peers, rules and places of the network; the search; what is shown when something is not there.
struct NetworkPages {
  static func endpoints(_ source: ExplorerSource) -> [Endpoint] {
    [
      .page("/network", source, isShared: false) { view, _ in try await network(view) },
      Endpoint(
        "/search", "pages", "", [Parameter("q", .text(128), "")], gives: .media("text/html")
      ) { call in
        let view = View(source, call)
        let text = call["q"] ?? ""
        let found = text.isEmpty ? [] : try source.search(text)
        // One hit: whoever looked for it wants to be there.
        if found.count == 1 { return Answer(seeing: address(of: found[0])) }
        return Answer(search(view, text, found))
      },
      .page("/intervals/{interval}", source, [Parameter("interval", .interval, "")]) {
        view, call in
        try interval(view, call.interval("interval") ?? Interval(0))
      },
      .page("/days/{date}", source, [Parameter("date", .date, "")]) { view, call in
        try DayPage(view: view, date: call.date("date") ?? CalendarDate(dayNumber: 0)).page()
      },
      Endpoint(
        .post, "/preferences", "pages", "",
        body: ("application/x-www-form-urlencoded", 4096), gives: .media("text/plain")
      ) { call in try preferences(call) },
    ]
  }

  /// The energy of all sites by days; days without reports stay empty.
  private static func lastDays(_ view: View, _ days: Range<UInt32>, _ sums: [EnergySums]) -> HTML {
    let title = view.t("The last 30 days", "最近 30 日")
    let known = Dictionary(sums.map { ($0.number, HomeFlows($0)) }, uniquingKeysWith: { $1 })
    let bars = days.map { known[$0] ?? HomeFlows() }
    let names = days.map { view.date(CalendarDate(dayNumber: Int64($0))) }
    var chart = EnergyPicture.chart(view, title, id: "d", bars, names: names) {
      known[days.lowerBound + UInt32($0)] == nil ? nil : []
    }
    chart.ticks = days.enumerated().filter { $0.offset % 7 == 0 }.map { offset, day in
      let date = CalendarDate(dayNumber: Int64(day))
      return BarChart.Tick(offset, "\(date.month)/\(date.day)")
    }
    let flows: [EnergyFlow] = [.generated, .consumed, .sold, .purchased]
    let rows = chart.known.sorted().map { slot -> [HTML] in
      ["\(names[slot])"] + flows.map { "\(View.thousandths(bars[slot][$0]))" }
    }
    return """
      <section><h2>\(title)</h2>\(chart.html)\(view.numbers(title, flows.map(view.name), rows))</section>
      """
  }

  /// Sites that are added up by prefecture.
  private static let mapped = 200

  private static func network(_ view: View) async throws -> HTML {
    let title = view.t("Network \(view.source.rules.name)", "ネットワーク \(view.source.rules.name)")
    let rules = view.source.rules
    let sites = try view.source.index.entities(.site, limit: NetworkPages.mapped)
    var energy: [String: UInt64] = [:]
    let part =
      sites.count < NetworkPages.mapped
      ? ""
      : view.t(
        "The first \(NetworkPages.mapped) sites. ", "最初の \(NetworkPages.mapped) か所のみ。")
    for entity in sites {
      guard let form = try view.source.siteForm(SiteId(entity.id)) else { continue }
      energy[form.record.region, default: 0] += form.total(.generated)
    }
    let days = try view.source.index.newestInterval().map { newest -> HTML in
      let day = UTCOffset.japan.day(of: newest).day
      let first = day.subtractingDownToZero(29)
      let sums = try view.source.index.networkDays(in: first..<day + 1)
      return lastDays(view, first..<day + 1, sums)
    }
    return view.page(
      title, "network",
      """
      <h1>\(title)</h1>\(days ?? "")<section><h2>\(view.t("Where it is generated", "発電している場所"))</h2>\
      \(PrefectureMap(view: view, energy: energy).html)<p class="soft">\(part)\(view.t(
        "A site says where it is to a tenth of a degree: enough for the sun, too coarse to find a house.",
        "設備の位置は 0.1 度単位です。日射には十分、家を特定するには粗すぎます。"))</p></section>\(try await finality(view))\(try await peers(view))\
      <section><h2>\(view.t("Rules of the genesis", "ジェネシスの規則"))</h2>\(view.facts([
        (view.t("Network id", "ネットワーク番号"), view.whole(view.source.ledger.network.hex)),
        (view.t("Since", "開始"), view.time(rules.time)),
        (view.t("Membership", "参加"), "\("\(rules.membership)")"),
        (view.t("A coin", "1 コイン"), "\(View.thousandths(UInt64(1_000_000 / max(1, rules.milliCoinsPerKilowattHour)))) kWh"),
        (view.t("Block period", "ブロック間隔"), period(rules.blockPeriod, view)),
        (
          view.t("Approvals every", "承認の間隔"),
          rules.hasFinality
            ? "\(rules.checkpointSeconds) s" : "\(view.t("never: open network", "なし(公開網)"))"
        ),
        (view.t("Tolerance of the balance", "収支の許容差"), "\(rules.balanceToleranceWh) Wh"),
        (view.t("Claims go back", "発行申請できる期間"), "\(rules.claimDays) \(view.t("days", "日"))"),
      ]))</section>
      """)
  }

  private static func period(_ period: BlockPeriod, _ view: View) -> HTML {
    switch period {
    case .onDemand: "\(view.t("on demand", "随時"))"
    case .seconds(let seconds): "\(seconds) s"
    case .month(let offset):
      "\(view.t("a calendar month, by UTC\(offset)", "暦の月ごと(UTC\(offset))"))"
    }
  }

  /// What is final, and who approves it.
  private static func finality(_ view: View) async throws -> HTML {
    let title = view.t("What is final, and who approves", "確定と承認者")
    guard let finality = try await view.source.finality() else {
      return
        "<section><h2>\(title)</h2><p class=\"none\">\(view.t("Nothing is final in an open network: work is all there is.", "公開網では何も確定しません。作業量だけです。"))</p></section>"
    }
    let (term, rules) = (finality.term, view.source.rules)
    let rows = term.seats.enumerated().map { number, seat -> [HTML] in
      [
        "\(number)",
        finality.members[number].map { view.link("members", $0.id.hex, $0.name) }
          ?? "<code>\(seat.key.value.description)</code>",
        seat.isInstitution ? "\(view.t("institution", "機関"))" : "\(view.t("home", "家庭など"))",
        finality.approved.map {
          $0.contains(UInt8(clamping: number))
            ? "\(view.t("approved", "承認済み"))" : "\(view.t("not yet", "まだ"))"
        } ?? "–",
      ]
    }
    let warning: HTML =
      finality.isBroken
      ? "<p class=\"bad\">\(view.t("The approvals conflict: more than a third of the seats lie, and nothing is final any more.", "承認が矛盾しています。席の 3 分の 1 を超える虚偽があり、確定は無効です。"))</p>"
      : ""
    return """
      <section><h2>\(title)</h2>\(warning)\(view.facts([
        (view.t("Final up to block", "確定ブロック"), view.link("blocks", "\(finality.height)", View.grouped(finality.height))),
        (view.t("As of", "時点"), view.time(rules.start(of: finality.final.epoch))),
        (view.t("Term", "期"), "\(term.number)"),
        (view.t("It takes", "必要な席"), "\(term.quorum) / \(term.seats.count)"),
        (view.t("Candidates, younger than 90 days", "候補、90 日未満"), "\(term.candidates), \(term.young)"),
      ]))</section>
      """
        + view.table(
          view.t("Seats of the term", "この期の席"),
          [
            view.t("Seat", "席"), view.t("Member", "会員"), view.t("Kind", "種類"),
            view.t("At this epoch", "今回の承認"),
          ], rows, numbers: [0], id: "seats")
  }

  private static func peers(_ view: View) async throws -> HTML {
    let title = view.t("Peers of this node", "接続中のノード")
    guard let keeper = view.source.keeper else {
      return
        "<section><h2>\(title)</h2><p class=\"none\">\(view.t("This explorer reads a folder alone.", "このエクスプローラはフォルダだけを読みます。"))</p></section>"
    }
    let rows = try await keeper.peers.prefix(100).map { peer -> [HTML] in
      let member = try view.source.member(of: peer.info.key)
      return [
        member.map { view.link("members", $0.member.hex, $0.name) }
          ?? "<code>\(peer.info.key.value.description)</code>",
        "\(peer.hello?.agent ?? "–")", "\(View.grouped(peer.bestHeight))",
        "\(peer.latency.map { "\($0) ms" } ?? "–")",
        "\(peer.info.attempt == nil ? view.t("inbound", "受信側") : view.t("outbound", "発信"))",
      ]
    }
    return view.table(
      title,
      [
        view.t("Who", "誰"), view.t("Software", "ソフト"), view.t("Height", "高さ"),
        view.t("Round trip", "往復"), view.t("Direction", "向き"),
      ], rows, numbers: [2, 3], id: "peers")
  }

  private static func address(of hit: FoundForm) -> String {
    let places = [
      "block": "blocks", "transaction": "transactions", "member": "members", "site": "sites",
      "lot": "lots", "claim": "claims", "interval": "intervals", "day": "days",
    ]
    return "/\(places[hit.kind] ?? "")/\(hit.id)"
  }

  private static func search(_ view: View, _ text: String, _ found: [FoundForm]) -> HTML {
    let title = view.t("Search", "検索")
    let rows = found.map { hit -> HTML in
      "<li>\(view.found(hit.kind)): <a href=\"\(address(of: hit))\">\(hit.title)</a></li>"
    }
    let none: HTML = """
      <p class="none">\(view.t(
        "Nothing is called “\(text)”. Any part of a name will do, six digits and more of an id, a block's height, a date such as 2026-08-01 with a time or without, or in whose name coins were retired.",
        "「\(text)」は見つかりません。名前の一部、番号の先頭 6 桁以上、ブロックの高さ、2026年8月1日 12:30 のような日時、償却の受益者で探せます。"))</p>
      """
    let list: HTML = text.isEmpty ? "" : (rows.isEmpty ? none : "<ul>\(rows)</ul>")
    return view.page(
      title, "search",
      "<h1>\(title)</h1><section>\(view.searchForm("find", "find", text))\(list)</section>")
  }

  /// What all sites did in one half hour.
  private static func interval(_ view: View, _ interval: Interval) throws -> HTML {
    let title = view.t("Half hour \(interval)", "時間帯 \(interval)")
    let sums = try view.source.index.networkIntervals(in: interval..<interval.advanced(by: 1)).first
    let figures = [EnergyFlow.generated, .consumed, .sold, .purchased].map { flow in
      view.figure(view.name(flow), view.kWh(sums.map { HomeFlows($0)[flow] } ?? 0), "\(flow)")
    }
    let day = CalendarDate(dayNumber: Int64(UTCOffset.japan.day(of: interval).day))
    let flows: [EnergyFlow] = [.generated, .consumed, .sold, .purchased]
    let rows = try view.source.index.entities(.site, limit: 100).compactMap { entity -> [HTML]? in
      guard let record = try view.source.site(SiteId(entity.id)) else { return nil }
      let (number, slot) = record.utcOffset.day(of: interval)
      let known = try view.source.index.flows(of: record.id, day: number)
      guard let known, let quality = known.qualities[slot] else { return nil }
      return ["<a href=\"/sites/\(entity.id.hex)?day=\("\(day)")\">\(entity.name)</a>"]
        + flows.map { view.energy(known[$0][slot], quality[$0]) }
    }
    return view.page(
      title, "",
      """
      <h1>\(title)</h1><p>\(view.time(interval.start)), \
      \(view.t("\(sums?.count ?? 0) sites reported", "報告 \(sums?.count ?? 0) 設備"))</p>\
      <div class="figures">\(figures)</div>\
      \(view.table(
        view.t("The sites in that half hour, in kWh", "この 30 分の設備別 (kWh)"),
        [view.t("Site", "設備")] + flows.map(view.name), rows, numbers: [1, 2, 3, 4]))
      """)
  }

  /// Language and colours go into cookies that say nothing of who reads.
  private static func preferences(_ call: Call) throws -> Answer {
    let form = try call.form()
    // A path of this server alone: "//other.example" would lead elsewhere.
    let back = form["back"] ?? "/"
    let isOwn = back.hasPrefix("/") && !back.hasPrefix("//") && !back.contains("\\")
    var answer = Answer(seeing: isOwn ? back : "/")
    for (name, allowed) in [("lang", ["en", "ja"]), ("theme", ["auto", "light", "dark"])] {
      guard let value = form[name] else { continue }
      guard allowed.contains(value) else {
        throw Problem.badRequest("\(name) \"\(value.prefix(20))\" is none of \(allowed)")
      }
      answer.headers.append(
        HTTPField(
          name: .setCookie, value: "\(name)=\(value); Path=/; Max-Age=31536000; SameSite=Lax"))
    }
    return answer
  }

  /// A page for what could not be answered.
  static func problem(_ problem: Problem, _ call: Call, _ source: ExplorerSource) -> Answer? {
    guard !call.path.hasPrefix("/api/"), !["/metrics", "/healthz", "/readyz"].contains(call.path)
    else { return nil }
    let view = View(source, call)
    let title = "\(problem.status.code) \(problem.status.reasonPhrase)"
    return Answer(
      view.page(
        title, "",
        "<h1>\(title)</h1><section><p>\(problem.detail)</p><p><a href=\"/\">\(view.t("To the first page", "最初のページへ"))</a></p></section>"
      ),
      freshness: .never)
  }
}

extension View {
  func found(_ kind: String) -> String {
    switch kind {
    case "block": t("Block", "ブロック")
    case "transaction": t("Transaction", "取引")
    case "member": t("Member", "会員")
    case "site": t("Site", "設備")
    case "lot": t("Lot", "ロット")
    case "claim": t("Claim", "発行申請")
    case "day": t("Day", "日")
    default: t("Half hour", "時間帯")
    }
  }
}
