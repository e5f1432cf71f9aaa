// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Joining
public import Ledger
public import LedgerCrypto
import LedgerFiles
public import Product
public import Quantities

/// What is wrong with an answer, and what would be right.
public struct JoinAnswerError: Error, Sendable, CustomStringConvertible {
  /// The question, as in flags and forms.
  public let question: String
  public let reason: String
  /// The same in Japanese.
  let japanese: String
  public var description: String { text(.english) }

  /// What was wrong, in a language.
  public func text(_ say: Language) -> String { "\(question): \(say(reason, japanese))" }
}

/// What a household says of itself, as texts from flags, a terminal or a form.
public struct JoinAnswers: Sendable {
  /// One question.
  public struct Question: Sendable {
    /// Its name in flags (`--name`) and forms.
    public let name: String
    public let english: String
    public let japanese: String
    /// What is taken where nothing is said; nil: an answer is needed.
    public let fallback: String?
    /// Whether it is about the member, which stands on the chain already when another site is asked
    /// for.
    let isOfMember: Bool

    init(
      name: String, english: String, japanese: String, fallback: String?, isOfMember: Bool = false
    ) {
      self.name = name
      self.english = english
      self.japanese = japanese
      self.fallback = fallback
      self.isOfMember = isOfMember
    }
  }

  /// The questions in the order in which they are asked.
  /// - Parameter isAnother: another site of a member is asked for.
  public static func questions(isAnother: Bool) -> [Question] {
    all.filter { !isAnother || !$0.isOfMember }
  }

  private static let all: [Question] = [
    Question(
      name: "name", english: "Name to be shown on coins and certificates",
      japanese: "証書に表示する名前", fallback: nil, isOfMember: true),
    Question(
      name: "kind",
      english: "Kind of member: consumer, publicConsumer, businessConsumer, generator",
      japanese: "会員の種類（consumer＝家庭）", fallback: "consumer", isOfMember: true),
    Question(
      name: "site", english: "Name of the roof or plant", japanese: "設備の名前", fallback: "Roof"),
    Question(
      name: "pv", english: "Rated output of the PV system in kW, for example 4.5",
      japanese: "太陽光発電の定格出力（kW）", fallback: nil),
    Question(
      name: "battery", english: "Usable capacity of the battery in kWh, 0 without one",
      japanese: "蓄電池の容量（kWh、なければ 0）", fallback: "0"),
    Question(
      name: "connection",
      english: "What the connection to the grid carries in kW, 50 for a home or small shop",
      japanese: "受電契約の上限（kW、低圧は 50）", fallback: "50"),
    Question(
      name: "place", english: "Prefecture, for example Tokyo or JP-13", japanese: "都道府県",
      fallback: nil),
    Question(
      name: "device", english: "Maker and model of the inverter", japanese: "パワコンのメーカーと型番",
      fallback: nil),
    Question(
      name: "serial", english: "Serial number of the inverter", japanese: "パワコンの製造番号",
      fallback: nil),
    Question(
      name: "since", english: "Day on which it began to generate, YYYY-MM-DD",
      japanese: "運転開始日（YYYY-MM-DD）", fallback: nil),
    Question(
      name: "support",
      english: "Public support: none, grant for the device, fit (feed-in tariff), fip (premium)",
      japanese: "公的支援（none＝なし、grant＝補助金、fit＝固定価格買取、fip＝プレミアム）", fallback: "none"),
  ]

  /// How support is called in flags and forms.
  public static let supports: KeyValuePairs<String, PublicSupport> = [
    "none": .none, "grant": .investmentGrant, "fit": .feedInTariff, "fip": .feedInPremium,
  ]

  private let values: [String: String]

  /// Answers by the names of the questions; blanks around them do not count.
  public init(_ values: [String: String]) {
    self.values = values.mapValues { $0.trimmingCharacters() }.filter { !$0.value.isEmpty }
  }

  /// The questions that still need an answer.
  /// - Parameter isAnother: another site of a member is asked for.
  public func open(isAnother: Bool) -> [Question] {
    JoinAnswers.questions(isAnother: isAnother).filter {
      $0.fallback == nil && values[$0.name] == nil
    }
  }

  private func text(_ name: String) throws(JoinAnswerError) -> String {
    if let value = values[name] { return value }
    guard let question = JoinAnswers.all.first(where: { $0.name == name }),
      let fallback = question.fallback
    else {
      throw JoinAnswerError(question: name, reason: "an answer is needed", japanese: "入力が必要です")
    }
    return fallback
  }

  /// A number with up to three decimals, in thousandths.
  private func thousandths(_ name: String) throws(JoinAnswerError) -> UInt32 {
    let text = try text(name)
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = UInt32(parts[0]), whole <= 1_000_000,
      parts.count == 1 || (1...3).contains(parts[1].count),
      let part = UInt32(
        (parts.count == 2 ? parts[1] : "")
          + String(repeating: "0", count: 3 - (parts.count == 2 ? parts[1].count : 0)))
    else {
      throw JoinAnswerError(
        question: name, reason: "\"\(text)\" is no number such as 4.5",
        japanese: "「\(text)」は 4.5 のような数ではありません")
    }
    return whole * 1000 + part
  }

  /// The member's record.
  public func member(key: PublicKey) throws(JoinAnswerError) -> MemberRecord {
    let word = try text("kind")
    let kinds = NetworkFile.kinds.filter { JoinReview.kinds.contains($0.value) }
    guard let kind = kinds[word] else {
      throw JoinAnswerError(
        question: "kind",
        reason: "\"\(word)\" is none of \(kinds.keys.sorted().joined(separator: ", "))",
        japanese: "「\(word)」という種類はありません")
    }
    let record = MemberRecord(kind: kind, name: try text("name"), key: key)
    guard (try? MemberRecord(exactly: record.bytes)) != nil else {
      throw JoinAnswerError(
        question: "name", reason: "it must be 1 to 64 bytes long, without control characters",
        japanese: "1〜64 バイトで、制御文字は使えません")
    }
    return record
  }

  /// The site's record.
  public func site(
    of member: MemberId, key: PublicKey, offset: UTCOffset, activeFrom: Interval
  ) throws(JoinAnswerError) -> SiteRecord {
    let place = try text("place")
    guard let prefecture = Prefecture(place),
      let position = CoarsePosition(
        latitudeTenths: prefecture.latitudeTenths, longitudeTenths: prefecture.longitudeTenths)
    else {
      throw JoinAnswerError(
        question: "place", reason: "\"\(place)\" is no prefecture of Japan",
        japanese: "「\(place)」という都道府県はありません")
    }
    let since = try text("since")
    guard let day = CalendarDate(text: since), day.dayNumber > 0 else {
      throw JoinAnswerError(
        question: "since", reason: "\"\(since)\" is no day such as 2020-04-01",
        japanese: "「\(since)」は 2020-04-01 のような日付ではありません")
    }
    let word = try text("support")
    guard let support = JoinAnswers.supports.first(where: { $0.key == word })?.value else {
      throw JoinAnswerError(
        question: "support", reason: "\"\(word)\" is none of none, grant, fit, fip",
        japanese: "「\(word)」は none、grant、fit、fip のどれでもありません")
    }
    let capacity = try thousandths("pv")
    let battery = try thousandths("battery")
    let connection = max(1, try thousandths("connection"), capacity)
    let record = SiteRecord(
      member: member, key: key, name: try text("site"),
      method: capacity > 0 ? .photovoltaic : .none,
      role: capacity > 0 ? .production : battery > 0 ? .storage : .consumption,
      capacityW: capacity, batteryWh: battery, connectionW: connection,
      gridArea: prefecture.gridArea, region: prefecture.code, position: position, utcOffset: offset,
      deviceName: try text("device"), deviceId: try text("serial"), technology: "T010101",
      commissionedDay: UInt32(day.dayNumber), support: support, activeFrom: activeFrom)
    guard (try? SiteRecord(exactly: record.bytes)) != nil else {
      throw JoinAnswerError(
        question: "site, device or serial",
        reason: "a text is too long (64 bytes, the serial number 32) or has control characters",
        japanese: "長すぎる文字列（64 バイト、製造番号は 32 バイトまで）か制御文字があります")
    }
    return record
  }
}

extension String {
  fileprivate func trimmingCharacters() -> String {
    let start = firstIndex { !$0.isWhitespace } ?? endIndex
    let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
    return String(self[start..<end])
  }
}
