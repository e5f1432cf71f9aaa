// SPDX-License-Identifier: Apache-2.0

import EchonetLite
public import Ledger

/// Which counter of which device gives which flow of a site. Source: Docs/echonet.md §4;
/// Docs/decisions/0017-each-flow-on-its-own.md; Docs/requirements.md L3, L4, L5.
public struct FlowPlan: Hashable, Sendable {
  /// The counters, in order of flow and device.
  public private(set) var sources: [CounterSource] = []
  /// The distribution board's counter of all loads, where there is one.
  public private(set) var consumption: CounterSource?
  /// Flows that some device has and of which it gives no count: unknown as long as it is there.
  public private(set) var uncounted: Set<EnergyFlow> = []
  /// The number of the inverter whose output mixes what panels and batteries give.
  public private(set) var mixture: UInt8?
  /// Where each device that counts generation stands.
  private var roofs: [UInt8: String] = [:]
  /// Somebody has said, or their counters have shown, that all of them are roofs of their own.
  public var hasSeparateRoofs = false
  /// The devices that stand behind it: what they give is part of its output.
  public private(set) var behindMixture: Set<UInt8> = []

  /// The plan of a site with these devices.
  public init(_ devices: [MeteredDevice]) {
    let classes = Set(devices.map(\.object.classCode))
    let counting = devices.filter { ($0.role?.yieldsTo ?? []).isDisjoint(with: classes) }
    for device in counting where mixture == nil && device.role?.mixture == .output {
      mixture = device.number
      let address = device.address
      let chargesCounted = device.codes.contains { code in
        device.role?.counters.contains {
          $0.flow == .batteryCharged && $0.ways.contains(.running(code))
        } ?? false
      }
      for other in counting where other.address == address && other != device && chargesCounted {
        guard other.role?.counters.contains(where: { $0.flow == .batteryDischarged }) == true else {
          continue
        }
        behindMixture.insert(other.number)
      }
    }
    for device in counting { take(device) }
    let hasMeter = sources.contains { $0.flow == .purchased }
    // A meter that counts one direction alone leaves the other unknown where there is something to sell.
    if hasGenerator, hasMeter, !sources.contains(where: { $0.flow == .sold }) {
      uncounted.insert(.sold)
    }
    if !hasMeter { uncounted.formUnion([.purchased, .sold]) }
    sources.sort { $0.order < $1.order }
  }

  private mutating func take(_ device: MeteredDevice) {
    guard let role = device.role else { return }
    for counter in role.counters {
      let flow = EnergyFlow(counter.flow)
      // What goes into a battery behind the inverter is counted on the inverter's grid side.
      if flow == .batteryCharged, behindMixture.contains(device.number) { continue }
      if flow == .batteryCharged, device.number == mixture, behindMixture.isEmpty { continue }
      guard let way = counter.ways.first(where: { device.has($0) }) else {
        if flow != .sold { uncounted.insert(flow) }
        continue
      }
      let source = CounterSource(
        device, flow, way, limitW: counter.usualLimit, hasScale: role.scale != nil)
      if role.countsLoads {
        consumption = consumption ?? source
      } else {
        sources.append(source)
      }
      if flow == .generated { roofs[device.number] = device.address }
    }
  }

  /// Whether two devices that count generation could be two views of one roof: inverters that one
  /// node shows side by side are not.
  func areComparable(_ left: UInt8, _ right: UInt8) -> Bool { roofs[left] != roofs[right] }

  /// Whether it is not known yet that each counter of generation has a roof of its own: until then
  /// PQ1 is unknown.
  public var isComparingRoofs: Bool { !hasSeparateRoofs && Set(roofs.values).count > 1 }

  /// Whether charging of a battery may have come from the sun behind the inverter or from the grid,
  /// and no counter tells: what the home consumed is unknown then.
  var mixesCharge: Bool { mixture != nil && behindMixture.isEmpty }

  /// Counts nothing of a device that shows a roof which another one counts.
  public mutating func drop(double device: UInt8) {
    sources.removeAll { $0.device == device && $0.flow == .generated }
    roofs[device] = nil
  }

  /// Whether the site has such a flow at all.
  public func has(_ flow: EnergyFlow) -> Bool {
    uncounted.contains(flow) || sources.contains { $0.flow == flow }
  }

  /// The counters of a flow by their place in `sources`.
  public func indices(of flow: EnergyFlow) -> [Int] {
    sources.indices.filter { sources[$0].flow == flow }
  }

  /// Takes over what a device told of its scale; without a scale its counters count nothing.
  public mutating func take(_ scale: MeterScale?, of device: MeteredDevice) {
    guard let scale else {
      for source in sources where source.device == device.number { uncounted.insert(source.flow) }
      sources.removeAll { $0.device == device.number }
      if consumption?.device == device.number { consumption = nil }
      return
    }
    for index in sources.indices { sources[index].take(scale, of: device) }
    consumption?.take(scale, of: device)
  }

  /// Takes over the most that a device says it can give.
  public mutating func takeLimits(_ values: [UInt8: [UInt8]], of device: MeteredDevice) {
    for index in sources.indices { sources[index].takeLimit(values, of: device) }
  }

  /// Whether anything of the home could be sold.
  var hasGenerator: Bool {
    sources.contains { $0.flow.isSource } || uncounted.contains(where: \.isSource)
  }

  /// Counts nothing of what is sold.
  mutating func dropSale() { sources.removeAll { $0.flow == .sold } }

  /// The plan as an auditor sees it: the counters that a report states, with its steps and digits.
  mutating func restrict(to registers: [MeterRegister]) {
    sources = sources.compactMap { source in
      guard
        let register = registers.first(where: {
          $0.flow == source.flow && $0.device == source.device && !$0.isIntegrated
        })
      else { return nil }
      var source = source
      (source.step, source.digits) = (register.step, register.digits)
      return source
    }
  }
}

extension MeteredDevice {
  /// Whether its Get map lists what a way of counting needs.
  func has(_ way: MeterRole.Count) -> Bool {
    switch way {
    case .halfHours(let fixed, _, let present, _):
      codes.contains(fixed) || codes.contains(present)
    case .running(let code), .power(let code, _): codes.contains(code)
    }
  }
}
