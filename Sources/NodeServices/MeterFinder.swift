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
  }

  private let controller: EchonetController

  /// A finder that asks through `controller`.
  public init(_ controller: EchonetController) { self.controller = controller }

  /// Finds devices by multicast and at `addresses`, or takes those that are listed by hand.
  public func find(addresses: [String], listed: [ConfiguredDevice]) async -> Found {
    var places = listed
    if places.isEmpty {
      let found = await controller.discover(addresses: addresses)
      places = found.sorted { $0.key < $1.key }.flatMap { address, objects in
        objects.map { ConfiguredDevice(address: address, object: $0) }
      }
    }
    var devices: [MeteredDevice] = []
    for place in places where devices.count < 255 {
      let answer = await controller.ask(place.address, place.object, get: [0x9F])
      guard let data = answer.values[0x9F], let map = PropertyMap(data: data) else { continue }
      if map.hadWrongCount { await controller.note(.wrongMapCount, place.address, place.object) }
      devices.append(
        MeteredDevice(
          number: UInt8(devices.count + 1), address: place.address, object: place.object,
          codes: Set(map.codes)))
    }
    return await scaled(devices)
  }

  private func scaled(_ devices: [MeteredDevice]) async -> Found {
    var (sources, consumption) = SourceRules.sources(of: devices)
    var failures: [(device: MeteredDevice, failure: MeterScale.Failure)] = []
    var scales: [(device: MeteredDevice, values: [UInt8: [UInt8]])] = []
    for device in devices {
      let codes = SourceRules.scaleCodes(device.object.classCode).filter(device.codes.contains)
      guard !SourceRules.scaleCodes(device.object.classCode).isEmpty else { continue }
      let values = await values(of: device, codes)
      scales.append((device, values))
      do throws(MeterScale.Failure) {
        let scale = try MeterScale.of(device.object, values: values, codes: device.codes)
        for index in sources.indices where sources[index].device == device.number {
          sources[index].step = scale.step
          sources[index].digits = scale.digits
        }
        if consumption?.device == device.number {
          consumption?.step = scale.step
          consumption?.digits = scale.digits
        }
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
      scales: scales)
  }

  /// The scale properties; one that the meter left out of a long answer is asked for again alone.
  private func values(of device: MeteredDevice, _ codes: [UInt8]) async -> [UInt8: [UInt8]] {
    var values = await controller.ask(device.address, device.object, get: codes).values
    for code in codes where values[code] == nil {
      await controller.note(.missingUnit, device.address, device.object)
      let again = await controller.ask(device.address, device.object, get: [code])
      values.merge(again.values) { first, _ in first }
    }
    return values
  }
}
