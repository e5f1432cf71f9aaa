// SPDX-License-Identifier: Apache-2.0

import Clocks
import EchonetControl
import EchonetLite
public import Foundation
public import Ledger
import Logging
import Metering
public import Product
import Quantities
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
  /// A device that does not answer.
  public struct Place: Codable, Hashable, Sendable {
    public var address: String
    public var object: String
    /// Network time since which it is silent.
    public var since: UInt64 = 0
    /// It has answered once: it may be asleep.
    public var isKnown = false

    /// Whether both name one place.
    func isSame(as other: Place) -> Bool { address == other.address && object == other.object }

    /// What stands there, in words.
    public func name(_ say: Language) -> String {
      let device = MeterHealth.name(object, say)
      return say("\(device) at \(address)", "\(address) の\(device)")
    }
  }

  /// Devices that are wanted and do not answer.
  public var silent: [Place] = []
  /// Meters that answer at places that nobody listed: they do not count.
  public var strangers: [Place] = []
  /// Meters that count nothing since they do not say what a count is worth, and why.
  public var withoutScale: [String: String] = [:]
  /// Network time up to which half hours are reported; 0 for none since the start.
  public var lastReported: UInt64 = 0
  /// The first half hour that waits for counts that may still come.
  public var waiting: UInt64?
  /// Since which half hour a flow is unknown, by its name.
  public var unknownSince: [String: UInt64] = [:]
  /// Half hours that the law refused, with its reason.
  public var refused: [String: String] = [:]
  /// Devices that show a roof which another one counts.
  public var doubles: [Place] = []
  /// Devices of which somebody has said that they are not the home's.
  public var dismissed: [Place] = []
  /// Devices that have moved, where to and since when; the newest few.
  public var moved: [Place] = []
  /// Two devices that show generation are compared: until that is done PQ1 is unknown.
  public var isComparingRoofs = false
  /// The devices are listed by hand: whoever did that knows of the others.
  public var isListedByHand = false
  /// Half hours in which more left the home than any meter saw come in.
  public var unexplained = 0
  /// Half hours whose generation was above what the registered panels can give.
  public var aboveRoof = 0
  /// Half hours in which more was bought or sold than the registered connection carries.
  public var aboveConnection = 0
  /// Intervals reported as gaps.
  public var gaps = 0
  /// Intervals in which the distribution board and the balance differed too much.
  public var boardDisagreements = 0
  /// Half hours at which a meter's history and its live counts differed.
  public var disagreements: [UInt64] = []

  /// Nothing known yet.
  public init() {}

  /// The name of an object's class, its number behind it where it is not the first.
  public static func name(_ object: String, _ say: Language) -> String {
    guard let known = EchonetObject(hex: object), let found = DeviceClass.known(known.classCode)
    else { return say("device \(object)", "機器 \(object)") }
    let number = known.instance > 1 ? " \(known.instance)" : ""
    return say("\(found.name)\(number)", "\(found.japaneseName)\(number)")
  }

  /// What the node of a data folder wrote last; nil where it reads no meters.
  public init?(folder: URL) {
    let file = folder.appendingPathComponent(MeterHealth.fileName)
    guard let data = try? Data(contentsOf: file),
      let health = try? JSONDecoder().decode(MeterHealth.self, from: data)
    else { return nil }
    self = health
  }
}

extension MeterHealth.Place {
  /// A device at a place.
  init(_ place: ConfiguredDevice, since: UInt64 = 0, isKnown: Bool = false) {
    self.init(
      address: place.address, object: "\(place.object)", since: since, isKnown: isKnown)
  }
}

extension MeterReadingService {
  /// How the meters are doing, as of the last half hour.
  public var report: MeterHealth { health }

  func writeHealth() async {
    health.devices = []
    health.routeB = await routeB?.report
    health.refused = Dictionary(
      uniqueKeysWithValues: planner.refused.map { ($0.key.description, $0.value) })
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

  /// Whether the home has devices of a flow.
  public func has(_ flow: EnergyFlow) -> Bool { book.plan.has(flow) }

  /// Everything for which somebody is needed, in words.
  public func troubles(_ say: Language) async -> [String] {
    var found = health.troubles(say, now: clock.now).map(\.text)
    if let link = await routeB?.report, link.needsHelp { found.insert(link.text, at: 0) }
    if devices.isEmpty { found.append(say("no meter is read", "計量できるメーターがありません")) }
    return found
  }
}
