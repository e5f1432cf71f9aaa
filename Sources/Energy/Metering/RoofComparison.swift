// SPDX-License-Identifier: Apache-2.0

import Ledger
public import Quantities

/// Whether two objects that count generation see one roof, as a distribution board and the inverter
/// behind it do: they then move alike, half hour by half hour. Source:
/// Docs/decisions/0017-each-flow-on-its-own.md.
public enum RoofComparison: Hashable, Sendable {
  /// Too little sun yet to tell.
  case undecided
  /// They moved differently: two roofs.
  case separate
  /// They moved alike: `double` is the number of the device that shows what another one counts.
  case alike(double: UInt8)

  /// Half hours with sun that have to be looked at, and those of them that show two roofs.
  static let wanted = 4
  static let different = 2
  /// What a half hour with sun has at least, in Wh.
  static let sun: Int64 = 100
  /// How far two meters of one roof may differ: 5 % and 20 Wh.
  static let tolerancePerMille: Int64 = 50
  static let toleranceWh: Int64 = 20

  /// Compares the generation counters of a book over the half hours of `range`, the first two that
  /// stand at different nodes.
  public init(_ book: MeterBook, over range: Range<Interval>) {
    let indices = book.plan.indices(of: .generated)
    self = .separate
    for (place, left) in indices.enumerated() {
      for right in indices[(place + 1)...] {
        guard book.plan.areComparable(book.sources[left].device, book.sources[right].device)
        else { continue }
        self = RoofComparison.compare(book, left, right, range)
        if self != .separate { return }
      }
    }
  }

  private static func compare(
    _ book: MeterBook, _ left: Int, _ right: Int, _ range: Range<Interval>
  ) -> RoofComparison {
    var (seen, unlike) = (0, 0)
    for number in range.lowerBound.number..<range.upperBound.number {
      let interval = Interval(number)
      guard let one = book.ends(left, interval)?.energyWh,
        let other = book.ends(right, interval)?.energyWh, max(one, other) >= sun
      else { continue }
      seen += 1
      if abs(one - other) > max(one, other) * tolerancePerMille / 1000 + toleranceWh { unlike += 1 }
    }
    if unlike >= different { return .separate }
    guard seen - unlike >= wanted else { return .undecided }
    return .alike(double: book.sources[right].device)
  }
}
