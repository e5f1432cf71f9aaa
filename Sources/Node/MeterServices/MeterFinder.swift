// SPDX-License-Identifier: Apache-2.0

public import EchonetControl
import EchonetLite
public import Metering
public import Quantities

/// Finds a home's devices and learns what each can tell: the wizard and the reader share it.
public struct MeterFinder: Sendable {
  /// The devices of a site with their counters.
  public struct Found: Sendable {
    public let devices: [MeteredDevice]
    /// Which of their counters gives what.
    public let plan: FlowPlan
    /// Meters whose unit or coefficient could not be had: they contribute nothing until they
    /// answer.
    public let failures: [(device: MeteredDevice, failure: MeterScale.Failure)]
    /// The unit and coefficient as the meters gave them, as evidence.
    public let scales: [(device: MeteredDevice, values: [UInt8: [UInt8]])]
    /// Devices that are wanted, not known from before, and do not answer.
    public let silent: [ConfiguredDevice]
    /// Meters at places that nobody listed, found after the first time: they count once somebody
    /// lists them.
    public let strangers: [ConfiguredDevice]
    /// What the strangers call themselves (83), where they do.
    public let identifications: [ConfiguredDevice: [UInt8]]
    /// Devices that somebody had confirmed and that answered.
    public let confirmed: Set<ConfiguredDevice>
    /// Devices that answer at another address than before.
    public let moved: [MeteredDevice]
    /// What is to be remembered.
    public let known: KnownDevices
  }

  private let controller: EchonetController

  /// A finder that asks through `controller`.
  public init(_ controller: EchonetController) { self.controller = controller }

  /// What counts as a home's device.
  public struct Wanted: Sendable {
    /// Addresses of nodes that are asked besides those that multicast finds, and count.
    public var addresses: [String] = []
    /// Devices that are listed by hand; with them nothing else counts.
    public var listed: [ConfiguredDevice] = []
    /// Devices that must be there besides, for example the meter behind Route B.
    public var needed: [ConfiguredDevice] = []
    /// Devices that somebody has confirmed since the last search.
    public var confirmed: Set<ConfiguredDevice> = []
    /// From when on half hours are to be reported: who is gone since then had a part in them.
    public var unreported: NetworkTime?
    /// All that is found counts, since whoever looks at the result sees it.
    public var isAll = false
    /// Whether what a device at a new place says of its counters, by property, goes on from the
    /// counts of the known device with a number.
    public var goesOn: @Sendable (UInt8, [UInt8: [UInt8]]) -> Bool = { _, _ in false }

    /// Nothing yet.
    public init() {}

    /// Whether somebody has named or confirmed just this device.
    func isNamed(_ place: ConfiguredDevice) -> Bool {
      listed.contains(place) || needed.contains(place) || confirmed.contains(place)
    }

    func counts(_ place: ConfiguredDevice) -> Bool {
      isNamed(place) || isAll || (listed.isEmpty && addresses.contains(place.address))
    }
  }

  /// Finds devices by multicast and at named addresses. A place counts that somebody named or
  /// confirmed, and a device that moved; what else answers is a stranger. A silent address keeps no
  /// other waiting.
  /// - Parameter known: devices that were found before; they count even while they do not answer.
  public func find(_ wanted: Wanted, known: KnownDevices) async -> Found {
    let found = await controller.discover(
      addresses: wanted.addresses + known.places.map(\.address) + known.formerAddresses)
    var search = DeviceSearch(wanted, known, found)
    while let round = search.next() { search.hear(await look(at: round, search)) }
    let scaled = await scaled(
      search.devices.sorted { $0.number < $1.number }, missing: search.missing, search.known)
    return Found(
      devices: scaled.devices, plan: scaled.plan, failures: scaled.failures,
      scales: scaled.scales, silent: search.missed, strangers: search.strangers,
      identifications: search.identifications, confirmed: search.confirmed, moved: search.moved,
      known: scaled.known)
  }

  /// What the places of a round say; those that are silent are left out.
  private func look(
    at round: [ConfiguredDevice], _ search: DeviceSearch
  ) async -> [ConfiguredDevice: DeviceSearch.Answer] {
    await withTaskGroup(of: (ConfiguredDevice, DeviceSearch.Answer?).self) { group in
      for place in round {
        group.addTask { (place, await answer(of: place, search)) }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
  }

  private func answer(
    of place: ConfiguredDevice, _ search: DeviceSearch
  ) async -> DeviceSearch.Answer? {
    let first = await controller.ask(place.address, place.object, get: [0x9F])
    guard let map = first.values[0x9F].flatMap({ PropertyMap(data: $0) }) else { return nil }
    if map.hadWrongCount { await controller.note(.wrongMapCount, place.address, place.object) }
    var answer = DeviceSearch.Answer(map: map)
    if map.contains(0x83) {
      answer.identification =
        await controller.ask(place.address, place.object, get: [0x83]).values[0x83]
    }
    let proof = search.proof(of: place, answer)
    if !proof.isEmpty {
      answer.counts = await controller.ask(place.address, place.object, get: proof).values
    }
    return answer
  }

  /// The plan of what is known from before, as far as its scales are.
  static func plan(_ known: KnownDevices) -> FlowPlan {
    let devices = known.places.compactMap { known.device(at: $0) }
    var plan = FlowPlan(devices)
    for device in devices {
      let values = known.scale(of: device.number)
      plan.takeLimits(values, of: device)
      guard device.role?.scale != nil else { continue }
      plan.take(
        try? MeterScale.of(device.object, values: values, codes: device.codes), of: device)
    }
    return plan
  }

  private typealias Scaled = (
    devices: [MeteredDevice], plan: FlowPlan,
    failures: [(device: MeteredDevice, failure: MeterScale.Failure)],
    scales: [(device: MeteredDevice, values: [UInt8: [UInt8]])], known: KnownDevices
  )

  /// - Parameter missing: devices that have a part in the plan and are not to be asked.
  private func scaled(
    _ devices: [MeteredDevice], missing: [MeteredDevice], _ known: KnownDevices
  ) async -> Scaled {
    var known = known
    let answers = await answers(to: devices)
    let all = (devices + missing).sorted { $0.number < $1.number }
    var plan = FlowPlan(all)
    var failures: [(device: MeteredDevice, failure: MeterScale.Failure)] = []
    var scales: [(device: MeteredDevice, values: [UInt8: [UInt8]])] = []
    for device in all {
      guard let role = device.role, !role.onceCodes.isEmpty else { continue }
      let isAsked = devices.contains(device)
      let answered = answers[device.number] ?? [:]
      if isAsked, role.scale != nil { scales.append((device, answered)) }
      let values = answered.merging(known.scale(of: device.number)) { now, _ in now }
      known.keep(scale: values, of: device.number)
      plan.takeLimits(values, of: device)
      guard let scale = role.scale else { continue }
      do throws(MeterScale.Failure) {
        plan.take(
          try MeterScale.of(device.object, values: values, codes: device.codes), of: device)
      } catch {
        failures.append((device, error))
        plan.take(nil, of: device)
      }
      if let coefficient = scale.coefficient, !device.codes.contains(coefficient) {
        await controller.note(.noCoefficient, device.address, device.object)
      }
    }
    known.apply(to: &plan)
    return (devices, plan, failures, scales, known)
  }

  /// What devices say of themselves once, by their numbers: all are asked at the same time.
  private func answers(to devices: [MeteredDevice]) async -> [UInt8: [UInt8: [UInt8]]] {
    await withTaskGroup(of: (UInt8, [UInt8: [UInt8]]).self) { group in
      for device in devices {
        let codes = (device.role?.onceCodes ?? []).filter(device.codes.contains)
        guard !codes.isEmpty else { continue }
        group.addTask { (device.number, await values(of: device, codes)) }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
  }

  /// The scale properties; one that the meter left out of a long answer is asked for again alone.
  private func values(of device: MeteredDevice, _ codes: [UInt8]) async -> [UInt8: [UInt8]] {
    let first = await controller.ask(device.address, device.object, get: codes)
    var values = first.values
    guard first.isComplete || !values.isEmpty else { return values }
    for code in codes where values[code] == nil {
      if code == device.role?.scale?.unit {
        await controller.note(.missingUnit, device.address, device.object)
      }
      let again = await controller.ask(device.address, device.object, get: [code])
      values.merge(again.values) { first, _ in first }
    }
    return values
  }
}
