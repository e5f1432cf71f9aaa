// SPDX-License-Identifier: Apache-2.0

import Quantities

/// A car behind a V2H device that does as it is told: it comes and goes, has states, and counts
/// what goes in and out by its own account. What it takes and gives changes what the grid's meter
/// sees. Pure: time comes in and never goes back. Source: ECHONET Lite Appendix, 0x027E.
struct EmulatedVehicle: Sendable {
  /// Operation modes (DA) that it can be set to.
  enum Mode: UInt8, Sendable {
    case charge = 0x42
    case discharge = 0x43
    case standby = 0x44
  }

  /// What has flowed since the start, in Ws.
  struct Account: Sendable {
    var charged: Int64 = 0
    var discharged: Int64 = 0
    /// What the grid's meter counts more, or less, than it would without the car.
    var purchased: Int64 = 0
    var sold: Int64 = 0
  }

  static let capacityWs: Int64 = 40_000 * 3600
  static let ratedW: Int64 = 6000
  /// Of what goes in a tenth is lost.
  private static let kept: (parts: Int64, of: Int64) = (9, 10)

  private let flows: HouseFlows
  private var mode = Mode.standby
  private var content = EmulatedVehicle.capacityWs / 2
  private var time: NetworkTime
  private var account = Account()
  /// The account at each half hour that has passed, for the meter's history.
  private var halfHours: [Interval: Account] = [:]
  private var wasConnected = false
  /// A car that has just been plugged in is not known before somebody asks it to be confirmed (CD).
  private var isConfirmed = false

  /// A car that stands at home at the start of the flows, half full.
  init(_ flows: HouseFlows) {
    self.flows = flows
    time = flows.trace.start
    wasConnected = isConnected(time)
    isConfirmed = wasConnected
  }

  /// From 8 to 18 o'clock it is away.
  private func isConnected(_ time: NetworkTime) -> Bool {
    !(8..<18).contains(flows.offset.clock(at: time).secondsOfDay / 3600)
  }

  /// Goes on to `now`, in steps that end with each minute.
  mutating func advance(to now: NetworkTime) {
    while time < now {
      let end = min(now, NetworkTime(seconds: (time.seconds / 60 + 1) * 60))
      let watts = power
      let seconds = Int64(end.seconds(since: time))
      let net = flows.power(.purchased, at: time) - flows.power(.sold, at: time)
      account.charged += max(0, watts) * seconds
      account.discharged += max(0, -watts) * seconds
      account.purchased += (max(0, net + watts) - max(0, net)) * seconds
      account.sold += (max(0, -net - watts) - max(0, -net)) * seconds
      let gain = watts * seconds
      content += watts > 0 ? gain * EmulatedVehicle.kept.parts / EmulatedVehicle.kept.of : gain
      content = min(EmulatedVehicle.capacityWs, max(0, content))
      time = end
      if time.seconds.isMultiple(of: Interval.seconds) {
        halfHours[Interval(containing: time)] = account
      }
      let isThere = isConnected(time)
      if isThere != wasConnected {
        (wasConnected, isConfirmed, mode) = (isThere, false, .standby)
        // A day on the road.
        if isThere { content = max(0, content - EmulatedVehicle.capacityWs / 8) }
      }
    }
  }

  /// Into the car in W; negative when it gives.
  var power: Int64 {
    guard wasConnected else { return 0 }
    switch mode {
    case .charge: return content < EmulatedVehicle.capacityWs ? EmulatedVehicle.ratedW : 0
    case .discharge: return content > 0 ? -EmulatedVehicle.ratedW : 0
    case .standby: return 0
    }
  }

  /// The account as of `time`: of the last half hour that has passed by then, or of now.
  func account(at time: NetworkTime) -> Account {
    if time >= self.time { return account }
    return halfHours[Interval(containing: time)] ?? Account()
  }

  /// What a property says, or nil where the general answer holds.
  func get(_ code: UInt8) -> [UInt8]? {
    let percent = UInt8(clamping: content * 100 / EmulatedVehicle.capacityWs)
    switch code {
    case 0xC7: return [!wasConnected ? 0x30 : isConfirmed ? 0x43 : 0xFF]
    case 0xC5, 0xC6: return EmulatedDevice.word(EmulatedVehicle.ratedW)
    case 0xC8, 0xC9:
      return EmulatedDevice.word(0) + EmulatedDevice.word(EmulatedVehicle.ratedW)
    case 0xD3: return EmulatedDevice.word(power)
    case 0xD6: return EmulatedDevice.word(account.discharged / 3600)
    case 0xD8: return EmulatedDevice.word(account.charged / 3600)
    case 0xDA: return [mode.rawValue]
    // In 0.1 Ah at 350 V.
    case 0xE1: return EmulatedDevice.half(content / 3600 * 10 / 350)
    case 0xE2: return EmulatedDevice.word(content / 3600)
    case 0xE4: return [percent]
    default: return nil
    }
  }

  /// Takes a Set; nil where it is none of the car's, false where it refuses.
  mutating func set(_ code: UInt8, _ data: [UInt8]) -> Bool? {
    switch code {
    case 0xCD:
      guard data == [0x10], wasConnected else { return false }
      isConfirmed = true
      return true
    case 0xDA:
      guard data.count == 1, let wanted = Mode(rawValue: data[0]), isConfirmed else { return false }
      mode = wanted
      return true
    default: return nil
    }
  }
}
