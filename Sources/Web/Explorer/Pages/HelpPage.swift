// SPDX-License-Identifier: Apache-2.0

import HTTPAPI
import Markup
import WebService

/// The words of these pages, each in a sentence.
struct HelpPage {
  static func endpoints(_ source: ExplorerSource) -> [Endpoint] {
    [.page("/help", source) { view, _ in HelpPage(view: view).page() }]
  }

  let view: View

  private struct Word {
    let id: String
    let english: (name: String, meaning: String)
    let japanese: (name: String, meaning: String)

    init(
      _ id: String, _ english: (String, String), _ japanese: (String, String)
    ) {
      (self.id, self.english, self.japanese) = (id, english, japanese)
    }
  }

  private static let energy = [
    Word(
      "pq",
      (
        "PQ1, PQ2, PQ3, PQ4",
        "What a site generated, consumed, sold and purchased, in kWh for each half hour."
      ),
      ("PQ1・PQ2・PQ3・PQ4", "30 分ごとの発電量・消費量・売電量・買電量（kWh）です。")),
    Word(
      "self",
      (
        "Self-sufficiency, self-consumption",
        "How much of the consumption was the home's own, and how much of the generation it kept. What a battery took from the grid is not its own."
      ),
      ("自給率・自家消費率", "消費のうち自家発電でまかなった割合と、発電のうち家で使った割合です。買った電気を蓄電池に貯めても自給にはなりません。")),
    Word(
      "quality",
      (
        "Quality",
        "How a value is known: measured, filled in between two readings, from the meter's own history, or unknown."
      ),
      ("品質", "値の求め方です。計測、補間、メーターの履歴、不明などがあります。")),
    Word(
      "samples",
      (
        "Samples",
        "The very bytes that a home's meters answered. Their root hash stands in the report, so that nobody can change them later."
      ),
      ("計量データ", "メーターが応答したバイト列そのものです。そのルートハッシュが報告に含まれ、後から変えられません。")),
    Word(
      "report",
      ("Report", "What a site's node says of some half hours, signed with the site's key."),
      ("報告", "設備のノードが署名して送る、いくつかの 30 分値です。")),
  ]

  private static let chain = [
    Word(
      "block",
      (
        "Block",
        "Transactions that were put on the chain together. Each block names the one before it by its hash."
      ),
      ("ブロック", "まとめてチェーンに載った取引です。直前のブロックをハッシュで指します。")),
    Word(
      "final",
      ("Final", "Two thirds of the seats have approved it twice over: nobody can take it back."),
      ("確定", "席の三分の二が続けて承認した状態で、もう誰にも取り消せません。")),
    Word(
      "seat",
      (
        "Seat, term",
        "For each term members are drawn by lot to approve what is on the chain; each has a seat."
      ),
      ("席・期", "期ごとに抽選で選ばれた会員が席につき、チェーンの内容を承認します。")),
    Word(
      "proof",
      (
        "Merkle path",
        "A few hashes that prove that something stands in a block, without the rest of it."
      ),
      ("マークル経路", "ブロック全体がなくても、その中にあることを証明するいくつかのハッシュです。")),
  ]

  private static let value = [
    Word(
      "coin",
      ("Coin", "The zero-carbon value of one kWh that was generated. It has no price of its own."),
      ("コイン", "発電された 1 kWh のゼロカーボン価値です。値段は決まっていません。")),
    Word(
      "lot",
      ("Lot", "Coins of one origin: which site, which half hours. A lot is split, never blended."),
      ("ロット", "同じ設備・同じ時間帯の発電から生まれたコインのまとまりです。分けられますが、混ざりません。")),
    Word(
      "claim",
      (
        "Claim",
        "A site asks for coins for what it generated; an exchange mints, holds or refuses, and says why."
      ),
      ("発行申請", "設備が発電量に対するコインを求め、交換所が発行・保留・拒否を理由とともに決めます。")),
    Word(
      "mint", ("Mint", "Coins come to be, no more than was generated, and once for each kWh."),
      ("発行", "コインが生まれることです。発電量を超えず、同じ kWh には一度だけです。")),
    Word(
      "retire",
      (
        "Retire",
        "The value is used up for good, for a purpose and in somebody's name. Coins so used are called amortised."
      ),
      ("償却", "目的と名義を示して価値を使い切ることです。元には戻せません。")),
    Word(
      "certificate",
      (
        "Certificate", "The proof of a retirement, to be checked by anybody without asking anybody."
      ),
      ("証書", "償却の証明です。誰にも尋ねずに、誰でも検証できます。")),
    Word(
      "match",
      (
        "Matched",
        "Coins that were retired against consumption of the very half hour in which they were generated."
      ),
      ("時間一致", "発電と同じ 30 分の消費に対して償却されたコインです。")),
  ]

  private func section(_ title: String, _ words: [Word]) -> HTML {
    let entries = words.map { word -> HTML in
      """
      <div id="\(word.id)"><dt>\(view.t(word.english.name, word.japanese.name))</dt>\
      <dd>\(view.t(word.english.meaning, word.japanese.meaning))</dd></div>
      """
    }
    return "<section><h2>\(title)</h2><dl class=\"words\">\(entries)</dl></section>"
  }

  fileprivate func page() -> HTML {
    let title = view.t("What the words mean", "ことばの意味")
    return view.page(
      title, "help",
      """
      <h1>\(title)</h1>\(section(view.t("Energy", "電気"), HelpPage.energy))\
      \(section(view.t("Value", "価値"), HelpPage.value))\(section(view.t("The chain", "チェーン"), HelpPage.chain))
      """)
  }
}
