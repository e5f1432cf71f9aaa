// SPDX-License-Identifier: Apache-2.0

import Ledger

/// One thing that Home Assistant shows of a home. Its name is part of ids and topics and stays.
struct HomeAssistantEntity: Hashable, Sendable {
  /// `sensor` or `binary_sensor`.
  let platform: String
  /// Its name in ids and in the state.
  let name: String
  let title: String
  let deviceClass: String?
  let stateClass: String?
  let unit: String?
  /// Digits after the point that are shown.
  let precision: Int?
  /// It tells of the node rather than of the home.
  let isDiagnostic: Bool

  private init(
    _ name: String, _ title: String, platform: String = "sensor", deviceClass: String? = nil,
    stateClass: String? = nil, unit: String? = nil, precision: Int? = nil,
    isDiagnostic: Bool = false
  ) {
    self.platform = platform
    self.name = name
    self.title = title
    self.deviceClass = deviceClass
    self.stateClass = stateClass
    self.unit = unit
    self.precision = precision
    self.isDiagnostic = isDiagnostic
  }

  /// What flowed by the home's own counters: it never falls.
  private static func energy(_ name: String, _ title: String) -> HomeAssistantEntity {
    HomeAssistantEntity(
      name, title, deviceClass: "energy", stateClass: "total_increasing", unit: "kWh", precision: 2)
  }

  /// What the ledger holds: a reorganisation can lower it.
  private static func reported(_ name: String, _ title: String) -> HomeAssistantEntity {
    HomeAssistantEntity(
      name, title, deviceClass: "energy", stateClass: "total", unit: "kWh", precision: 2,
      isDiagnostic: true)
  }

  private static func power(_ name: String, _ title: String) -> HomeAssistantEntity {
    HomeAssistantEntity(
      name, title, deviceClass: "power", stateClass: "measurement", unit: "W", precision: 0)
  }

  private static func charge(_ name: String, _ title: String) -> HomeAssistantEntity {
    HomeAssistantEntity(
      name, title, deviceClass: "battery", stateClass: "measurement", unit: "%", precision: 0)
  }

  /// The running total of a flow.
  static func total(_ flow: EnergyFlow) -> HomeAssistantEntity {
    switch flow {
    case .generated: energy("pq1_generated", "Generated (PQ1)")
    case .consumed: energy("pq2_consumed", "Consumed (PQ2)")
    case .sold: energy("pq3_sold", "Sold (PQ3)")
    case .purchased: energy("pq4_purchased", "Purchased (PQ4)")
    case .batteryCharged: energy("battery_charged", "Into the battery")
    case .batteryDischarged: energy("battery_discharged", "Out of the battery")
    case .vehicleCharged: energy("vehicle_charged", "Into the car")
    case .vehicleDischarged: energy("vehicle_discharged", "Out of the car")
    case .otherGenerated: energy("other_generated", "Other generation")
    }
  }

  /// PQ1 to PQ4 on the ledger, in the order of a site's totals.
  static let reported = [
    reported("pq1_reported", "Generated (PQ1), reported"),
    reported("pq2_reported", "Consumed (PQ2), reported"),
    reported("pq3_reported", "Sold (PQ3), reported"),
    reported("pq4_reported", "Purchased (PQ4), reported"),
  ]
  /// The end of the newest half hour on the ledger.
  static let reportedUntil = HomeAssistantEntity(
    "reported_until", "Reported until", deviceClass: "timestamp", isDiagnostic: true)
  /// Positive when power is bought.
  static let gridPower = power("grid_power", "Power from the grid")
  static let generatedPower = power("pv_power", "Power of the panels")
  /// Positive when it is charged.
  static let batteryPower = power("battery_power", "Power into the battery")
  /// Positive when it is charged.
  static let vehiclePower = power("vehicle_power", "Power into the car")
  static let batteryCharge = charge("battery_soc", "Battery")
  static let vehicleCharge = charge("vehicle_soc", "Battery of the car")
  static let coins = HomeAssistantEntity(
    "coins", "Coins", stateClass: "measurement", unit: "coin", precision: 3)
  static let problem = HomeAssistantEntity(
    "problem", "Problem", platform: "binary_sensor", deviceClass: "problem")

  /// Every entity that a home can have.
  static let all =
    EnergyFlow.allCases.map(total) + reported + [
      reportedUntil, gridPower, generatedPower, batteryPower, vehiclePower, batteryCharge,
      vehicleCharge, coins, problem,
    ]

  /// The entity as a component of its device.
  /// - Parameters:
  ///   - id: the device's id.
  ///   - expiry: after how many seconds without a word nothing is known any more.
  func component(of id: String, expiry: Int) -> [String: Any] {
    var form: [String: Any] = [
      "platform": platform, "name": title, "unique_id": "\(id)_\(name)",
      "value_template": "{{ value_json.\(name) }}", "expire_after": expiry,
    ]
    form["device_class"] = deviceClass
    form["state_class"] = stateClass
    form["unit_of_measurement"] = unit
    form["suggested_display_precision"] = precision
    if isDiagnostic { form["entity_category"] = "diagnostic" }
    if self == HomeAssistantEntity.problem {
      form["json_attributes_topic"] = "hinata/\(id)/problem"
    }
    return form
  }
}
