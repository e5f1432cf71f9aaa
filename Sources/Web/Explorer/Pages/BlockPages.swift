// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import ExplorerIndex
import HTTPAPI
import HTTPTypes
import Ledger
import LedgerCrypto
import LedgerStore
import Markup
import Quantities
import WebService

/// Blocks, one and all, and what the chain left behind.
struct BlockPages {
  static func endpoints(_ source: ExplorerSource) -> [Endpoint] {
    [
      .page("/blocks", source, [.after]) { view, call in
        let title = view.t("Blocks", "ブロック")
        let found = Found(
          try source.index.blocks(
            below: call.cursor.map { UInt64($0.0) }, limit: Page.usualLimit + 1)
        ) { "\($0.height)" }
        return view.page(
          title, "blocks",
          """
          <h1>\(title)</h1>\(try view.blockTable(
            Array(found.rows), id: call["after"] == nil ? "blocks" : nil))\
          \(view.pager("/blocks", found.next))<p><a href="/forks">\(view.t(
            "Forks and reorganisations", "分岐と再編成"))</a></p>
          """)
      },
      .page("/blocks/{block}", source, [Parameter("block", .block, ""), .after]) { view, call in
        guard let block = try source.block(call["block"] ?? "") else {
          throw Problem.notFound(view.t("The chain has no such block.", "そのブロックはありません。"))
        }
        return try BlockPages(view: view).one(block, call)
      },
      .page("/forks", source) { view, _ in try BlockPages(view: view).forks() },
    ]
  }

  let view: View

  private func one(_ block: BlockSummary, _ call: Call) throws -> HTML {
    guard let header = try view.source.ledger.header(height: block.height)?.header,
      header.hash == block.hash
    else { throw Problem(.serviceUnavailable, "the chain moved on; load the page again") }
    let title = view.t("Block \(View.grouped(block.height))", "ブロック \(View.grouped(block.height))")
    let producer = try view.source.member(of: block.producer)
    let depth = try view.source.depth(of: block.height)
    let work = header.target == 0 ? "–" : String(UInt64(header.target), radix: 16)
    let from = call.cursor.map { Int(clamping: $0.0) + 1 } ?? 0
    let found = Found(
      try view.source.index.transactions(
        ofBlock: block.height, from: from, limit: Page.usualLimit + 1)
    ) { "\($0.place.position)" }
    let facts = view.facts([
      (view.t("Hash", "ハッシュ"), view.whole(block.hash.hex)),
      (view.t("Time", "時刻"), view.time(block.time)),
      (
        view.t("Built by", "作成者"),
        producer.map { view.link("members", $0.member.hex, $0.name) }
          ?? view.whole(block.producer.value.hex)
      ),
      (view.t("Blocks on top", "承認数"), "\(View.grouped(depth))"),
      (
        view.t("Transactions", "取引"),
        block.transactions.map { "\($0)" } ?? "\(view.t("pruned here", "ここでは削除済み"))"
      ),
      (view.t("Recorded generation", "記録した発電量"), "\(view.kWh(block.generatedWh))"),
      (view.t("Minted", "発行"), "\(view.coins(block.minted))"),
      (view.t("Retired", "償却"), "\(view.coins(block.retired))"),
      (
        view.t("Before", "前"),
        block.height > 0 ? view.link("blocks", "\(block.height - 1)", "\(block.height - 1)") : "–"
      ),
      (
        view.t("After", "次"),
        depth > 0 ? view.link("blocks", "\(block.height + 1)", "\(block.height + 1)") : "–"
      ),
      (view.t("Target", "目標値"), "<code>\(work)</code>"),
      (view.t("Nonce", "ナンス"), "<code>\(header.nonce)</code>"),
      (view.t("Root of transactions", "取引のマークルルート"), view.whole(header.transactionRoot.hex)),
      (view.t("Root of the state", "状態のルートハッシュ"), view.whole(header.stateRoot.hex)),
    ])
    return view.page(
      title, "blocks",
      """
      <h1>\(title)</h1><section>\(facts)</section>\
      \(view.transactionTable(Array(found.rows), id: nil))\
      \(view.pager("/blocks/\(block.height)", found.next))\
      \(view.verify(
        view.t("All laws on this block, from the genesis on.", "ジェネシスからこのブロックまでの全法則。"),
        view.chainCommands("block --height \(block.height)")))
      """)
  }

  private func forks() throws -> HTML {
    let title = view.t("Forks and reorganisations", "分岐と再編成")
    let changes = try view.source.index.reorganisations(limit: 50).map { change -> [HTML] in
      [
        view.time(change.time),
        view.link("blocks", "\(change.forkHeight)", View.grouped(change.forkHeight)),
        "\(change.disconnected)", "\(change.connected)",
        "<code>\(change.oldTip.description)</code>", view.link("blocks", change.newTip.hex),
      ]
    }
    let side = try view.source.ledger.sideBlocks(limit: 50).map { _, sealed, isInvalid -> [HTML] in
      let header = sealed.header
      let producer = try view.source.member(of: header.producer)
      return [
        "\(View.grouped(header.height))", "<code>\(header.hash.description)</code>",
        view.time(header.time),
        producer.map { view.link("members", $0.member.hex, $0.name) } ?? "–",
        isInvalid
          ? "<span class=\"bad\">\(view.t("a law forbids it", "法則違反"))</span>"
          : "\(view.t("another branch won", "別の枝が勝ち"))",
      ]
    }
    return view.page(
      title, "blocks",
      """
      <h1>\(title)</h1><p>\(view.t(
        "Two nodes may build a block at the same moment. The branch with the most work wins; what the other held waits for a block again.",
        "二つのノードが同時にブロックを作ることがあります。仕事量の多い枝が勝ち、もう一方の取引は再びブロックを待ちます。"))</p>\
      \(view.table(
        view.t("Reorganisations seen here", "ここで見た再編成"),
        [
          view.t("Time", "時刻"), view.t("Fork", "分岐点"), view.t("Off", "外した数"),
          view.t("On", "繋いだ数"), view.t("Old tip", "旧先端"), view.t("New tip", "新先端"),
        ], changes, numbers: [2, 3], id: "changes"))\
      \(view.table(
        view.t("Blocks off the chain", "チェーン外のブロック"),
        [
          view.t("Height", "高さ"), view.t("Hash", "ハッシュ"), view.t("Time", "時刻"),
          view.t("Built by", "作成者"), view.t("Why", "理由"),
        ], side, id: "side"))
      """)
  }
}

extension View {
  /// Blocks in a table.
  func blockTable(_ blocks: [BlockSummary], id: String?) throws -> HTML {
    let rows = try blocks.map { block -> [HTML] in
      let producer = try source.member(of: block.producer)
      return [
        link("blocks", "\(block.height)", View.grouped(block.height)), time(block.time),
        producer.map { link("members", $0.member.hex, $0.name) } ?? "–",
        "\(block.transactions.map { "\($0)" } ?? "–")", "\(View.thousandths(block.generatedWh))",
        "\(View.thousandths(block.minted.value))",
      ]
    }
    return table(
      t("Blocks", "ブロック"),
      [
        t("Height", "高さ"), t("Time", "時刻"), t("Built by", "作成者"), t("Tx", "取引"),
        "kWh", t("Minted", "発行"),
      ], rows, numbers: [3, 4, 5], id: id, isList: true)
  }

  /// The link to the rest of a list.
  func pager(_ path: String, _ next: String?, query: String = "") -> HTML {
    next.map {
      "<p class=\"pager\"><a rel=\"next\" href=\"\(path)?\(query)after=\($0)\">\(t("Older", "古いもの"))</a></p>"
    } ?? ""
  }
}
