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
    /// The half hours that were recorded, the first the lowest bit.
    public let recorded: UInt64
    /// Whether nothing of the day is missing in which the sun may have shone.
    public internal(set) var isComplete: Bool
    /// No claim on it was held or refused: references may rest on it.
    public var isAccepted: Bool

    /// A day; `generated` has 48 values.
    public init(
      generated: [Double], sold: Double = 0, otherSupply: Double = 0, discharged: Double = 0,
      charged: Double = 0, recorded: UInt64 = Day.allSlots, isAccepted: Bool = true
    ) {
      self.generated = generated
      self.sold = sold
      self.otherSupply = otherSupply
      self.discharged = discharged
      self.charged = charged
      self.recorded = recorded
      isComplete = recorded & Day.allSlots == Day.allSlots
      self.isAccepted = isAccepted
    }

    var total: Double { generated.reduce(0, +) }

    /// The bits of all half hours of a day.
    public static let allSlots: UInt64 = 1 << 48 - 1

    /// What of `expected`, half hour by half hour, lies in those that were recorded.
    func within(_ expected: [Double]) -> [Double] {
      expected.enumerated().map { recorded & (1 << UInt64($0)) != 0 ? $1 : 0 }
    }

    /// Takes the day for complete where all that is missing is night.
    mutating func settle(_ isNight: [Bool]) {
      guard !isComplete else { return }
      isComplete = isNight.indices.allSatisfy { isNight[$0] || recorded & (1 << UInt64($0)) != 0 }
    }
  }

  /// Registered output in W, and usable capacity of the battery in Wh, 0 for none.
  public let capacityW: Double
  /// Whether the sun generates; checks of the sun are put to no other plant.
  public let isSolar: Bool
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
    capacityW: Double, isSolar: Bool = true, batteryWh: Double = 0, latitude: Double,
    longitude: Double,
    utcOffset: Double, firstDay: Int, days: [Day?]
  ) {
    self.capacityW = capacityW
    self.isSolar = isSolar
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

  /// Takes a day for complete where all that is missing is night.
  mutating func settle(_ day: Int, _ isNight: [Bool]) {
    guard days.indices.contains(day - firstDay) else { return }
    days[day - firstDay]?.settle(isNight)
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
