// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import HomeAssistant

@Suite("What Home Assistant is told")
struct EntityTests {
  private static let entities =
    HomeAssistantEntity.flows + [
      .gridPower, .generatedPower, .batteryPower, .coins, .problem,
    ]

  @Test(
    "Each entity is discovered by an id of its own, with topics of its box", arguments: entities)
  func discovery(_ entity: HomeAssistantEntity) throws {
    let text = entity.discovery(id: "box7")
    let form = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(form["unique_id"] as? String == "box7_\(entity.name)")
    #expect(form["state_topic"] as? String == "hinata/box7/state")
    #expect(form["availability_topic"] as? String == "hinata/box7/availability")
    #expect(form["value_template"] as? String == "{{ value_json.\(entity.name) }}")
    let device = try #require(form["device"] as? [String: Any])
    #expect(device["identifiers"] as? [String] == ["box7"])
  }

  @Test("Energy only rises and is in kWh, power is measured in W, names differ")
  func classes() {
    for flow in HomeAssistantEntity.flows {
      #expect(flow.unit == "kWh" && flow.deviceClass == "energy")
      #expect(flow.stateClass == "total_increasing")
    }
    for power in [HomeAssistantEntity.gridPower, .generatedPower, .batteryPower] {
      #expect(
        power.unit == "W" && power.deviceClass == "power" && power.stateClass == "measurement")
    }
    #expect(HomeAssistantEntity.problem.component == "binary_sensor")
    #expect(Set(Self.entities.map(\.name)).count == Self.entities.count)
  }
}
