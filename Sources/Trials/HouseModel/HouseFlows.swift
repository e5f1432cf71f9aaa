// SPDX-License-Identifier: Apache-2.0

public import Quantities

/// What a house has besides its loads.
public struct HouseEquipment: Sendable {
  /// Usable battery capacity in Wh and power in W; 0 where there is none.
  public var batteryWh: Int64 = 0
  public var batteryWatts: Int64 = 2000
  /// The battery is filled from the grid from 1:00 to 5:00, whatever the sun does.
  public var chargesAtNight = false
  /// A car that charges from 1:00 to 5:00 and gives back from 18:00 to 21:00, behind a V2H device.
  public var hasVehicle = false
  /// A fuel cell of 700 W that runs from 6:00 to 23:00.
  public var hasFuelCell = false

  /// A house with PV and loads alone.
  public init() {}
}

/// All energy flows of a house as running totals in Wh at any second, from its trace and equipment.
/// Power is constant within a step of the trace; no finer values are invented.
public struct HouseFlows: Sendable {
  /// What flows.
  public enum Flow: Int, CaseIterable, Sendable {
    case generated, consumed, sold, purchased, batteryCharged, batteryDischarged
    case vehicleCharged, vehicleDischarged, fuelCell
    /// The part of what is charged that the sun does not give.
    case gridCharged
  }

  public let trace: EnergyTrace
  public let offset: UTCOffset
  /// Totals at the start of each step, one array a flow, and one value more at the end.
  private let totals: [[Int64]]
  /// The battery's content in Wh at the start of each step.
  private let battery: [Int64]

  /// The flows of `trace` through a house with `equipment`, on a clock of `offset`.
  public init(_ trace: EnergyTrace, equipment: HouseEquipment, offset: UTCOffset) {
    self.trace = trace
    self.offset = offset
    var totals = [[Int64]](repeating: [0], count: Flow.allCases.count)
    var content: Int64 = equipment.batteryWh / 2
    var battery = [content]
    for (index, step) in trace.steps.enumerated() {
      let time = trace.start.advanced(by: UInt64(index) * trace.stepSeconds)
      let hour = offset.clock(at: time).secondsOfDay / 3600
      let flows = HouseFlows.flows(
        of: step, hour: hour, seconds: Int64(trace.stepSeconds), equipment, &content)
      for flow in Flow.allCases {
        let total = totals[flow.rawValue]
        totals[flow.rawValue].append(total[total.count - 1] + flows[flow.rawValue])
      }
      battery.append(content)
    }
    self.totals = totals
    self.battery = battery
  }

  private static func flows(
    of step: EnergyTrace.Step, hour: Int, seconds: Int64, _ equipment: HouseEquipment,
    _ content: inout Int64
  ) -> [Int64] {
    var flows = [Int64](repeating: 0, count: Flow.allCases.count)
    flows[Flow.generated.rawValue] = step.pv
    flows[Flow.consumed.rawValue] = step.load
    var net = step.pv - step.load
    if equipment.hasFuelCell, (6..<23).contains(hour) {
      flows[Flow.fuelCell.rawValue] = 700 * seconds / 3600
      net += flows[Flow.fuelCell.rawValue]
    }
    if equipment.hasVehicle, (1..<5).contains(hour) {
      flows[Flow.vehicleCharged.rawValue] = 3000 * seconds / 3600
      net -= flows[Flow.vehicleCharged.rawValue]
    } else if equipment.hasVehicle, (18..<21).contains(hour), net < 0 {
      let given = min(-net, 2000 * seconds / 3600)
      flows[Flow.vehicleDischarged.rawValue] = given
      net += given
    }
    let most = equipment.batteryWatts * seconds / 3600
    if equipment.chargesAtNight, (1..<5).contains(hour) {
      let charged = min(most, (equipment.batteryWh - content) * 10 / 9)
      flows[Flow.batteryCharged.rawValue] = charged
      flows[Flow.gridCharged.rawValue] = charged - min(charged, max(0, net))
      content += charged * 9 / 10
      net -= charged
    } else if net > 0 {
      // A tenth of what goes in is lost: a usual round trip of nine tenths.
      let charged = min(net, most, (equipment.batteryWh - content) * 10 / 9)
      flows[Flow.batteryCharged.rawValue] = charged
      content += charged * 9 / 10
      net -= charged
    } else {
      let discharged = min(-net, most, content)
      flows[Flow.batteryDischarged.rawValue] = discharged
      content -= discharged
      net += discharged
    }
    flows[(net > 0 ? Flow.sold : .purchased).rawValue] = abs(net)
    return flows
  }

  /// The total of `flow` in Wh from the start of the trace until `time`, rounded down. Before the
  /// trace it is 0, after it the last total stands.
  public func total(_ flow: Flow, at time: NetworkTime) -> Int64 {
    let totals = totals[flow.rawValue]
    guard time >= trace.start else { return 0 }
    let elapsed = time.seconds(since: trace.start)
    let index = Int(elapsed / trace.stepSeconds)
    guard index + 1 < totals.count else { return totals[totals.count - 1] }
    let part = Int64(elapsed % trace.stepSeconds)
    return totals[index] + (totals[index + 1] - totals[index]) * part / Int64(trace.stepSeconds)
  }

  /// The power of `flow` in W at `time`.
  public func power(_ flow: Flow, at time: NetworkTime) -> Int64 {
    let totals = totals[flow.rawValue]
    guard time >= trace.start else { return 0 }
    let index = Int(time.seconds(since: trace.start) / trace.stepSeconds)
    guard index + 1 < totals.count else { return 0 }
    return (totals[index + 1] - totals[index]) * 3600 / Int64(trace.stepSeconds)
  }

  /// The battery's content in Wh at the start of the step that `time` is in.
  public func batteryContent(at time: NetworkTime) -> Int64 {
    let index = Int(time.seconds(since: trace.start) / trace.stepSeconds)
    return battery[min(index, battery.count - 1)]
  }
}
