// SPDX-License-Identifier: Apache-2.0

import Foundation
import Quantities

/// What a household pays and gets for a kWh, and what one from the grid costs the climate, as it
/// has said. Nothing is assumed: tariffs and factors differ by contract, power company and year.
struct HomePrices: Codable, Hashable {
  /// The file in the node's data folder.
  static let fileName = "home.prices.json"
  /// Most that a price or a factor may be: what is more was mistyped.
  static let most: UInt64 = 1_000_000

  /// For a kWh that is bought, in thousandths of a yen.
  var bought: UInt64?
  /// The same at night, where the contract has a price of its own, and from which hour to which.
  var boughtAtNight: UInt64?
  var nightFrom: Int?
  var nightTo: Int?
  /// For a kWh that is sold, in thousandths of a yen.
  var sold: UInt64?
  /// Grams of CO2 a kWh from the grid.
  var grams: UInt64?
  /// Who says so.
  var source: String?

  /// What the household in `folder` said; nothing where it said nothing, or what nobody can read.
  init(folder: URL) {
    let file = folder.appendingPathComponent(HomePrices.fileName)
    let known = (try? Data(contentsOf: file)).flatMap {
      try? JSONDecoder().decode(HomePrices.self, from: $0)
    }
    self = known.map(\.bounded) ?? HomePrices()
  }

  /// Nothing said.
  init() {}

  /// Keeps what was said.
  func write(to folder: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(self).write(
      to: folder.appendingPathComponent(HomePrices.fileName), options: .atomic)
  }

  private var bounded: HomePrices {
    var prices = self
    func bound(_ value: UInt64?) -> UInt64? { value.flatMap { $0 <= HomePrices.most ? $0 : nil } }
    (prices.bought, prices.boughtAtNight) = (bound(bought), bound(boughtAtNight))
    (prices.sold, prices.grams) = (bound(sold), bound(grams))
    func hour(_ value: Int?) -> Int? { value.flatMap { (0...24).contains($0) ? $0 : nil } }
    (prices.nightFrom, prices.nightTo) = (hour(nightFrom), hour(nightTo))
    prices.source = source.map { String($0.prefix(200)) }
    return prices
  }

  /// For a kWh that is bought in a half hour of a day, 0...47.
  func bought(in halfHour: Int) -> UInt64? {
    guard let boughtAtNight, let nightFrom, let nightTo else { return bought }
    let hour = halfHour / 2
    let isNight =
      nightFrom <= nightTo
      ? (nightFrom..<nightTo).contains(hour) : hour >= nightFrom || hour < nightTo
    return isNight ? boughtAtNight : bought
  }

  // MARK: What people type

  /// A field of the form.
  enum Field: String, CaseIterable {
    case bought
    case boughtAtNight
    case nightFrom
    case nightTo
    case sold
    case grams
    case source
  }

  /// Reads a form.
  /// - Returns: the fields that cannot be read; then nothing of `self` is to be kept.
  mutating func take(_ values: [String: String]) -> Set<Field> {
    var wrong: Set<Field> = []
    func amount(_ field: Field) -> UInt64? {
      guard let text = values[field.rawValue], !HomePrices.plain(text).isEmpty else { return nil }
      guard let value = HomePrices.thousandths(text), value <= HomePrices.most else {
        wrong.insert(field)
        return nil
      }
      return value
    }
    func hour(_ field: Field) -> Int? {
      guard let text = values[field.rawValue], !HomePrices.plain(text).isEmpty else { return nil }
      guard let value = Int(HomePrices.plain(text)), (0...24).contains(value) else {
        wrong.insert(field)
        return nil
      }
      return value
    }
    (bought, boughtAtNight, sold) = (amount(.bought), amount(.boughtAtNight), amount(.sold))
    // Typed in kg, kept in grams.
    grams = amount(.grams)
    (nightFrom, nightTo) = (hour(.nightFrom), hour(.nightTo))
    let words = (values[Field.source.rawValue] ?? "").trimmingCharacters(
      in: .whitespacesAndNewlines)
    source = words.isEmpty ? nil : String(words.prefix(200))
    if boughtAtNight != nil {
      if nightFrom == nil { wrong.insert(.nightFrom) }
      if nightTo == nil { wrong.insert(.nightTo) }
    }
    return wrong
  }

  /// Without spaces, with digits and points of half width: as people in Japan may type them.
  private static func plain(_ text: String) -> String {
    (text.applyingTransform(.fullwidthToHalfwidth, reverse: false) ?? text)
      .replacingOccurrences(of: ",", with: ".").filter { !$0.isWhitespace }
  }

  /// Thousandths of a number as people type it, such as 31, 31.5 or 31,5; nil for what is none.
  static func thousandths(_ text: String) -> UInt64? {
    let parts = plain(text).split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), !parts[0].isEmpty, parts[0].count <= 9,
      parts.allSatisfy({ $0.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) }),
      let whole = UInt64(parts[0])
    else { return nil }
    guard parts.count == 2 else { return whole * 1000 }
    guard (1...3).contains(parts[1].count), let rest = UInt64(parts[1]) else { return nil }
    return whole * 1000 + rest * [100, 10, 1][parts[1].count - 1]
  }
}
