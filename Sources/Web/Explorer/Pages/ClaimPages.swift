// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import ExplorerIndex
import HTTPAPI
import Ledger
import LedgerCrypto
import LedgerStore
import Markup
import Quantities
import WebService

/// What exchanges decided on claims, and why.
struct ClaimPages {
  static func endpoints(_ source: ExplorerSource) -> [Endpoint] {
    [
      .page("/claims", source, [.after]) { view, call in
        let title = view.t("Claims and decisions", "発行申請と決定")
        let found = Found(
          try source.ledger.decisions(before: call.cursor?.0, limit: Page.usualLimit + 1)
        ) { "\($0.number)" }
        let rows = try found.rows.map { _, decision -> [HTML] in
          let form = try source.decisionForm(decision)
          return [
            view.link("claims", decision.claim.id.hex),
            "<span class=\"\(view.tone(decision.outcome))\">\(view.outcome(decision.outcome))</span>",
            view.link("sites", decision.claim.site.hex, form.site),
            view.time(decision.claim.first.start), "\(decision.claim.length)",
            "\(View.thousandths(decision.amount.value))", view.time(decision.time),
          ]
        }
        return view.page(
          title, "claims",
          """
          <h1>\(title)</h1><p>\(view.t(
            "A site claims what it generated; an exchange mints, holds or refuses, and says why. Each decision is signed.",
            "設備は発電量の発行を申請し、交換所は発行・保留・拒否を決めて理由を示します。決定には署名があります。"))</p>\
          \(view.table(
            view.t("Decisions", "決定"),
            [
              view.t("Claim", "発行申請"), view.t("Outcome", "結果"), view.t("Site", "設備"),
              view.t("From", "開始"), view.t("Half hours", "30 分値"), view.t("Coins", "コイン"),
              view.t("Decided", "決定時刻"),
            ], rows, numbers: [4, 5], id: call["after"] == nil ? "decisions" : nil,
            isList: true))\
          \(view.pager("/claims", found.next))
          """)
      },
      .page("/claims/{claim}", source, [Parameter("claim", .id, "")]) { view, call in
        let decisions = try source.ledger.decisions(on: ClaimId(call.id("claim") ?? .zero))
        guard let claim = decisions.first?.claim else {
          throw Problem.notFound(
            view.t("This node heard of no decision on that claim.", "この発行申請の決定は届いていません。"))
        }
        return try one(view, claim, decisions)
      },
    ]
  }

  private static func one(
    _ view: View, _ claim: Claim, _ decisions: [ClaimDecision]
  ) throws -> HTML {
    let title = view.t("Claim \(claim.id)", "発行申請 \(claim.id)")
    let site = try view.source.site(claim.site)?.name
    let parts = try decisions.map { decision -> HTML in
      let form = try view.source.decisionForm(decision)
      let reasons = decision.reasons.map { reason -> [HTML] in
        [
          "\(reason.check)", "\(View.thousandths(UInt64(reason.score)))", "\(reason.sentence)",
        ]
      }
      let mint: HTML = decision.mint.map { view.link("transactions", $0.hex) } ?? "–"
      return """
        <section><h2><span class="\(view.tone(decision.outcome))">\(view.outcome(decision.outcome))</span></h2>\
        \(view.facts([
          (view.t("Exchange", "交換所"), "\(form.exchange ?? decision.exchange.value.hex)"),
          (view.t("Decided", "決定時刻"), view.time(decision.time)),
          (view.t("Coins", "コイン"), "\(view.coins(decision.amount))"), (view.t("Mint", "発行取引"), mint),
        ]))</section>\(view.table(
          view.t("What the checks said", "検査の結果"),
          [view.t("Check", "検査"), view.t("Doubt, 0–1", "疑い 0–1"), view.t("In words", "説明")], reasons,
          numbers: [1]))
        """
    }
    return view.page(
      title, "claims",
      """
      <h1>\(title)</h1><section>\(view.facts([
        (view.t("Id", "番号"), view.whole(claim.id.hex)),
        (view.t("Site", "設備"), view.link("sites", claim.site.hex, site)),
        (view.t("Period", "期間"), view.period(claim.first, claim.length)),
      ]))</section>\(parts)\
      \(view.verify(
        view.t("What the chain says of the period.", "この期間をチェーンから確かめます。"),
        view.chainCommands(
          "claim --site \(claim.site.hex) --first \(claim.first.number) --length \(claim.length)")))
      """)
  }
}

extension View {
  func outcome(_ outcome: ClaimDecision.Outcome) -> String {
    switch outcome {
    case .minted: t("minted", "発行")
    case .held: t("held", "保留")
    case .refused: t("refused", "拒否")
    }
  }

  func tone(_ outcome: ClaimDecision.Outcome) -> String { outcome == .minted ? "good" : "bad" }
}
