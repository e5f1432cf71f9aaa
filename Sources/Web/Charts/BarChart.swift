// SPDX-License-Identifier: Apache-2.0

public import Markup

/// A row of values, one for each slot of a chart.
public struct ChartSeries: Sendable {
  /// What it shows, in the reader's language.
  public let name: String
  /// Names its colour in the style sheet: `f-` and `l-` with it.
  public let style: String
  public let values: [UInt64]

  /// A row of values.
  public init(_ name: String, style: String, _ values: [UInt64]) {
    (self.name, self.style, self.values) = (name, style, values)
  }
}

/// Stacked bars over the slots of a whole period, such as the half hours of a day: parts above
/// zero, others below it, and a line over them. Text is 12 px at any width: places across are
/// percent, places down are pixels, and only bars and lines stretch. Values show on touch and focus
/// without scripts. Source: Docs/design.md §6.
public struct BarChart: Sendable {
  /// Pixels of the picture: two lines for a slot's values, and below them the bars.
  static let head = 34
  static let height = 220
  static let axis = 40

  /// A mark below the bars.
  public struct Tick: Sendable {
    let slot: Int
    let text: String

    /// A mark at the left edge of a slot; at the middle of it where every slot has one.
    public init(_ slot: Int, _ text: String) { (self.slot, self.text) = (slot, text) }
  }

  /// What it shows, for those who do not see it.
  public var title: String
  /// Unique in its page.
  public var id: String
  /// How many slots the whole period has; those without values stay empty.
  public var slots: Int
  public var above: [ChartSeries] = []
  public var below: [ChartSeries] = []
  /// A line over the bars, from step to step.
  public var line: ChartSeries?
  /// Outlines behind the bars: the sum of the period before.
  public var ghost: [UInt64] = []
  /// Slots of which something is known; the line is drawn there alone.
  public var known: Set<Int> = []
  /// Slots whose values are not settled: hatched.
  public var open: Set<Int> = []
  public var ticks: [Tick] = []
  /// Where in the period now is, in thousandths of it.
  public var now: (place: Int, text: String)?
  /// What stands where a slot's values show, until one is touched.
  public var hint = ""
  /// Two lines about a slot.
  public var details: [(head: String, text: String)] = []

  /// A chart of a period of so many slots.
  public init(_ title: String, id: String, slots: Int) {
    (self.title, self.id, self.slots) = (title, id, max(1, slots))
  }

  /// The picture, its marks and its legend.
  public var html: HTML { BarDrawing(self).html }
}
