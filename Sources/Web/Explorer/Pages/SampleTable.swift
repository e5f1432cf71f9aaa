// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import HTTPAPI
import Ledger
import LedgerCrypto
import Markup
import Metering
import Quantities

extension View {
  /// What members found who looked at the samples under a report.
  func audits(_ notes: [AuditNoteForm]) -> HTML {
    let rows = notes.map { form -> [HTML] in
      [
        "\(form.auditor ?? "\(form.note.auditor.value)")", "\(finding(form.note.finding))",
        time(form.note.time),
      ]
    }
    return table(
      t("Members who looked at the samples", "計量データを調べた会員"),
      [t("Who", "誰が"), t("Finding", "結果"), t("When", "いつ")], rows)
  }

  /// Samples as the meters sent them, and whether the report was signed over them.
  /// - Parameter root: that the report is signed with.
  func samples(_ evidence: EvidenceForm, signed root: Bytes32) -> HTML {
    let rows = evidence.samples.map { form -> [HTML] in
      let meaning = form.meaning
      return [
        time(form.sample.time), "<code>\("\(form.sample.object)")</code>",
        "<code>\([form.sample.property].hex)</code>",
        "<code>\(form.sample.data.hex.prefix(24))</code>",
        "\(meaning.property) = \(meaning.value.prefix(60))",
        "<code title=\"\(form.sample.leaf.hex)\">\(form.sample.leaf.description)</code>",
      ]
    }
    let good = evidence.root == root
    return """
      <section><h2>\(t("Samples", "計量データ"))</h2><p class="\(good ? "good" : "bad")">\(good
        ? t("They hash to the root that the report is signed with.", "署名されたルートハッシュに一致します。")
        : t("They do NOT hash to the root that the report is signed with.", "署名されたルートハッシュに一致しません。"))</p></section>\
      \(table(
        t("As the meters sent them", "メーターの応答"),
        [
          t("Time", "時刻"), t("Object", "オブジェクト"), "EPC", t("Bytes", "バイト"),
          t("Meaning", "意味"), t("Leaf", "葉"),
        ], rows))
      """
  }
}
