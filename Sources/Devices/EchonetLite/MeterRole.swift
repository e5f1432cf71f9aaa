// SPDX-License-Identifier: Apache-2.0

/// What devices of a class tell of a home's energy, for who reads them as meters: each class says
/// it in its own file. Source: Docs/echonet.md §4.
public struct MeterRole: Sendable {
  /// Where energy goes, by the names of the specification.
  public enum Flow: String, Sendable {
    case generated, consumed, sold, purchased, batteryCharged, batteryDischarged
    case vehicleCharged, vehicleDischarged, otherGenerated
  }

  /// How a counter is read.
  public enum Count: Hashable, Sendable {
    /// The meter keeps half hours itself: `fixed` holds the count at the last one with its time,
    /// `history` the 48 counts of a day, `present` the count now, with a time where `isStamped`.
    case halfHours(fixed: UInt8, history: UInt8, present: UInt8, isStamped: Bool)
    /// One running count.
    case running(UInt8)
    /// No count: a signed power in W, in four bytes, of which this flow is the positive part, or
    /// the negative one.
    case power(UInt8, isNegative: Bool)
  }

  /// One counter of the class.
  public struct Counter: Sendable {
    public let flow: Flow
    /// The ways to read it, the best first: the first whose property a device has is taken.
    public let ways: [Count]
    /// The property that says the most it can give, in W: two bytes, four, or eight of which the
    /// last four are the greater.
    public let rated: UInt8?
    /// The most that it can give where the device does not say, in W.
    public let usualLimit: UInt32

    init(_ flow: Flow, _ ways: [Count], rated: UInt8? = nil, usualLimit: UInt32) {
      (self.flow, self.ways, self.rated, self.usualLimit) = (flow, ways, rated, usualLimit)
    }
  }

  /// The properties that say what one count is worth. Without them it is 0.001 kWh, and nine
  /// digits.
  public struct Scale: Sendable {
    public let unit: UInt8
    public let coefficient: UInt8?
    /// A power of ten on the coefficient.
    public let multiplier: UInt8?
    public let digits: UInt8?
  }

  /// A property that says what flows now, in W, and how it is signed.
  public struct Power: Sendable {
    /// Where the power flows.
    public enum Part: Sendable {
      /// From the grid: negative when it is sold.
      case grid
      case generated
      /// Into the battery: negative when it gives.
      case battery
      /// Into the vehicle: negative when it gives.
      case vehicle
    }
    public let code: UInt8
    public let part: Part
    /// Two bytes without a sign, or four with one.
    public let byteCount: Int
  }

  /// What stands behind an inverter.
  public enum Mixture: Sendable {
    /// What it gives is the sun's alone, or no generation at all.
    case none
    /// It gives what panels, batteries and vehicles behind it give together: what the panels gave
    /// is its output less what the others did.
    case output
  }

  public let counters: [Counter]
  public let scale: Scale?
  /// The property that sets the day of the history.
  public let historyDay: UInt8?
  public let power: Power?
  /// The property that says how full a battery or vehicle is, in percent: one byte, 0…100.
  public let stateOfCharge: UInt8?
  public let mixture: Mixture
  /// A counter of all loads, which PQ2 is held against.
  public let countsLoads: Bool
  /// Classes beside which this one counts nothing: they count the same energy, and better.
  public let yieldsTo: Set<UInt16>

  init(
    _ counters: [Counter], scale: Scale? = nil, historyDay: UInt8? = nil, power: Power? = nil,
    stateOfCharge: UInt8? = nil, mixture: Mixture = .none, countsLoads: Bool = false,
    yieldsTo: Set<UInt16> = []
  ) {
    (self.counters, self.scale, self.historyDay, self.power) = (counters, scale, historyDay, power)
    self.stateOfCharge = stateOfCharge
    (self.mixture, self.countsLoads, self.yieldsTo) = (mixture, countsLoads, yieldsTo)
  }

  /// The properties that give a device its scale and its limits, to be read once.
  public var onceCodes: [UInt8] {
    var codes: [UInt8] = []
    if let scale {
      codes = [scale.unit, scale.coefficient, scale.multiplier, scale.digits].compactMap { $0 }
    }
    for code in counters.compactMap(\.rated) where !codes.contains(code) { codes.append(code) }
    return codes
  }
}
