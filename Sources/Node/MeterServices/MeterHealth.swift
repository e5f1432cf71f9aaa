// SPDX-License-Identifier: Apache-2.0

import EchonetControl
import EchonetLite
public import Foundation
import Logging
import Metering
public import RouteBSerial

/// How a home's meters are doing, written to `meters.json` in the data folder after each half hour.
public struct MeterHealth: Codable, Sendable {
  /// One device.
  public struct Device: Codable, Sendable {
    public var address: String
    public var object: String
    public var name: String
    public var answers: Int
    public var timeouts: Int
    /// Properties that it takes in one request.
    public var batch: Int
    /// Named tolerances and how often they were used.
    public var tolerances: [String: Int]
  }

  /// The file's name in a node's data folder.
  public static let fileName = "meters.json"

  public var devices: [Device] = []
  /// The link to the smart meter, where it is read by Route B.
  public var routeB: RouteBLink.Report?
  /// Network time of the last answer.
  public var lastSample: UInt64 = 0
  public var reports = 0
  /// Why the clock cannot be right; nothing is read until it is.
  public var clockProblem: String?
  /// Why samples or reports cannot be kept, for example a full disk; reading goes on.
  public var storeProblem: String?
  /// Another box reports with this site's key; this one has stopped.
  public var otherBox = false
  /// Intervals reported as gaps.
  public var gaps = 0
  /// Intervals in which the distribution board and the balance differed too much.
  public var boardDisagreements = 0
  /// Half hours at which a meter's history and its live counts differed.
  public var disagreements: [UInt64] = []

  /// Nothing known yet.
  public init() {}

  /// What the node of a data folder wrote last; nil where it reads no meters.
  public init?(folder: URL) {
    let file = folder.appendingPathComponent(MeterHealth.fileName)
    guard let data = try? Data(contentsOf: file),
      let health = try? JSONDecoder().decode(MeterHealth.self, from: data)
    else { return nil }
    self = health
  }
}

extension MeterReadingService {
  func writeHealth() async {
    health.devices = []
    health.routeB = await routeB?.report
    let known = await controller.health()
    for device in devices {
      let session = known[device.address]?[device.object]
      var tolerances = session?.tolerances ?? [:]
      tolerances.merge(book.findings[device.object] ?? [:]) { $0 + $1 }
      health.devices.append(
        .init(
          address: device.address, object: "\(device.object)",
          name: DeviceClass.known(device.object.classCode)?.name ?? "unknown class",
          answers: session?.answers ?? 0, timeouts: session?.timeouts ?? 0,
          batch: session?.batch ?? 0,
          tolerances: Dictionary(
            uniqueKeysWithValues: tolerances.map { ($0.key.rawValue, $0.value) })))
    }
    let file = folder.appendingPathComponent(MeterHealth.fileName)
    do { try JSONEncoder().encode(health).write(to: file, options: .atomic) } catch {
      logger.warning("health not written", metadata: ["error": "\(error)"])
    }
  }

  /// Says once that samples or reports cannot be kept, and once that they can again.
  func showStore(_ problem: String?) {
    guard (problem == nil) != (health.storeProblem == nil) else { return }
    health.storeProblem = problem
    if let problem {
      logger.error("nothing can be kept; reading goes on", metadata: ["reason": "\(problem)"])
    } else {
      logger.notice("everything is kept again")
    }
  }

  /// Whether somebody has to do something about the meters, the clock or another box.
  public var isInTrouble: Bool {
    get async {
      let needsHelp = await routeB?.report.needsHelp ?? false
      return needsHelp || health.otherBox || health.clockProblem != nil
        || health.storeProblem != nil || devices.isEmpty
    }
  }
}
