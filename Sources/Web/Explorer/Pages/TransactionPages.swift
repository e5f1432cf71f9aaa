// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Charts
import EchonetLite
import ExplorerIndex
import HTTPAPI
import HomeEnergy
import Ledger
import LedgerCrypto
import LedgerStore
import Markup
import Metering
import Proofs
import Quantities
import WebService

/// Transactions, and reports down to the meter's bytes.
struct TransactionPages {
  static func endpoints(_ source: ExplorerSource) -> [Endpoint] {
    let words = TransactionKind.allCases.map(\.rawValue)
    return [
      .page("/transactions", source, [Parameter("kind", .choice(words), ""), .after]) {
        view, call in
        let title = view.t("Transactions", "取引")
        let chosen = call["kind"].flatMap(TransactionKind.init)
        let place = call.cursor.map {
          ChainPlace(height: UInt64($0.0), position: Int(clamping: $0.1))
        }
        let found = Found(
          try source.index.transactions(
            kind: chosen?.code, before: place, limit: Page.usualLimit + 1)
        ) { "\($0.place.height).\($0.place.position)" }
        let kinds = TransactionKind.allCases.map { kind -> HTML in
          let mark: HTML = kind == chosen ? " aria-current=\"true\"" : ""
          return "<a href=\"/transactions?kind=\(kind.rawValue)\"\(mark)>\(view.kind(kind))</a> "
        }
        return view.page(
          title, "transactions",
          """
          <h1>\(title)</h1><p><a href="/transactions">\(view.t("All", "すべて"))</a> \(kinds)</p>\
          \(view.transactionTable(
            Array(found.rows), id: call["after"] == nil ? "transactions" : nil))\
          \(view.pager("/transactions", found.next, query: call["kind"].map { "kind=\($0)&" } ?? ""))
          """)
      },
      .page("/transactions/{transaction}", source, [Parameter("transaction", .id, "")]) {
        view, call in
        try TransactionPages(view: view).one(TransactionId(call.id("transaction") ?? .zero))
      },
    ]
  }

  let view: View

  private func one(_ id: TransactionId) throws -> HTML {
    guard let (summary, block, proof) = try view.source.proof(of: id) else {
      throw Problem.notFound(
        view.t("The chain has no such transaction, or this node pruned it.", "その取引はありません。"))
    }
    let encoded = proof.transaction
    let kind = TransactionForm(summary).kind
    let title = "\(view.kind(kind)) \(id)"
    let depth = try view.source.depth(of: summary.place.height)
    let isFinal = try summary.place.height <= view.source.ledger.settledHeight()
    let facts = view.facts([
      (view.t("Id", "番号"), view.whole(id.hex)),
      (
        view.t("Block", "ブロック"),
        view.link("blocks", "\(summary.place.height)", View.grouped(summary.place.height))
          + ", \(view.t("place", "位置")) \(summary.place.position)"
      ),
      (view.t("Time", "時刻"), view.time(summary.time)),
      (view.t("Blocks on top", "承認数"), "\(View.grouped(depth))"),
      (view.t("Length", "長さ"), "\(encoded.bytes.count) B"),
      (
        view.t("Signature", "署名"),
        view.whole(Array(encoded.bytes.suffix(64)).hex)
      ),
    ])
    return view.page(
      title, "transactions",
      """
      <h1 class="over">\(title)</h1>\(try view.sentence(encoded))<p class="meta">\(view.time(summary.time)) · \
      \(view.link("blocks", "\(summary.place.height)", view.t("block \(View.grouped(summary.place.height))", "ブロック \(View.grouped(summary.place.height))"))) · \
      \(view.settled(isFinal))</p>\(try content(encoded))\
      <details><summary>\(view.t("Id, place, signature, proof and bytes", "番号・位置・署名・証明・バイト列"))</summary>\
      <section>\(facts)</section>\(merkle(
        view.t("In its block", "ブロックの中で"), leaf: id.value, proof.path,
        root: block.header.transactionRoot,
        view.t("the block's transaction root", "ブロックの取引のマークルルート")))\
      <section><h2>\(view.t("Its bytes", "バイト列"))</h2><pre tabindex="0"><code>\(encoded.bytes.hex)</code></pre></section></details>\
      \(view.verify(
        view.t(
          "The proof is a file; with the headers and the network file it needs nothing else.",
          "証明は一つのファイルです。ヘッダーとネットワークファイルだけで検証できます。"),
        kind == .report
          ? view.chainCommands("report \(id.hex)")
          : [
            view.networkCommand,
            "curl -fLo proof.json \(view.host)/api/v1/proofs/transactions/\(id.hex)",
            "hinata-verify proof proof.json --genesis network.json",
          ]))
      """)
  }

  /// A Merkle path, hashed here, and hashed again in the reader's browser where it can.
  private func merkle(
    _ title: String, leaf: Bytes32, _ path: MerkleProof, root: Bytes32, _ rootName: String
  ) -> HTML {
    let holds = path.root(from: leaf) == root
    let good = view.t("hashes to \(rootName)", "\(rootName)に一致")
    let bad = view.t("does NOT hash to \(rootName)", "\(rootName)に一致しません")
    let steps = path.siblings.map { "<li><code class=\"whole\">\($0.hex)</code></li>" as HTML }
    return """
      <section><h2>\(title)</h2><p><span class="\(holds ? "good" : "bad")" data-leaf="\(leaf.hex)" \
      data-root="\(root.hex)" data-index="\(path.index)" data-count="\(path.count)" \
      data-siblings="\(path.siblings.map(\.hex).joined(separator: " "))" \
      data-good="\(view.t("Checked in your browser: ", "ブラウザで確認: ") + good)" data-bad="\(bad)">\
      \(holds ? good : bad)</span></p><details><summary>\(view.t(
        "Merkle path, \(path.siblings.count) steps", "マークル経路 \(path.siblings.count) 段"))</summary>\
      <p>\(view.whole(leaf.hex))</p><ol>\(steps)</ol><p>→ \(view.whole(root.hex))</p></details></section>
      """
  }

  private func content(_ encoded: EncodedTransaction) throws -> HTML {
    switch encoded.transaction {
    case .report(let report): try self.report(report, encoded.id)
    case .mint(let mint):
      facts([
        (view.t("Site", "設備"), try site(mint.site)),
        (view.t("Exchange", "交換所"), try member(mint.exchange)),
        (view.t("Period", "期間"), period(mint.first, mint.length)),
        (view.t("Amount", "数量"), "\(view.coins(mint.amount))"),
        (view.t("Lot", "ロット"), view.link("lots", encoded.lotId(0).hex)),
        (view.t("Claim", "発行申請"), view.link("claims", mint.claim.hex)),
      ])
    case .transfer(let transfer):
      facts([
        (view.t("From", "送り手"), try member(transfer.from)),
        (view.t("To", "受け手"), try member(transfer.to)),
        (view.t("Amount", "数量"), try amount(encoded)),
        (view.t("Out of lot", "元のロット"), view.link("lots", transfer.lot.hex)),
        (view.t("Sent lot", "送ったロット"), view.link("lots", encoded.lotId(0).hex)),
      ])
    case .retire(let retirement): try retire(retirement, encoded)
    case .admitMember(let admission):
      facts([
        (
          view.t("Member", "会員"),
          view.link("members", admission.record.id.hex, admission.record.name)
        ),
        (view.t("Kind", "種類"), "\("\(admission.record.kind)")"),
      ])
    case .setStanding(let change):
      facts([
        (view.t("Member", "会員"), try member(change.member)),
        (
          view.t("Standing", "状態"),
          "\(change.isSuspended ? view.t("suspended", "停止") : view.t("restored", "再開"))"
        ),
      ])
    case .recordFinal(let record):
      facts([
        (
          view.t("Final block", "確定したブロック"),
          view.link("blocks", record.record.block.hex)
        ),
        (view.t("Term", "期"), "\(record.record.term)"),
        (
          view.t("Approved by", "承認"),
          "\(record.record.signers.seats.count) / \(record.record.signers.seatCount) \(view.t("seats", "席"))"
        ),
      ])
    case .restart(let restart):
      facts([
        (view.t("Operator", "運営者"), try member(restart.operator)),
        (view.t("Term that ends", "終わる期"), "\(restart.term)"),
        (
          view.t("On the chain of block", "対象のチェーンのブロック"),
          view.link("blocks", restart.checkpoint.hex)
        ),
      ])
    case .contradiction(let contradiction):
      facts([
        (view.t("Seat", "席"), "\(contradiction.seat)"),
        (view.t("Term", "期"), "\(contradiction.first.term)"),
        (
          view.t("It approved both", "両方を承認"),
          "\(view.whole(contradiction.first.block.hex)) \(view.whole(contradiction.second.block.hex))"
        ),
      ])
    case .moveEdition(let move):
      facts([
        (view.t("Edition of the rules", "規則の版"), "\(move.edition.number)"),
        (view.t("Holds from", "適用開始"), view.time(move.edition.from)),
      ])
    case .honour(let honour):
      facts([
        (view.t("For", "受け取る会員"), try member(honour.value.member)),
        (view.t("Energy", "電力量"), "\(View.thousandths(honour.value.energyWh)) kWh"),
        (view.t("Exchange", "交換所"), try member(honour.value.exchange)),
        (view.t("Network that it comes from", "元の網"), view.whole(honour.value.network.hex)),
        (view.t("Lot there", "元のロット"), view.whole(honour.value.lot.hex)),
        (view.t("Hash of the certificate", "証書のハッシュ"), view.whole(honour.value.certificate.hex)),
      ])
    case .setNodeKey(let change):
      facts([
        (view.t("Member", "会員"), try member(change.member)),
        (view.t("Key of its node", "ノードの鍵"), view.whole(change.key.value.hex)),
      ])
    case .registerSite(let registration):
      facts([
        (
          view.t("Site", "設備"),
          view.link("sites", registration.record.id.hex, registration.record.name)
        ),
        (view.t("Member", "会員"), try member(registration.record.member)),
      ])
    }
  }

  private func facts(_ facts: [(String, HTML)]) -> HTML {
    "<section><h2>\(view.t("What it says", "内容"))</h2>\(view.facts(facts))</section>"
  }

  private func retire(_ retirement: Retire, _ encoded: EncodedTransaction) throws -> HTML {
    var shown: [(String, HTML)] = [
      (view.t("Owner", "保有者"), try member(retirement.owner)),
      (view.t("Purpose", "目的"), "\(retirement.purpose)"),
      (view.t("Beneficiary", "受益者"), "\(retirement.beneficiary)"),
      (view.t("Amount", "数量"), try amount(encoded)),
      (view.t("Out of lot", "元のロット"), view.link("lots", retirement.lot.hex)),
      (view.t("Retired lot", "償却したロット"), view.link("lots", encoded.lotId(0).hex)),
      (
        view.t("Certificate", "証書"),
        view.link(
          "certificates", encoded.lotId(0).hex, view.t("Green power certificate", "グリーン電力証書"))
      ),
    ]
    guard let consumption = retirement.consumption else { return facts(shown) }
    shown.append((view.t("Matched with", "対応する消費"), try site(consumption.site)))
    let rows = consumption.matches.map { match -> [HTML] in
      [view.time(match.interval.start), "\(View.thousandths(UInt64(match.energyWh)))"]
    }
    return facts(shown)
      + view.table(
        view.t("Matched half hour by half hour", "30 分ごとの対応"),
        [view.t("Half hour", "時間帯"), "kWh"], rows, numbers: [1])
  }

  private func report(_ report: Report, _ id: TransactionId) throws -> HTML {
    let flows = EnergyFlow.allCases.filter { flow in
      report.total(flow) > .zero || report.readings.contains { $0[quality: flow] == .unknown }
    }
    let rows = report.readings.map { reading -> [HTML] in
      [view.time(reading.interval.start)]
        + flows.map { view.energy(UInt64(reading[$0]), reading[quality: $0]) }
        + ["\(view.quality(reading.qualities.worst))"]
    }
    let registers = report.registers.map { register -> [HTML] in
      [
        "\(view.name(register.flow))", "\(register.device)", "\(register.opening)",
        "\(register.closing)", "\(register.step / 10).\(register.step % 10)",
      ]
    }
    let title = view.t("Readings", "計測値")
    return facts([
      (view.t("Site", "設備"), try site(report.site)),
      (view.t("Period", "期間"), period(report.first, UInt32(report.readings.count))),
      (view.t("Root of the samples", "計量データのルートハッシュ"), view.whole(report.sampleRoot.hex)),
    ])
      + "<section><h2>\(title)</h2>\(picture(title, report).html)</section>"
      + view.table(
        view.t("Readings in kWh", "計測値 (kWh)"),
        [view.t("Half hour", "時間帯")] + flows.map(view.name) + [view.t("Quality", "品質")], rows,
        numbers: flows.isEmpty ? [] : Set(1...flows.count))
      + view.table(
        view.t("Counters of the meters", "メーターの積算値"),
        [
          view.t("Counts", "対象"), view.t("Device", "機器"), view.t("At the beginning", "始め"),
          view.t("At the end", "終わり"), view.t("Wh a step", "1 目盛 Wh"),
        ], registers, numbers: [1, 2, 3, 4])
      + (try evidence(report, id))
  }

  private func picture(_ title: String, _ report: Report) -> BarChart {
    let bars = report.readings.map { HomeFlows($0) }
    let names = report.readings.map { view.clock($0.interval) }
    var chart = EnergyPicture.chart(view, title, id: "r", bars, names: names) { slot in
      Set(EnergyFlow.allCases.filter { report.readings[slot][quality: $0] == .unknown })
    }
    let every = bars.count <= 4 ? 1 : 6 * ((bars.count + 35) / 36)
    chart.ticks = names.enumerated().filter { $0.offset % every == 0 }
      .map { BarChart.Tick($0.offset, $0.element) }
    return chart
  }

  private func evidence(_ report: Report, _ id: TransactionId) throws -> HTML {
    let evidence = try view.source.evidence(
      under: report, id, limit: 400, areOpen: view.source.samplesAreOpen)
    return view.audits(evidence.notes)
      + (evidence.root == nil
        ? try elsewhere(report, id) : view.samples(evidence, signed: report.sampleRoot))
  }

  /// Where the samples are, and how a member sees them.
  private func elsewhere(_ report: Report, _ id: TransactionId) throws -> HTML {
    let title = view.t("Samples", "計量データ")
    let way: HTML =
      view.source.hasHome
      ? """
      <p><a class="button" href="/home/look/\(id.hex)">\(view.t("Ask that home's node for them", "その家のノードに尋ねる"))</a></p>
      """
      : """
      <p><code>hinata evidence --site \(String(report.site.hex.prefix(12))) --interval \("\(report.first)")</code></p>
      """
    return """
      <section><h2>\(title)</h2><p class="none">\(view.t(
        "The home's own node keeps them: any member may ask it through their own.",
        "その家のノードが保管しており、会員は自分のノードから尋ねられます。"))</p>\(way)</section>
      """
  }

  private func site(_ id: SiteId) throws -> HTML {
    view.link("sites", id.hex, try view.source.site(id)?.name)
  }

  private func amount(_ encoded: EncodedTransaction) throws -> HTML {
    "\(try view.source.index.lot(encoded.lotId(0)).map { view.coins($0.lot.amount) } ?? "–")"
  }

  private func member(_ id: MemberId) throws -> HTML {
    view.link("members", id.hex, try view.source.member(id)?.record.name)
  }

  private func period(_ first: Interval, _ length: UInt32) -> HTML { view.period(first, length) }
}
