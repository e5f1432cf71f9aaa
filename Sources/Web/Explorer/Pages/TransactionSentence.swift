// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import ExplorerIndex
import HTTPAPI
import Ledger
import LedgerStore
import Markup
import Product
import Quantities

extension View {
  /// What a transaction did, in one sentence: who, how much, to whom or for what, and when.
  func sentence(_ encoded: EncodedTransaction) throws -> HTML {
    switch encoded.transaction {
    case .report(let report): try sentence(report)
    case .mint(let mint): try sentence(mint)
    case .transfer(let transfer): try sentence(transfer, encoded)
    case .retire(let retirement): try sentence(retirement, encoded)
    case .admitMember(let admission): try sentence(admission)
    case .setStanding(let change): try sentence(change)
    case .registerSite(let registration): try sentence(registration)
    case .honour(let honour): try sentence(honour)
    case .recordFinal(let record): sentence(record)
    case .restart(let restart): try sentence(restart)
    case .contradiction(let contradiction): sentence(contradiction)
    case .moveEdition(let move): sentence(move)
    case .setNodeKey(let change): try sentence(change)
    }
  }

  private func sentence(_ mint: Mint) throws -> HTML {
    try say(
      "\(try who(mint.exchange)) minted \(amount(mint.amount)) from what \(try place(mint.site)) generated \(try days(mint)).",
      "\(try who(mint.exchange)) が \(try place(mint.site)) の \(try days(mint))の発電に \(amount(mint.amount)) を発行しました。"
    )
  }

  private func sentence(_ transfer: Transfer, _ encoded: EncodedTransaction) throws -> HTML {
    try say(
      "\(try who(transfer.from)) sent \(try amount(of: encoded)) to \(try who(transfer.to)).",
      "\(try who(transfer.from)) が \(try who(transfer.to)) に \(try amount(of: encoded)) を送りました。"
    )
  }

  private func sentence(_ retirement: Retire, _ encoded: EncodedTransaction) throws -> HTML {
    try say(
      "\(try who(retirement.owner)) retired \(try amount(of: encoded)) for “\(retirement.beneficiary.isEmpty ? retirement.purpose : retirement.beneficiary)”.",
      "\(try who(retirement.owner)) が \(try amount(of: encoded)) を「\(retirement.beneficiary.isEmpty ? retirement.purpose : retirement.beneficiary)」のために償却しました。"
    )
  }

  private func sentence(_ admission: AdmitMember) throws -> HTML {
    try say(
      "\(try who(admission.operator)) let in <b>\(admission.record.name)</b> as \(kind(admission.record.kind)).",
      "\(try who(admission.operator)) が <b>\(admission.record.name)</b>（\(kind(admission.record.kind))）の加入を認めました。"
    )
  }

  private func sentence(_ change: SetStanding) throws -> HTML {
    change.isSuspended
      ? try say(
        "\(try who(change.operator)) suspended \(try who(change.member)).",
        "\(try who(change.operator)) が \(try who(change.member)) の資格を停止しました。")
      : try say(
        "\(try who(change.operator)) restored \(try who(change.member)).",
        "\(try who(change.operator)) が \(try who(change.member)) の資格を回復しました。")
  }

  private func sentence(_ registration: RegisterSite) throws -> HTML {
    try say(
      "\(try who(registration.operator)) registered <b>\(registration.record.name)</b>, \(View.thousandths(UInt64(registration.record.capacityW))) kW, of \(try who(registration.record.member)).",
      "\(try who(registration.operator)) が \(try who(registration.record.member)) の <b>\(registration.record.name)</b>（\(View.thousandths(UInt64(registration.record.capacityW))) kW）を登録しました。"
    )
  }

  private func sentence(_ honour: Honour) throws -> HTML {
    try say(
      "\(try who(honour.value.exchange)) honoured \(kWh(honour.value.energyWh)) of another network for \(try who(honour.value.member)).",
      "\(try who(honour.value.exchange)) が他の網の \(kWh(honour.value.energyWh)) を \(try who(honour.value.member)) の価値として認めました。"
    )
  }

  private func sentence(_ record: RecordFinal) -> HTML {
    say(
      "\(record.record.signers.seats.count) of \(record.record.signers.seatCount) seats made block \(link("blocks", record.record.block.hex)) final.",
      "\(record.record.signers.seatCount) 席のうち \(record.record.signers.seats.count) 席の承認で、ブロック \(link("blocks", record.record.block.hex)) が確定しました。"
    )
  }

  private func sentence(_ restart: Restart) throws -> HTML {
    try say(
      "\(try who(restart.operator)) asks for a restart: approvers of term \(restart.term) are gone.",
      "\(try who(restart.operator)) が再開を求めました。第 \(restart.term) 期の承認者が足りません。")
  }

  private func sentence(_ contradiction: Contradiction) -> HTML {
    say(
      "Seat \(contradiction.seat) of term \(contradiction.first.term) approved two things that exclude each other.",
      "第 \(contradiction.first.term) 期の席 \(contradiction.seat) が、両立しない二つを承認しました。")
  }

  private func sentence(_ move: MoveEdition) -> HTML {
    say(
      "Edition \(move.edition.number) of the rules holds from \(time(move.edition.from)) on.",
      "規則の第 \(move.edition.number) 版が \(time(move.edition.from)) から適用されます。")
  }

  private func sentence(_ change: SetNodeKey) throws -> HTML {
    try say(
      "\(try who(change.member)) gave its node a key of its own.",
      "\(try who(change.member)) がノードの鍵を登録しました。")
  }

  private func sentence(_ report: Report) throws -> HTML {
    func total(_ flow: EnergyFlow) -> String {
      let sum = kWh(UInt64(max(0, report.total(flow).value)))
      let unknown = report.readings.count { $0[quality: flow] == .unknown }
      guard unknown > 0 else { return sum }
      return unknown == report.readings.count
        ? t("an unknown amount", "不明な量") : t("at least \(sum)", "\(sum) 以上")
    }
    let hours = report.readings.count
    let span = t(
      hours == 1 ? "in half an hour" : "in \(hours) half hours",
      hours == 1 ? "30 分" : "\(hours) 個の 30 分値")
    return try say(
      "\(try place(report.site)) made \(total(.generated)) \(span) from \(time(report.first.start)), used \(total(.consumed)) and sold \(total(.sold)).",
      "\(try place(report.site)) は \(time(report.first.start)) からの\(span)で \(total(.generated)) を発電し、\(total(.consumed)) を使い、\(total(.sold)) を売りました。"
    )
  }

  private func say(
    _ english: @autoclosure () throws -> HTML, _ japanese: @autoclosure () throws -> HTML
  ) rethrows -> HTML {
    let words = language == .japanese ? try japanese() : try english()
    return "<p class=\"say\">\(words)</p>"
  }

  private func who(_ id: MemberId) throws -> HTML {
    "<b>\(link("members", id.hex, try source.member(id)?.record.name))</b>"
  }

  private func place(_ id: SiteId) throws -> HTML {
    "<b>\(link("sites", id.hex, try source.site(id)?.name))</b>"
  }

  private func amount(_ amount: MilliCoins) -> HTML { "<b>\(coins(amount))</b>" }

  /// The amount of the lot that a transaction made first: what was sent or retired.
  private func amount(of encoded: EncodedTransaction) throws -> HTML {
    guard let lot = try source.index.lot(encoded.lotId(0)) else { return "<b>–</b>" }
    return amount(lot.lot.amount)
  }

  /// The days of a mint, by its site's own clock.
  private func days(_ mint: Mint) throws -> String {
    let offset = try source.site(mint.site)?.utcOffset ?? .japan
    func day(_ interval: Interval) -> String {
      date(CalendarDate(dayNumber: Int64(offset.day(of: interval).day)))
    }
    let first = day(mint.first)
    let last = day(mint.first.advanced(by: max(1, mint.length) - 1))
    return first == last
      ? t("on \(first)", first) : t("from \(first) to \(last)", "\(first)から\(last)まで")
  }
}
