// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import HouseModel
import Quantities
import RouteB

/// A session and an emulated module at the two ends of a line, in virtual time: milliseconds are
/// the line's, and a second of the house's clock takes one of them times `factor`.
struct Duet {
  static let start =
    UTCOffset.japan.time(on: CalendarDate(dayNumber: 17_000), secondsOfDay: 3600)
    ?? NetworkTime(seconds: 0)

  var session: RouteBSession
  var dongle: EmulatedDongle
  private(set) var now: UInt64 = 0
  private var onTheWay: [(at: UInt64, bytes: [UInt8])] = []
  private var isPlugged = true
  /// What the session told, in its order.
  private(set) var states: [RouteBState] = []
  private(set) var received: [[UInt8]] = []
  private(set) var remembered: [RouteBNetwork?] = []
  /// Everything that the session wrote, as text.
  private(set) var written: [String] = []
  private(set) var isHeld = true
  private(set) var holds = 0
  /// Damages what the module says until this time: lines get lost, cut or changed, by chance from a
  /// seed.
  var damagedUntil: UInt64 = 0
  var chance = SeededGenerator(seed: 0)
  /// Turns of the loop in which no time passed.
  private(set) var idleTurns = 0
  /// Milliseconds between requests for the power now; nil asks nothing.
  var asks: UInt64? = 30_000

  static func credentials(
    id: String = EmulatedDongle.Settings().id, password: String = EmulatedDongle.Settings().password
  ) throws -> RouteBCredentials {
    try RouteBCredentials(id: id, password: password)
  }

  init(
    _ settings: EmulatedDongle.Settings = .init(), credentials: RouteBCredentials? = nil,
    remembered: RouteBNetwork? = nil, limits: RouteBSession.Limits = .init()
  ) throws {
    let steps = (0..<96).map { EnergyTrace.Step(pv: Int64($0 % 48 * 20), load: 300) }
    let trace = EnergyTrace(start: Duet.start, stepSeconds: 1800, steps: steps)
    var house = EmulatedHouse.Settings()
    house.classes = [0x0288]
    dongle = EmulatedDongle(
      EmulatedHouse(HouseFlows(trace, equipment: HouseEquipment(), offset: .japan), house),
      settings, from: Duet.start)
    session = RouteBSession(
      try credentials ?? Duet.credentials(), remembered: remembered, limits: limits)
  }

  /// The house's time.
  var time: NetworkTime { Duet.start.advanced(by: now / 1000) }

  /// The network's time so many seconds after the start.
  static func at(_ seconds: UInt64) -> NetworkTime { start.advanced(by: seconds) }

  mutating func open() { perform(session.opened(at: now)) }

  /// Lets milliseconds pass, one thing after the other.
  mutating func run(until end: UInt64) {
    while now < end {
      plug()
      let arrival = onTheWay.map(\.at).min() ?? .max
      let house = (dongle.next.seconds - Duet.start.seconds) * 1000
      let ask = asks.map { (now / $0 + 1) * $0 } ?? .max
      let next = min(end, arrival, session.deadline ?? .max, max(house, now + 1), ask)
      idleTurns = next > now ? 0 : idleTurns + 1
      if idleTurns > 1000 { return }
      now = max(now, next)
      queue(dongle.advance(to: time))
      let arrived = onTheWay.filter { $0.at <= now }
      onTheWay.removeAll { $0.at <= now }
      for item in arrived { perform(session.receive(item.bytes, at: now)) }
      if let deadline = session.deadline, deadline <= now { perform(session.tick(at: now)) }
      if now == ask { perform(session.send(Duet.request(0xE7), at: now)) }
      if next == end { return }
    }
  }

  /// A Get of one property of the meter.
  static func request(_ code: UInt8) -> [UInt8] {
    EchonetFrame(
      7,
      EchonetFrame.Message(
        source: .controller, destination: EchonetObject(0x0288), service: .get,
        properties: [EchonetProperty(code)])
    ).bytes
  }

  private mutating func plug() {
    let isOut = dongle.isUnplugged(at: time)
    guard isOut == isPlugged else { return }
    isPlugged = !isOut
    onTheWay = []
    perform(isOut ? session.closed(reason: "unplugged", at: now) : session.opened(at: now))
  }

  private mutating func queue(_ outputs: [EmulatedDongle.Output]) {
    // Bytes leave in the order of their times, and one after the other.
    onTheWay += outputs.map { (now + $0.delay, damaged($0.bytes)) }
    let sorted = onTheWay.enumerated().sorted {
      ($0.element.at, $0.offset) < ($1.element.at, $1.offset)
    }
    onTheWay = sorted.map(\.element)
  }

  private mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    guard now < damagedUntil, !bytes.isEmpty else { return bytes }
    let place = Int(chance.next() % UInt64(bytes.count))
    switch chance.next() % 20 {
    case 0: return []
    case 1: return Array(bytes[..<place])
    case 2: return Array(bytes[place...])
    case 3:
      var changed = bytes
      changed[place] = UInt8(truncatingIfNeeded: chance.next())
      return changed
    default: return bytes
    }
  }

  private mutating func perform(_ actions: [RouteBSession.Action]) {
    for action in actions {
      switch action {
      case .write(let bytes):
        written.append(String(decoding: bytes, as: UTF8.self))
        if isPlugged { queue(dongle.receive(bytes, at: time)) }
      case .received(let bytes): received.append(bytes)
      case .hold:
        isHeld = true
        holds += 1
      case .release: isHeld = false
      case .remember(let network): remembered.append(network)
      case .state(let state): states.append(state)
      case .reopen: perform(session.opened(at: now))
      }
    }
  }
}

/// Faults of a module spread over 15 minutes.
enum EmulatedDongleFaults {
  static func some(_ seed: UInt64) -> [DongleFault] {
    var chance = SeededGenerator(seed: seed &+ 1000)
    return (0..<6).map { _ in
      let from = 30 + chance.below(900)
      let kind = chance.pick(DongleFaultKind.allCases) ?? .forgotten
      return DongleFault(kind, from: Duet.at(from), until: Duet.at(from + 20))
    }
  }
}
