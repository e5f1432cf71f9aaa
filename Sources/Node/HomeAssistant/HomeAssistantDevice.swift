// SPDX-License-Identifier: Apache-2.0

import Foundation
import Product

/// A home as one device of Home Assistant. Source: Home Assistant, MQTT, device discovery.
struct HomeAssistantDevice: Sendable {
  /// Its id in topics, for example `hinata_1a2b3c4d`.
  let id: String
  /// The topic under which Home Assistant looks for devices.
  let prefix: String
  /// Where people find the home's own pages; nil where nobody knows.
  let page: String?
  /// A state waits for slow devices: for so many seconds nothing is taken for lost.
  private static let patience = 900
  /// Seconds between two states.
  let period: Int

  var availabilityTopic: String { "hinata/\(id)/availability" }
  var stateTopic: String { "hinata/\(id)/state" }
  var problemTopic: String { "hinata/\(id)/problem" }
  var discoveryTopic: String { "\(prefix)/device/\(id)/config" }

  /// The message of discovery: all entities of the home at once.
  func discovery(_ entities: [HomeAssistantEntity]) -> String {
    var device: [String: Any] = [
      "identifiers": [id], "name": "Hinata", "manufacturer": "Hinata", "model": "Home node",
      "serial_number": String(id.drop { $0 != "_" }.dropFirst()), "sw_version": Version.text,
    ]
    device["configuration_url"] = page
    var components: [String: Any] = [:]
    for entity in entities {
      components[entity.name] = entity.component(
        of: id, expiry: max(3 * period, HomeAssistantDevice.patience))
    }
    let form: [String: Any] = [
      "device": device, "origin": ["name": "Hinata", "sw_version": Version.text],
      "components": components, "state_topic": stateTopic, "availability_topic": availabilityTopic,
      "qos": 1,
    ]
    let data = try? JSONSerialization.data(
      withJSONObject: form, options: [.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data ?? Data(), as: UTF8.self)
  }
}
