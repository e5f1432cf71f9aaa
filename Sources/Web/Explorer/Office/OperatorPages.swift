// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Clocks
import Foundation
import HTTPAPI
import HTTPTypes
import JoinFiles
import Joining
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerStore
import Markup
import NodeServices
import QRCodes
import Quantities
import WebService

/// The operator reads a household's request, weighs what the chain says of it, and admits.
struct OperatorPages {
  private static let most = 16_384

  static func endpoints(
    _ source: ExplorerSource, _ household: Household, _ key: URL
  ) -> [Endpoint] {
    [
      .page("/home/operator", source, isShared: false) { view, call in
        try HouseholdPages.guardOpen(household, to: call)
        return OperatorPages(view: view).form()
      },
      .action("/home/operator/review", source, most: most) { view, call, values in
        try HouseholdPages.guardOpen(household, to: call)
        let pages = OperatorPages(view: view)
        do {
          return Answer(try pages.review(values), freshness: .never)
        } catch let error as JoinRequestError {
          return Answer(
            pages.form(values["request"] ?? "", error.description),
            status: .unprocessableContent, freshness: .never)
        }
      },
      .action("/home/operator/admit", source, most: most) { view, call, values in
        try HouseholdPages.guardOpen(household, to: call)
        let pages = OperatorPages(view: view)
        do {
          return Answer(
            try await pages.admit(values, key, household.access),
            freshness: .never)
        } catch let error as Refusal {
          return Answer(
            try pages.review(values, error.description), status: .unprocessableContent,
            freshness: .never)
        } catch let error as JoinRequestError {
          return Answer(
            pages.form(values["request"] ?? "", error.description),
            status: .unprocessableContent, freshness: .never)
        }
      },
    ]
  }

  /// Why nothing was signed.
  private struct Refusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }

  let view: View

  private var title: String { view.t("Let a household in", "参加申請の承認") }

  private func form(_ text: String = "", _ problem: String? = nil) -> HTML {
    view.page(
      title, "home",
      """
      <h1>\(title)</h1><section class="narrow"><p>\(view.t(
        "Paste what the household's QR code says, or the file join-request.json.",
        "申請の QR コードの内容、または join-request.json の中身を貼り付けてください。"))</p>\(view.problem(problem))\
      <form method="post" action="/home/operator/review">\
      <label for="request">\(view.t("Request", "申請"))</label>\
      <textarea id="request" name="request" rows="6" required>\(text)</textarea>\
      <p data-scan="request" hidden><label for="file">\(view.t("or a file, or a photo of the code", "またはファイル・コードの写真"))</label>\
      <input id="file" type="file" accept="application/json,text/plain,image/*"> \
      <span role="status" data-none="\(view.t("No code was found in the picture.", "画像にコードが見つかりません。"))"></span></p>\
      <button>\(view.t("Read it", "読み取る"))</button></form></section>
      """)
  }

  /// The request that a form carries.
  private func request(_ values: [String: String]) throws -> JoinRequest {
    let text = (values["request"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    return try JoinRequestFile.read(contents: Data(text.utf8))
  }

  /// The id that the form names as replaced; nil for none.
  private func replaced(_ values: [String: String]) -> String? {
    let named = (values["replaces"] ?? "").trimmingCharacters(in: .whitespaces)
    return named.isEmpty ? nil : named
  }

  private func admission(_ values: [String: String]) throws -> Admission {
    try view.source.ledger.admission(
      of: try request(values), replacing: replaced(values).flatMap { MemberId(hex: $0) },
      now: view.source.clock.now)
  }

  private func review(_ values: [String: String], _ problem: String? = nil) throws -> HTML {
    let admission = try admission(values)
    let rows = JoinSummary.rows(admission.request).map { row -> [HTML] in
      ["\(row.name)", "\(row.value)"]
    }
    let found = admission.review.findings.map { finding -> HTML in
      """
      <li class="\(finding.forbids ? "bad" : "")">\(finding.forbids ? "✗" : "!") \(finding.description)</li>
      """
    }
    let clean: HTML =
      admission.review.isClean
      ? "<p class=\"good\">✓ \(view.t("Nothing on the chain speaks against it.", "チェーンの記録に問題はありません。"))</p>"
      : "<ul>\(found)</ul>"
    return view.page(
      title, "home",
      """
      <h1>\(title)</h1><section><h2>\(view.t("What the chain says", "チェーンの記録"))</h2>\(clean)</section>\
      \(view.table(view.t("The request", "申請の内容"), [view.t("What", "項目"), view.t("Value", "値")], rows))\
      \(sign(admission, values, problem))<p><a href="/home/operator">\(view.t("Another request", "別の申請"))</a></p>
      """)
  }

  /// The form that signs; a forbidden request has none, unless its member replaces another.
  private func sign(
    _ admission: Admission, _ values: [String: String], _ problem: String?
  ) -> HTML {
    let needsOther = admission.review.findings.contains {
      if case .sameDevice = $0 { true } else { false }
    }
    guard !admission.review.isForbidden || needsOther else { return view.problem(problem) }
    let weigh: HTML =
      admission.review.isClean
      ? ""
      : """
      <label><input type="checkbox" name="weighed" value="yes"> \(view.t(
        "I have weighed what is marked with !", "! の点を確認しました"))</label>
      """
    return """
      <section class="narrow" id="sign"><h2>\(view.t("Admit", "承認"))</h2>\(view.problem(problem))\
      <form method="post" action="/home/operator/admit">\
      <input type="hidden" name="request" value="\(JoinRequestFile.text(admission.request))">\
      <label for="replaces">\(view.t("Id of a member that it replaces (its keys were lost), else nothing", "置き換える会員の番号（鍵を失った場合のみ）"))</label>\
      <input id="replaces" name="replaces" value="\(values["replaces"] ?? "")" autocomplete="off">\(weigh)\
      <label for="password">\(view.t("Password of the operator's key", "運営者の鍵のパスワード"))</label>\
      <input id="password" name="password" type="password" autocomplete="off" required>\
      <button>\(view.t("Sign and admit", "署名して承認"))</button></form></section>
      """
  }

  /// Signs the admission with the operator's key, whose password is asked for each time, and lets
  /// it wait for a block.
  private func admit(
    _ values: [String: String], _ file: URL, _ access: HouseholdAccess
  ) async throws -> HTML {
    let admission = try admission(values)
    if let named = replaced(values),
      try MemberId(hex: named).flatMap({ try view.source.ledger.member($0) }) == nil
    {
      throw Refusal(
        view.t("No member has this id of 64 digits to be replaced.", "置き換える会員の番号（64 桁）が見つかりません。"))
    }
    guard !admission.review.isForbidden else {
      throw Refusal(view.t("It cannot be admitted as it is.", "このままでは承認できません。"))
    }
    guard admission.review.isClean || values["weighed"] == "yes" else {
      throw Refusal(view.t("Weigh first what is marked with !", "! の点を確認してください。"))
    }
    let pair: KeyPair
    do {
      pair = try access.key(file, password: values["password"] ?? "")
    } catch let refusal as HouseholdAccess.Refusal {
      throw Refusal(refusal.text(view.language))
    } catch let error as KeyFileError {
      throw Refusal(error.description)
    }
    guard let holder = try view.source.ledger.holder(pair.publicKey),
      let keeper = view.source.keeper
    else { throw Refusal(view.t("No member has the operator's key.", "運営者の鍵を持つ会員がいません。")) }
    for transaction in admission.transactions(by: holder.member, signedBy: pair) {
      if let refused = try await keeper.offer(EncodedTransaction(transaction)) {
        throw Refusal(refused.description)
      }
    }
    return try admitted(admission)
  }

  private func admitted(_ admission: Admission) throws -> HTML {
    let name = admission.request.member?.name ?? admission.request.site.name
    let known = try view.source.ledger.knownCheckpoint()?.description
    let checkpoint: HTML =
      try known.map { known in
        """
        <section><h2>\(view.t("For the new box", "新しいボックスへ"))</h2><p>\(view.t(
        "With this its node holds on to this network, whatever chain it is shown:", "このコードで、ノードは正しいチェーンを見分けます。"))</p>\
        <figure class="qr">\(HTML(stringLiteral: try QRCode(known).svg))</figure>\
        <pre tabindex="0"><code>hinatad --set store.knownCheckpoint=\(known)</code></pre></section>
        """
      } ?? ""
    return view.page(
      title, "home",
      """
      <h1>\(view.t("\(name) is admitted", "\(name) を承認しました"))</h1><section><p>\(view.t(
        "The admission waits for the next block; the box begins by itself once it is on the chain.",
        "承認は次のブロックを待っています。チェーンに載るとボックスが自動で始まります。"))</p>\
      <p>\(view.link("sites", admission.request.site.id.hex, admission.request.site.name))</p></section>\(checkpoint)
      """)
  }
}
