// SPDX-License-Identifier: Apache-2.0

/// What a site recorded, day by day of its own clock, for the checks.
public struct SiteRecordings: Sendable {
  /// A day of 48 half hours, in Wh.
  public struct Day: Sendable {
    public let generated: [Double]
    /// Sold; what a car and other generators gave; what the battery gave and took. Zeros where
    /// nothing is known.
    public let sold: Double
    public let otherSupply: Double
    public let discharged: Double
    public let charged: Double
    /// Every half hour was recorded.
    public let isComplete: Bool
    /// No claim on it was held or refused: references may rest on it.
    public var isAccepted: Bool

    /// A day; `generated` has 48 values.
    public init(
      generated: [Double], sold: Double = 0, otherSupply: Double = 0, discharged: Double = 0,
      charged: Double = 0,
      isComplete: Bool = true, isAccepted: Bool = true
    ) {
      self.generated = generated
      self.sold = sold
      self.otherSupply = otherSupply
      self.discharged = discharged
      self.charged = charged
      self.isComplete = isComplete
      self.isAccepted = isAccepted
    }

    var total: Double { generated.reduce(0, +) }
  }

  /// Registered output in W, and usable capacity of the battery in Wh, 0 for none.
  public let capacityW: Double
  public let batteryWh: Double
  /// Degrees north and east.
  public let latitude: Double
  public let longitude: Double
  /// Hours that the site's clock is ahead of UTC, all year.
  public let utcOffset: Double
  /// The number of the first day (days since 1970), and the days from there on; nil where nothing
  /// is recorded.
  public let firstDay: Int
  public var days: [Day?]

  /// Recordings with these parts.
  public init(
    capacityW: Double, batteryWh: Double = 0, latitude: Double, longitude: Double,
    utcOffset: Double, firstDay: Int, days: [Day?]
  ) {
    self.capacityW = capacityW
    self.batteryWh = batteryWh
    self.latitude = latitude
    self.longitude = longitude
    self.utcOffset = utcOffset
    self.firstDay = firstDay
    self.days = days
  }

  public subscript(day: Int) -> Day? {
    days.indices.contains(day - firstDay) ? days[day - firstDay] : nil
  }

  /// The generation of a complete day, or nil.
  func series(_ day: Int) -> [Double]? {
    guard let known = self[day], known.isComplete else { return nil }
    return known.generated
  }

  /// Days that a reference may rest on: complete, accepted and with generation.
  func references(_ range: ClosedRange<Int>) -> [Int] {
    range.filter { day in
      guard let known = self[day] else { return false }
      return known.isComplete && known.isAccepted && known.total > 0
    }
  }
}

/// Small pieces of statistics; all take what they need in the order of time.
enum Statistics {
  static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The `n`-th largest, the smallest where there are fewer.
  static func largest(_ n: Int, of values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    return values.sorted()[max(0, values.count - n)]
  }

  /// Linear interpolation between the order statistics, `part` of 0…1.
  static func quantile(_ part: Double, of values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    let place = part * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
  }

  /// The middle of a day's energy in hours, nil without energy.
  static func centroid(_ series: [Double]) -> Double? {
    let total = series.reduce(0, +)
    guard total > 0 else { return nil }
    var sum = 0.0
    for (slot, energy) in series.enumerated() { sum += energy * (Double(slot) / 2 + 0.25) }
    return sum / total
  }

  /// Each value with its neighbours, weighted 1, 2, 1.
  static func smoothed(_ values: [Double]) -> [Double] {
    values.indices.map { index in
      2 * values[index] + (index > 0 ? values[index - 1] : 0)
        + (index + 1 < values.count ? values[index + 1] : 0)
    }
  }
}
