// SPDX-License-Identifier: Apache-2.0

public import Markup

/// A share of a whole as half a circle.
public struct Gauge: Sendable {
  private let name: String
  private let thousandths: UInt64?
  private let style: String
  private let note: String

  /// A gauge.
  /// - Parameters:
  ///   - thousandths: 0...1000; nil where there is nothing to have a share of.
  ///   - style: names its colour.
  public init(_ name: String, _ thousandths: UInt64?, style: String, note: String) {
    (self.name, self.thousandths) = (name, thousandths.map { min($0, 1000) })
    (self.style, self.note) = (style, note)
  }

  /// The picture with its number and its name.
  public var html: HTML {
    let arc = "M14 70A52 52 0 0 1 118 70"
    let value: HTML =
      (thousandths ?? 0) == 0
      ? ""
      : """
      <path class="val s-\(style)" pathLength="1000" stroke-dasharray="\(thousandths ?? 0) 1000" \
      d="\(arc)"/>
      """
    let text = thousandths.map { "\(($0 + 5) / 10)\u{a0}%" } ?? "–"
    return """
      <figure class="gauge"><svg viewBox="0 0 132 78" aria-hidden="true"><path class="arc" d="\(arc)"/>\
      \(value)<text class="num t-m" x="66" y="68">\(text)</text></svg>\
      <figcaption>\(name) <span class="hide">\(text)</span><small>\(note)</small></figcaption></figure>
      """
  }
}
