// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import EchonetLite
import ExplorerIndex
import HTTPAPI
import Ledger
import LedgerCrypto
import LedgerStore
import Markup
import Metering
import Proofs
import Quantities
import WebService

extension View {
  /// A period of half hours.
  func period(_ first: Interval, _ length: UInt32) -> HTML {
    "\(time(first.start)) – \(time(first.advanced(by: length).start))"
  }

  /// The name of a kind of transaction; nil is one of a later version of the index.
  func kind(_ kind: TransactionKind?) -> String {
    switch kind {
    case .report: t("Report", "報告")
    case .mint: t("Mint", "発行")
    case .transfer: t("Transfer", "譲渡")
    case .retire: t("Retirement", "償却")
    case .admitMember: t("Admission", "加入")
    case .setStanding: t("Standing", "資格変更")
    case .registerSite: t("Registration", "設備登録")
    case .recordFinal: t("Record of finality", "確定の記録")
    case .contradiction: t("Contradiction", "矛盾の証拠")
    case .restart: t("Restart", "再開")
    case .moveEdition: t("Edition of the rules", "規則の版")
    case .honour: t("Value of another network", "他の網の価値")
    case .setNodeKey: t("Node key", "ノードの鍵")
    case nil: t("Unknown kind", "不明な種類")
    }
  }

  /// Energy in a table, in kWh; what nobody knows is no zero.
  func energy(_ wattHours: UInt64, _ quality: Quality?) -> HTML {
    quality == .unknown
      ? "<abbr title=\"\(t("unknown", "不明"))\">?</abbr>" : "\(View.thousandths(wattHours))"
  }

  /// How a flow is known.
  func quality(_ quality: Quality) -> String {
    switch quality {
    case .none: t("not there", "対象なし")
    case .measured: t("measured", "計測")
    case .interpolated: t("interpolated", "補間")
    case .backfilled: t("from the meter's history", "履歴から")
    case .integrated: t("added up from power", "電力から積算")
    case .derived: t("measured, PQ2 from the balance", "計測 (PQ2 は収支から)")
    case .unknown: t("partly unknown", "一部不明")
    }
  }

  /// What an auditor found.
  func finding(_ finding: AuditNote.Finding) -> String {
    switch finding {
    case .agrees: t("the samples agree", "計量データは一致")
    case .noEvidence: t("no samples to be had", "計量データなし")
    case .otherRoot: t("another root", "別のルートハッシュ")
    case .otherEnergy: t("other energy", "別の電力量")
    }
  }

  /// The pages of what a kind of transaction is about.
  static func pages(of kind: TransactionKind?) -> String {
    switch kind {
    case .transfer, .retire: "lots"
    case .admitMember, .setStanding, .setNodeKey, .restart, .moveEdition, .honour: "members"
    case .registerSite, .report, .mint, .recordFinal, .contradiction, nil: "sites"
    }
  }

  /// Transactions in a table.
  func transactionTable(_ transactions: [TransactionSummary], id: String?) -> HTML {
    let rows = transactions.map { summary -> [HTML] in
      let kind = TransactionForm(summary).kind
      let subject =
        summary.subject.map { link(View.pages(of: kind), $0.hex, summary.subjectName) } ?? "–"
      return [
        link("transactions", summary.id.hex, self.kind(kind)), subject,
        "\(summary.amount.map(View.thousandths) ?? "")", time(summary.time),
        link("transactions", summary.id.hex),
      ]
    }
    return table(
      t("Transactions", "取引"),
      [
        t("Kind", "種類"), t("Of", "対象"), t("kWh, coins", "kWh・コイン"), t("Time", "時刻"),
        t("Id", "番号"),
      ], rows, numbers: [2], id: id, isList: true)
  }
}
