// SPDX-License-Identifier: Apache-2.0

public import EchonetControl
import EchonetLite
public import Metering

/// Finds a home's devices and learns what each can tell: the wizard and the reader share it.
public struct MeterFinder: Sendable {
  /// The devices of a site with their counters.
  public struct Found: Sendable {
    public let devices: [MeteredDevice]
    public let sources: [CounterSource]
    public let consumption: CounterSource?
    /// Meters whose unit or coefficient could not be had: they contribute nothing until they answer.
    public let failures: [(device: MeteredDevice, failure: MeterScale.Failure)]
    /// The unit and coefficient as the meters gave them, as evidence.
    public let scales: [(device: MeteredDevice, values: [UInt8: [UInt8]])]
    /// Devices that are wanted, not known from before, and do not answer.
    public let silent: [ConfiguredDevice]
    /// What is to be remembered.
    public let known: KnownDevices
  }

  private let controller: EchonetController

  /// A finder that asks through `controller`.
  public init(_ controller: EchonetController) { self.controller = controller }

  /// Finds devices by multicast and at `addresses`, or takes those that are listed by hand.
  /// - Parameters:
  ///   - wanted: devices that must be there besides, for example the meter behind Route B.
  ///   - known: devices that were found before; they count even while they do not answer.
  public func find(
    addresses: [String], listed: [ConfiguredDevice], wanted: [ConfiguredDevice] = [],
    known: KnownDevices
  ) async -> Found {
    var places = listed
    if places.isEmpty {
      let found = await controller.discover(addresses: addresses + known.places.map(\.address))
      places = found.sorted { $0.key < $1.key }.flatMap { address, objects in
        objects.map { ConfiguredDevice(address: address, object: $0) }
      }
      places += known.places.filter { !places.contains($0) }
    }
    places += wanted.filter { !places.contains($0) }
    var known = known
    var devices: [MeteredDevice] = []
    var silent: [ConfiguredDevice] = []
    for place in places {
      if let device = await device(at: place, &known) {
        if !devices.contains(where: { $0.number == device.number }) { devices.append(device) }
      } else if listed.contains(place) || wanted.contains(place) {
        silent.append(place)
      }
    }
    return await scaled(devices.sorted { $0.number < $1.number }, silent, known)
  }

  /// The device at a place as it answers now, or as it is known from before.
  private func device(
    at place: ConfiguredDevice, _ known: inout KnownDevices
  ) async -> MeteredDevice? {
    let answer = await controller.ask(place.address, place.object, get: [0x9F])
    guard let data = answer.values[0x9F], let map = PropertyMap(data: data) else {
      return known.device(at: place)
    }
    if map.hadWrongCount { await controller.note(.wrongMapCount, place.address, place.object) }
    var identification: [UInt8]?
    if map.contains(0x83) {
      identification = await controller.ask(place.address, place.object, get: [0x83]).values[0x83]
    }
    guard let number = known.number(of: place, identification: identification) else { return nil }
    let device = MeteredDevice(
      number: number, address: place.address, object: place.object, codes: Set(map.codes))
    known.keep(device, identification: identification)
    return device
  }

  private func scaled(
    _ devices: [MeteredDevice], _ silent: [ConfiguredDevice], _ known: KnownDevices
  ) async -> Found {
    var known = known
    var (sources, consumption) = SourceRules.sources(of: devices)
    var failures: [(device: MeteredDevice, failure: MeterScale.Failure)] = []
    var scales: [(device: MeteredDevice, values: [UInt8: [UInt8]])] = []
    for device in devices {
      let codes = SourceRules.scaleCodes(device.object.classCode).filter(device.codes.contains)
      guard !SourceRules.scaleCodes(device.object.classCode).isEmpty else { continue }
      let answered = await values(of: device, codes)
      scales.append((device, answered))
      let values = answered.merging(known.scale(of: device.number)) { now, _ in now }
      do throws(MeterScale.Failure) {
        let scale = try MeterScale.of(device.object, values: values, codes: device.codes)
        known.keep(scale: values, of: device.number)
        for index in sources.indices { sources[index].take(scale, of: device) }
        consumption?.take(scale, of: device)
      } catch {
        failures.append((device, error))
        sources.removeAll { $0.device == device.number }
        if consumption?.device == device.number { consumption = nil }
      }
      if device.object.classCode == 0x0288, !device.codes.contains(0xD3) {
        await controller.note(.noCoefficient, device.address, device.object)
      }
    }
    return Found(
      devices: devices, sources: sources, consumption: consumption, failures: failures,
      scales: scales, silent: silent, known: known)
  }

  /// The scale properties; one that the meter left out of a long answer is asked for again alone.
  private func values(of device: MeteredDevice, _ codes: [UInt8]) async -> [UInt8: [UInt8]] {
    let first = await controller.ask(device.address, device.object, get: codes)
    var values = first.values
    guard first.isComplete || !values.isEmpty else { return values }
    for code in codes where values[code] == nil {
      await controller.note(.missingUnit, device.address, device.object)
      let again = await controller.ask(device.address, device.object, get: [code])
      values.merge(again.values) { first, _ in first }
    }
    return values
  }
}
