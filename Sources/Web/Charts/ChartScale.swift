// SPDX-License-Identifier: Apache-2.0

/// The scale of a chart: what stands above zero, and below it where anything is, in whole steps
/// that are round. The same step counts on both sides, so that heights compare.
public struct ChartScale: Hashable, Sendable {
  /// Between two lines of the grid: 1, 2 or 5 times a power of ten.
  public let step: UInt64
  /// Whole steps above zero, one at least, and below it.
  public let above: UInt64
  public let below: UInt64

  /// What is more is drawn as this: no home and no network has it, and sums stay far from overflow.
  static let limit: UInt64 = 1 << 56

  /// A scale for values up to `most` above zero and up to `least` below it, with about `lines`
  /// steps in all.
  /// - Parameter lines: 1...20.
  public init(above most: UInt64, below least: UInt64 = 0, lines: UInt64 = 4) {
    let (most, least) = (min(most, ChartScale.limit), min(least, ChartScale.limit))
    let wanted = max(1, (most + least + max(1, lines) - 1) / max(1, lines))
    var power: UInt64 = 1
    while power <= wanted / 10 { power *= 10 }
    let factors: [UInt64] = [1, 2, 5, 10]
    step = power * (factors.first { power * $0 >= wanted } ?? 1)
    above = max(1, ChartScale.steps(most, step))
    below = ChartScale.steps(least, step)
  }

  private static func steps(_ value: UInt64, _ step: UInt64) -> UInt64 {
    value / step + (value % step == 0 ? 0 : 1)
  }

  /// How many hundredths of a pixel a value is high, where the whole scale is `height` pixels.
  func height(_ value: UInt64, of height: Int) -> Int {
    let whole = (above + below) * step
    let product = min(value, whole).multipliedFullWidth(by: UInt64(height * 100))
    return Int(clamping: whole.dividingFullWidth(product).quotient)
  }
}

/// Numbers as charts write them.
enum ChartNumber {
  /// Hundredths as a decimal number without idle zeros, for a place in a picture.
  static func place(_ hundredths: Int) -> String {
    let rest = abs(hundredths) % 100
    let sign = hundredths < 0 ? "-" : ""
    guard rest > 0 else { return "\(sign)\(abs(hundredths) / 100)" }
    let digits = rest % 10 == 0 ? "\(rest / 10)" : (rest < 10 ? "0\(rest)" : "\(rest)")
    return "\(sign)\(abs(hundredths) / 100).\(digits)"
  }

  /// Thousandths as a decimal number without idle zeros, for an axis.
  static func thousandths(_ value: UInt64) -> String {
    var digits = String(1000 + value % 1000).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return digits.isEmpty ? "\(value / 1000)" : "\(value / 1000).\(digits)"
  }

  /// A part of a whole in percent, with two places.
  static func percent(_ part: Int, of whole: Int) -> String {
    place(part * 10_000 / max(1, whole)) + "%"
  }
}
