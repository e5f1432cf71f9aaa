// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import ExplorerIndex
import Foundation
import Ledger
import LedgerCrypto
import LedgerStore
public import Quantities

extension ExplorerSource {
  /// Most that a search finds.
  static let searchLimit = 20

  /// Everything that a text names: a height, an id or six digits and more of one, a date or a time
  /// as people write them, a part of a name, in whose name something was retired.
  public func search(_ text: String) throws -> [FoundForm] {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !text.isEmpty else { return [] }
    var found: [FoundForm] = []
    if let height = UInt64(text), let block = try index.block(height: height) {
      found.append(FoundForm("block", "\(height)", "\(block.time)"))
    }
    if let id = Bytes32(hex: text.lowercased()) {
      found += try search(id)
    } else {
      for id in try index.ids(beginning: text.lowercased(), limit: 5) { found += try search(id) }
    }
    if UInt64(text) == nil, let interval = Interval(text: text) {
      found.append(FoundForm("interval", "\(interval)", "\(interval)"))
    } else if let moment = SpokenTime(text) {
      found.append(FoundForm(moment))
    }
    found += try index.entities(named: text, limit: ExplorerSource.searchLimit).map {
      FoundForm($0.kind == .member ? "member" : "site", $0.id.hex, $0.name)
    }
    for id in try index.retirements(for: text, limit: ExplorerSource.searchLimit) {
      found.append(FoundForm("transaction", id.hex, try title(ofRetirement: id)))
    }
    return Array(found.prefix(2 * ExplorerSource.searchLimit))
  }

  /// In whose name something was retired, and how much.
  private func title(ofRetirement id: TransactionId) throws -> String {
    guard let summary = try index.transaction(id),
      case .retire(let retirement)? = try index.content(of: summary, in: ledger)?.transaction
    else { return id.description }
    let amount = summary.amount.map { ", \(MilliCoins($0))" } ?? ""
    return "\(retirement.beneficiary)\(amount)"
  }

  private func search(_ id: Bytes32) throws -> [FoundForm] {
    var found: [FoundForm] = []
    if let block = try index.block(hash: .init(id)) {
      found.append(FoundForm("block", "\(block.height)", "\(block.time)"))
    }
    if let transaction = try index.transaction(TransactionId(id)) {
      let form = TransactionForm(transaction)
      found.append(FoundForm("transaction", id.hex, form.kind?.rawValue ?? "unknown"))
    }
    if let member = try member(MemberId(id)) {
      found.append(FoundForm("member", id.hex, member.record.name))
    }
    if let site = try site(SiteId(id)) { found.append(FoundForm("site", id.hex, site.name)) }
    if let lot = try index.lot(LotId(id)) {
      found.append(FoundForm("lot", id.hex, "\(lot.lot.amount)"))
    }
    if try !ledger.decisions(on: ClaimId(id)).isEmpty {
      found.append(FoundForm("claim", id.hex, id.description))
    }
    return found
  }
}

/// A day, or a half hour of it by the clock of Japan, as people write it: 2016-08-01, 2016/8/1,
/// 2016年8月1日, each with 12:00 or 12時30分 behind it or not.
public struct SpokenTime: Hashable, Sendable {
  /// The day.
  public let date: CalendarDate
  /// Minutes since midnight, where an hour was named.
  public let minutes: UInt64?

  /// Reads a date and perhaps a time; nil for what is neither.
  public init?(_ text: String) {
    let half = text.applyingTransform(.fullwidthToHalfwidth, reverse: false) ?? text
    var plain = half
    for (word, sign) in [
      ("JST", ""), ("年", "-"), ("月", "-"), ("日", " "), ("時", ":"), ("分", ""), ("/", "-"),
      (".", "-"), ("T", " "),
    ] { plain = plain.replacingOccurrences(of: word, with: sign) }
    let parts = plain.split(separator: " ")
    guard (1...2).contains(parts.count) else { return nil }
    let day = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard day.count == 3, let year = day[0], let month = day[1], let number = day[2],
      let date = CalendarDate(year: year, month: month, day: number), date.dayNumber >= 0
    else { return nil }
    self.date = date
    guard parts.count == 2 else {
      minutes = nil
      return
    }
    let clock = parts[1].split(separator: ":", omittingEmptySubsequences: false)
    guard (1...2).contains(clock.count), let hour = UInt64(clock[0]), hour < 24,
      let minute = clock.count == 1 || clock[1].isEmpty ? 0 : UInt64(clock[1]), minute < 60
    else { return nil }
    minutes = hour * 60 + minute
  }

  /// The half hour that was named, by the clock of Japan; nil for a whole day.
  public var interval: Interval? {
    minutes.map {
      UTCOffset.japan.interval(day: UInt32(clamping: date.dayNumber), slot: Int($0 / 30))
    }
  }
}

extension FoundForm {
  init(_ moment: SpokenTime) {
    if let interval = moment.interval {
      self.init("interval", "\(interval)", "\(interval)")
    } else {
      self.init("day", "\(moment.date)", "\(moment.date)")
    }
  }
}
