// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import Foundation
import Ledger
public import LedgerCrypto
import LedgerStore
public import Logging
public import MQTT
public import MeterServices
public import NodeServices
import Product
import Quantities
public import ServiceLifecycle

/// Tells Home Assistant what this home generated, used, sold and bought, what went into and out of
/// batteries and cars, its power now, its coins and whether all is well: discovery and states by
/// MQTT. Source: Home Assistant, MQTT discovery; sensor device classes `energy`
/// (`total_increasing`, kWh) and `power` (`measurement`, W), which its energy dashboard takes.
public struct HomeAssistantService: Service {
  private let keeper: LedgerKeeper
  private let meters: MeterReadingService
  private let client: MQTTClient
  private let key: PublicKey
  private let device: HomeAssistantDevice
  private let logger: Logger

  /// What is told by a broker.
  /// - Parameters:
  ///   - key: the key of the site's reports.
  ///   - prefix: the topic of discovery, `homeassistant` unless it was changed there.
  ///   - period: seconds between two states.
  ///   - page: where people find the home's own pages.
  public init(
    keeper: LedgerKeeper, meters: MeterReadingService, broker: MQTTClient.Settings, key: PublicKey,
    prefix: String, period: Int, page: String?, logger: Logger
  ) throws {
    self.keeper = keeper
    self.meters = meters
    self.key = key
    self.logger = logger
    device = HomeAssistantDevice(
      id: "hinata_\(key.value.hex.prefix(8))", prefix: prefix, page: page, period: period)
    client = try MQTTClient(
      broker, id: device.id, will: (topic: device.availabilityTopic, text: "offline"))
  }

  /// What a broker has heard since it took this client in.
  private struct Told {
    var connection = 0
    var entities: [HomeAssistantEntity] = []
  }

  /// Publishes until shutdown; a broker that is gone is told once it is back.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      var isLinked = true
      var told = Told()
      repeat {
        let isTold = await publish(&told)
        if isTold != isLinked {
          isLinked = isTold
          logger.log(
            level: isTold ? .notice : .warning,
            "\(isTold ? "Home Assistant's broker is back" : "no connection to Home Assistant's broker; trying again")"
          )
        }
      } while (try? await Task.sleep(for: .seconds(device.period))) != nil
    }
    _ = await client.publish("offline", to: device.availabilityTopic)
    await client.close()
  }

  /// Publishes a state, and before it the entities, where they have changed or this connection has
  /// not heard of them.
  private func publish(_ told: inout Told) async -> Bool {
    let troubles = await meters.troubles(.english)
    let state: [(HomeAssistantEntity, String)]
    do { state = try await values(hasProblem: !troubles.isEmpty) } catch {
      logger.warning("no state for Home Assistant", metadata: ["error": "\(error)"])
      return true
    }
    let entities = state.map(\.0)
    let connection = await client.connectionCount
    if told.entities != entities || told.connection != connection || connection == 0 {
      let discovery = device.discovery(entities)
      guard await client.publish(discovery, to: device.discoveryTopic) else { return false }
      told = Told(connection: connection, entities: entities)
    }
    let words = (try? JSONEncoder().encode(["sentences": troubles])) ?? Data("{}".utf8)
    guard await client.publish(String(decoding: words, as: UTF8.self), to: device.problemTopic)
    else { return false }
    let texts = state.map { "\"\($0.0.name)\":\($0.1)" }.joined(separator: ",")
    guard await client.publish("{\(texts)}", to: device.stateTopic) else { return false }
    return await client.publish("online", to: device.availabilityTopic)
  }

  /// What is known now, as JSON values. What a device does not tell just now stays in the state, as
  /// null: a template finds its key.
  private func values(hasProblem: Bool) async throws -> [(HomeAssistantEntity, String)] {
    let now = await meters.lookNow()
    var values: [(HomeAssistantEntity, String)] = []
    for flow in EnergyFlow.allCases {
      guard await meters.has(flow == .consumed ? .purchased : flow) else { continue }
      let total = await meters.total(of: flow)
      values.append((.total(flow), total.map(Thousandths.text) ?? "null"))
    }
    for (entity, flow, value) in [
      (.gridPower, .purchased, now.grid), (.generatedPower, .generated, now.generated),
      (.batteryPower, .batteryCharged, now.battery), (.vehiclePower, .vehicleCharged, now.vehicle),
    ] as [(HomeAssistantEntity, EnergyFlow, Int?)] {
      guard await meters.has(flow) || value != nil else { continue }
      values.append((entity, value.map { "\($0)" } ?? "null"))
    }
    for (entity, part, value) in [
      (.batteryCharge, .battery, now.batteryCharge), (.vehicleCharge, .vehicle, now.vehicleCharge),
    ] as [(HomeAssistantEntity, MeterRole.Power.Part, Int?)] {
      guard await meters.hasCharge(of: part) else { continue }
      values.append((entity, value.map { "\($0)" } ?? "null"))
    }
    values.append((.problem, hasProblem ? "\"ON\"" : "\"OFF\""))
    return values + (try ledgerValues())
  }

  private func ledgerValues() throws -> [(HomeAssistantEntity, String)] {
    guard let site = try keeper.store.site(of: key), let record = try keeper.store.site(site) else {
      return []
    }
    var values: [(HomeAssistantEntity, String)] = []
    if let progress = try keeper.store.progress(site) {
      values += zip(HomeAssistantEntity.reported, progress.totals.map { Thousandths.text($0) })
      values.append((.reportedUntil, "\"\(progress.next.start)\""))
    }
    let coins = try keeper.store.coins(record.member)
    values.append((.coins, Thousandths.text(coins.balance.value)))
    return values
  }
}
