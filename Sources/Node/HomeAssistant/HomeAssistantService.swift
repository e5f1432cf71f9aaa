// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation
import Ledger
public import LedgerCrypto
import LedgerStore
public import Logging
public import MQTT
public import MeterServices
public import NodeServices
import Quantities
public import ServiceLifecycle

/// Tells Home Assistant what this home generated, used, sold and bought, its power now, its coins and whether all is
/// well: discovery and states by MQTT. Source: Home Assistant, MQTT discovery; sensor device classes `energy`
/// (`total_increasing`, kWh) and `power` (`measurement`, W), which its energy dashboard takes.
public struct HomeAssistantService: Service {
  private let keeper: LedgerKeeper
  private let meters: MeterReadingService
  private let client: MQTTClient
  private let key: PublicKey
  private let prefix: String
  private let period: Duration
  private let logger: Logger

  /// What is told by `settings`' broker.
  /// - Parameters:
  ///   - key: the key of the site's reports.
  ///   - prefix: the topic of discovery, `homeassistant` unless it was changed there.
  ///   - period: between two states.
  public init(
    keeper: LedgerKeeper, meters: MeterReadingService, broker: MQTTClient.Settings, key: PublicKey,
    prefix: String, period: Duration, logger: Logger
  ) throws {
    self.keeper = keeper
    self.meters = meters
    self.key = key
    self.prefix = prefix
    self.period = period
    self.logger = logger
    let id = HomeAssistantService.id(key)
    client = try MQTTClient(
      broker, id: id, will: (topic: "hinata/\(id)/availability", text: "offline"))
  }

  private static func id(_ key: PublicKey) -> String { "hinata_\(key.value.hex.prefix(8))" }

  /// Publishes until shutdown; a broker that is gone is told once it is back.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      var isLinked = true
      repeat {
        let isTold = await publish()
        if isTold != isLinked {
          isLinked = isTold
          logger.log(
            level: isTold ? .notice : .warning,
            "\(isTold ? "Home Assistant's broker is back" : "no connection to Home Assistant's broker; trying again")"
          )
        }
      } while (try? await Task.sleep(for: period)) != nil
    }
    _ = await client.publish("offline", to: "hinata/\(HomeAssistantService.id(key))/availability")
    await client.close()
  }

  private func publish() async -> Bool {
    let id = HomeAssistantService.id(key)
    let state: [(HomeAssistantEntity, String)]
    do { state = try await values() } catch {
      logger.warning("no state for Home Assistant", metadata: ["error": "\(error)"])
      return true
    }
    for (entity, _) in state {
      let topic = "\(prefix)/\(entity.component)/\(id)/\(entity.name)/config"
      guard await client.publish(entity.discovery(id: id), to: topic) else { return false }
    }
    let texts = state.map { "\"\($0.0.name)\":\($0.1)" }.joined(separator: ",")
    guard await client.publish("{\(texts)}", to: "hinata/\(id)/state") else { return false }
    return await client.publish("online", to: "hinata/\(id)/availability")
  }

  /// What is known now, as JSON values.
  private func values() async throws -> [(HomeAssistantEntity, String)] {
    var values: [(HomeAssistantEntity, String)] = []
    let power = await meters.powerNow()
    if let watts = power.grid { values.append((.gridPower, "\(watts)")) }
    if let watts = power.generated { values.append((.generatedPower, "\(watts)")) }
    if let watts = power.battery { values.append((.batteryPower, "\(watts)")) }
    values.append((.problem, await meters.isInTrouble ? "\"ON\"" : "\"OFF\""))
    guard let site = try keeper.store.site(of: key),
      let record = try keeper.store.site(site)
    else { return values }
    if let progress = try keeper.store.progress(site) {
      for (entity, total) in zip(HomeAssistantEntity.flows, progress.totals) {
        values.append((entity, Thousandths.text(total)))
      }
    }
    let coins = try keeper.store.coins(record.member)
    values.append((.coins, Thousandths.text(coins.balance.value)))
    return values
  }
}
