// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import CertificatePages
import Certificates
import ExplorerIndex
import HTTPAPI
import Ledger
import Markup
import Proofs
import QRCodes
import Quantities
import WebService

/// What a member retired of a period's generation, and what it used meanwhile, for a buyer.
struct StatementPages {
  static func endpoints(_ source: ExplorerSource) -> [Endpoint] {
    [
      .page(
        "/members/{member}/statement", source,
        [Parameter("member", .id, "")] + StatementPeriod.parameters, isShared: false
      ) { view, call in
        guard let form = try source.memberForm(MemberId(call.id("member") ?? .zero)) else {
          throw Problem.notFound(view.t("The network has no such member.", "その会員はいません。"))
        }
        let (offset, newest) = try source.statementClock(of: form.member.record.id)
        let period = try StatementPeriod(call, newest: newest, offset: offset)
        return try await StatementPages(
          view: view, member: form.member.record, period: period, asked: call["beneficiary"]
        ).page()
      }
    ]
  }

  let view: View
  let member: MemberRecord
  let period: StatementPeriod
  let asked: String?

  private var path: String { "/members/\(member.id.hex)/statement" }

  private func page() async throws -> HTML {
    let retired = try view.source.retired(by: member.id, in: period.intervals)
    let names = retired.beneficiaries.map(\.name)
    let name = asked.map { names.contains($0) ? $0 : nil } ?? names.first
    let title = view.t("Statement", "使用明細書")
    guard let name else {
      return view.page(
        title, "members",
        """
        \(head(title))\(form(names, nil))<section><p class="none">\(view.t(
          "Nothing that was generated in these days is retired in this name.", "この期間に発電され、この名義で償却された価値はありません。"))</p>\(left(retired))</section>
        """)
    }
    guard !retired.isCut else {
      return view.page(
        title, "members",
        """
        \(head(title))\(form(names, name))<section><p>\(view.t(
          "These are more than \(RetiredOfPeriod.limit) lots: choose fewer days, or run hinata statement on the node's own machine.",
          "ロットが \(RetiredOfPeriod.limit) を超えます。期間を短くするか、ノード上で hinata statement を実行してください。"))</p></section>
        """)
    }
    guard
      let (statement, _) = try await view.source.statement(
        of: retired.items(for: name), by: member.id, in: period.intervals)
    else {
      return view.page(
        title, "members",
        """
        \(head(title))\(form(names, name))<section><p>\(view.settled(false)) \(view.t(
          "Not all of it is final yet: this page has it in some hours.", "まだ確定していないものがあります。数時間後に表示されます。"))</p></section>
        """)
    }
    return try shown(statement, names, title, left(retired))
  }

  /// What of the days is not in the statement.
  private func left(_ retired: RetiredOfPeriod) -> HTML {
    var parts: HTML = ""
    if retired.waiting > 0 {
      parts += """
        <p>\(view.settled(false)) \(view.t(
          "\(retired.waiting) more lots are not final yet: this page has them in some hours.",
          "ほかに \(retired.waiting) ロットが確定待ちです。数時間後に表示されます。"))</p>
        """
    }
    if retired.reaching > 0 {
      parts += """
        <p>\(view.t(
          "\(retired.reaching) lots reach beyond the last day: choose a later one to have them in it.",
          "\(retired.reaching) ロットは最終日を越えています。終わりの日を延ばすと含まれます。"))</p>
        """
    }
    return parts
  }

  private func head(_ title: String) -> HTML {
    """
    <h1>\(title) <small>\(view.link("members", member.id.hex, member.name))</small></h1>
    """
  }

  private func form(_ names: [String], _ chosen: String?) -> HTML {
    let options = names.map { name -> HTML in
      let selected: HTML = name == chosen ? " selected" : ""
      return "<option\(selected)>\(name)</option>"
    }
    let choice: HTML =
      names.count > 1
      ? """
      <label for="beneficiary">\(view.t("In whose name", "受益者"))</label> \
      <select id="beneficiary" name="beneficiary">\(options)</select>
      """
      : ""
    return """
      <section class="noprint"><form method="get" action="\(path)" class="ask">\
      <label for="first">\(view.t("From", "期間"))</label> \
      <input type="date" id="first" name="first" value="\("\(period.first)")" required> \
      <label for="last">\(view.t("to", "〜"))</label> \
      <input type="date" id="last" name="last" value="\("\(period.last)")" required> \
      \(choice)<button>\(view.t("Show", "表示"))</button></form></section>
      """
  }

  private func shown(
    _ statement: Statement, _ names: [String], _ title: String, _ left: HTML
  ) throws -> HTML {
    let query = StatementSheet.query(period.first...period.last, for: statement.beneficiary)
    let address = "\(view.host)\(path)?\(query)"
    let file = "/api/v1\(path)?\(query)"
    let maps = statement.users.enumerated().map {
      StatementSheet.map($1, number: $0, view.language)
    }
    return view.page(
      title, "members",
      """
      \(head(title))\(form(names, statement.beneficiary))\
      <section class="sheet"><div><p class="amount">\(view.kWh(statement.energyWh))</p>\
      <p class="say">\(StatementSheet.sentence(statement, view.language))</p>\
      <p>\("\(period.first)") – \("\(period.last)") · \(view.t(
        "\(statement.certificates.count) certificates", "証書 \(statement.certificates.count) 件"))</p>\(left)</div>\
      <figure class="qr">\(HTML(stringLiteral: try QRCode(address).svg))</figure></section>\
      \(maps)\(sources(statement))\(certificates(statement))\
      <p class="noprint"><a href="\(file)">\(view.t(
        "The statement with its proof, as one file", "証明付きの明細書ファイル"))</a></p>\
      \(view.verify(
        view.t(
          "Offline, with the network file alone: every lot, what was fed in, and the use beside it.",
          "ネットワークファイルだけで、すべてのロットと使用量をオフラインで検証できます。"),
        [
          view.networkCommand, "curl -fLo statement.json '\(view.host)\(file)'",
          "hinata-verify statement statement.json --genesis network.json",
        ]))
      """)
  }

  private func sources(_ statement: Statement) -> HTML {
    view.table(
      view.t("Where it was generated", "発電元"),
      [
        view.t("Site", "設備"), view.t("Member", "会員"), view.t("Generation", "発電方法"),
        view.t("Support received", "公的支援"), "kWh",
      ],
      statement.sources.prefix(100).map { source in
        [
          view.link("sites", source.site.id.hex, source.site.name),
          view.link("members", source.producer.id.hex, source.producer.name),
          "\("\(source.site.method)"), \(source.site.region)",
          "\(view.support(source.site.support))", "\(View.thousandths(source.energyWh))",
        ]
      }, numbers: [4], isList: true)
  }

  private func certificates(_ statement: Statement) -> HTML {
    let rows = statement.certificates.prefix(100).map { certificate -> [HTML] in
      [
        view.link("certificates", certificate.id.hex),
        view.period(certificate.first, certificate.length),
        view.link("sites", certificate.site.id.hex, certificate.site.name),
        "\(certificate.purpose)", "\(View.thousandths(certificate.energyWh))",
      ]
    }
    let more = statement.certificates.count - rows.count
    let rest: HTML =
      more > 0
      ? "<p class=\"small\">\(view.t("\(more) more are in the file.", "ほか \(more) 件はファイルにあります。"))</p>"
      : ""
    return """
      \(view.table(
        view.t("Certificates", "証書"),
        [
          view.t("Certificate", "証書"), view.t("Generated in", "発電期間"), view.t("Site", "設備"),
          view.t("Purpose", "目的"), "kWh",
        ], rows, numbers: [4], isList: true))\(rest)
      """
  }
}
