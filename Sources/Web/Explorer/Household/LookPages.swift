// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import ExplorerIndex
import HTTPAPI
import Ledger
import Markup
import Metering
import NodeServices
import WebService

/// A member looks into another member's meters through its own node: the samples under a report, as
/// the other's node sends them now. Source: Docs/requirements.md L6.1.
struct LookPages {
  /// Samples that are shown: a day of a home has some hundreds.
  private static let limit = 1000

  static func endpoints(_ source: ExplorerSource, _ household: Household) -> [Endpoint] {
    [
      .page(
        "/home/look/{transaction}", source, [Parameter("transaction", .id, "")], isShared: false
      ) { view, call in
        try HouseholdPages.guardOpen(household, to: call)
        let id = TransactionId(call.id("transaction") ?? .zero)
        guard let summary = try source.index.transaction(id),
          case .report(let report)? = try source.index.content(of: summary, in: source.ledger)?
            .transaction
        else {
          throw Problem.notFound(view.t("The chain has no such report.", "その報告はありません。"))
        }
        return try await LookPages(view: view).page(report, id)
      }
    ]
  }

  let view: View

  private func page(_ report: Report, _ id: TransactionId) async throws -> HTML {
    let site = try view.source.site(report.site)?.name
    let title = view.t("The meters under a report", "報告の計量データ")
    let look = await view.source.keeper?.look(at: id, report) ?? .noLink
    let shown: HTML
    switch look {
    case .given(let bytes, let finding):
      let evidence = try? Evidence(exactly: bytes)
      let form = try view.source.form(
        evidence, under: report, id, limit: LookPages.limit, hasPaths: false)
      let more = max(0, (evidence?.samples.count ?? 0) - form.samples.count)
      let rest: HTML =
        more > 0
        ? "<p class=\"small\">\(view.t("\(more) more are not shown: hinata evidence writes them all to a file.", "ほか \(more) 件は hinata evidence でファイルに書き出せます。"))</p>"
        : ""
      shown = """
        <section><p class="\(finding == .agrees ? "good" : "bad")">\(view.finding(finding))</p></section>\
        \(view.samples(form, signed: report.sampleRoot))\(rest)
        """
    default: shown = "<section><p>\(words(look))</p></section>"
    }
    return view.page(
      title, "home",
      """
      <h1>\(title)</h1><section>\(view.facts([
        (view.t("Site", "設備"), view.link("sites", report.site.hex, site)),
        (view.t("Report", "報告"), view.link("transactions", id.hex)),
        (view.t("Period", "期間"), view.period(report.first, UInt32(report.readings.count))),
      ]))</section>\(shown)
      """)
  }

  private func words(_ look: EvidenceLook) -> String {
    switch look {
    case .given: ""
    case .notKept:
      view.t("That home's node keeps no samples of this report.", "その家のノードはこの報告の計量データを保管していません。")
    case .withheld:
      view.t(
        "That home's node does not know this node as a member's.", "その家のノードは、このノードを会員のものと認めていません。")
    case .noLink:
      view.t(
        "There is no link to that home's node now. Try again later; hinata peers shows the links.",
        "その家のノードにつながっていません。後でもう一度お試しください（hinata peers で確認できます）。")
    case .noAnswer:
      view.t("That home's node did not answer. Try again.", "その家のノードから応答がありません。もう一度お試しください。")
    }
  }
}
