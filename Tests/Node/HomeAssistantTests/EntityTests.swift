// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger
import Testing

@testable import HomeAssistant

@Suite("What Home Assistant is told")
struct EntityTests {
  private static let device = HomeAssistantDevice(
    id: "hinata_box7", prefix: "homeassistant", page: "http://10.0.0.7:8080/home", period: 60)

  private func form() throws -> [String: Any] {
    let text = Self.device.discovery(HomeAssistantEntity.all)
    return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("One message describes the device, where it comes from and all of its entities")
  func discovery() throws {
    let form = try form()
    #expect(Self.device.discoveryTopic == "homeassistant/device/hinata_box7/config")
    #expect(form["state_topic"] as? String == "hinata/hinata_box7/state")
    #expect(form["availability_topic"] as? String == "hinata/hinata_box7/availability")
    let device = try #require(form["device"] as? [String: Any])
    #expect(device["serial_number"] as? String == "box7")
    #expect(device["configuration_url"] as? String == "http://10.0.0.7:8080/home")
    for key in ["name", "manufacturer", "model", "sw_version"] { #expect(device[key] != nil) }
    #expect((form["origin"] as? [String: Any])?["name"] as? String == "Hinata")
    #expect(
      (form["components"] as? [String: Any])?.count == HomeAssistantEntity.all.count)
  }

  @Test(
    "Each entity has an id of its own, finds its value, and expires",
    arguments: HomeAssistantEntity.all)
  func component(_ entity: HomeAssistantEntity) throws {
    let components = try #require(try form()["components"] as? [String: Any])
    let form = try #require(components[entity.name] as? [String: Any])
    #expect(form["unique_id"] as? String == "hinata_box7_\(entity.name)")
    #expect(form["value_template"] as? String == "{{ value_json.\(entity.name) }}")
    #expect(form["expire_after"] as? Int == 900)
    #expect(["sensor", "binary_sensor"].contains(form["platform"] as? String))
    let attributes = form["json_attributes_topic"] as? String
    #expect(attributes == (entity.name == "problem" ? "hinata/hinata_box7/problem" : nil))
  }

  /// Source: Home Assistant, sensor entity: DEVICE_CLASS_UNITS and DEVICE_CLASS_STATE_CLASSES.
  @Test("Classes and units go together as Home Assistant's rules say, and names never change")
  func classes() {
    let rules: [String: (units: Set<String>, states: Set<String?>)] = [
      "energy": (["kWh"], ["total", "total_increasing"]), "power": (["W"], ["measurement"]),
      "battery": (["%"], ["measurement"]), "timestamp": ([], [nil]), "problem": ([], [nil]),
    ]
    for entity in HomeAssistantEntity.all {
      guard let deviceClass = entity.deviceClass else { continue }
      guard let rule = rules[deviceClass] else {
        Issue.record("\(entity.name): \(deviceClass)")
        continue
      }
      #expect(entity.unit.map(rule.units.contains) ?? rule.units.isEmpty, "\(entity.name)")
      #expect(rule.states.contains(entity.stateClass), "\(entity.name)")
    }
    #expect(
      HomeAssistantEntity.all.map(\.name) == [
        "pq1_generated", "pq2_consumed", "pq3_sold", "pq4_purchased", "battery_charged",
        "battery_discharged", "vehicle_charged", "vehicle_discharged", "other_generated",
        "pq1_reported", "pq2_reported", "pq3_reported", "pq4_reported", "reported_until",
        "grid_power", "pv_power", "battery_power", "vehicle_power", "battery_soc", "vehicle_soc",
        "coins", "problem",
      ])
  }

  @Test("What the ledger can lower is no total that only rises")
  func reported() {
    for entity in HomeAssistantEntity.reported {
      #expect(entity.stateClass == "total" && entity.isDiagnostic)
    }
    for flow in EnergyFlow.allCases {
      #expect(HomeAssistantEntity.total(flow).stateClass == "total_increasing")
    }
  }
}
