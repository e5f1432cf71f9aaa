// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One thing that Home Assistant shows of a home.
struct HomeAssistantEntity: Sendable {
  /// `sensor` or `binary_sensor`.
  let component: String
  /// Its name in topics and in the state.
  let name: String
  let title: String
  let deviceClass: String?
  let stateClass: String?
  let unit: String?

  private init(
    _ name: String, _ title: String, component: String = "sensor", deviceClass: String? = nil,
    stateClass: String? = nil, unit: String? = nil
  ) {
    self.component = component
    self.name = name
    self.title = title
    self.deviceClass = deviceClass
    self.stateClass = stateClass
    self.unit = unit
  }

  private static func energy(_ name: String, _ title: String) -> HomeAssistantEntity {
    HomeAssistantEntity(
      name, title, deviceClass: "energy", stateClass: "total_increasing", unit: "kWh")
  }

  private static func power(_ name: String, _ title: String) -> HomeAssistantEntity {
    HomeAssistantEntity(name, title, deviceClass: "power", stateClass: "measurement", unit: "W")
  }

  /// PQ1 to PQ4, in the order of a site's totals.
  static let flows = [
    energy("pq1_generated", "Generated (PQ1)"), energy("pq2_consumed", "Consumed (PQ2)"),
    energy("pq3_sold", "Sold (PQ3)"), energy("pq4_purchased", "Purchased (PQ4)"),
  ]
  /// Positive when power is bought.
  static let gridPower = power("grid_power", "Power from the grid")
  static let generatedPower = power("pv_power", "Power of the panels")
  /// Positive when it is charged.
  static let batteryPower = power("battery_power", "Power into the battery")
  static let coins = HomeAssistantEntity("coins", "Coins", stateClass: "measurement", unit: "coin")
  static let problem = HomeAssistantEntity(
    "problem", "Problem", component: "binary_sensor", deviceClass: "problem")

  /// The message of discovery.
  func discovery(id: String) -> String {
    var form: [String: Any] = [
      "name": title, "unique_id": "\(id)_\(name)", "state_topic": "hinata/\(id)/state",
      "availability_topic": "hinata/\(id)/availability",
      "value_template": "{{ value_json.\(name) }}",
      "device": ["identifiers": [id], "name": "Hinata", "manufacturer": "Hinata"],
    ]
    form["device_class"] = deviceClass
    form["state_class"] = stateClass
    form["unit_of_measurement"] = unit
    let data = try? JSONSerialization.data(withJSONObject: form, options: [.sortedKeys])
    return String(decoding: data ?? Data(), as: UTF8.self)
  }
}
