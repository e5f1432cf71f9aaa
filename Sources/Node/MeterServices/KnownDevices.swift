// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
public import Foundation
import Metering

/// The devices of a site as they were found, in a file of the data folder: a device keeps its number for good, and
/// one that sleeps at night is known again after a restart.
public struct KnownDevices: Sendable {
  /// One device.
  public struct Entry: Codable, Sendable {
    var number: UInt8
    var address: String
    var object: String
    /// Its identification number (83), where it gives one: it stays when the address changes.
    var identification: String?
    /// The codes of its Get map, and the values of its scale by their codes.
    var codes: String
    var scale: [String: String]
  }

  /// The file's name in the data folder.
  public static let fileName = "devices.json"

  private let file: URL?
  private(set) var entries: [Entry]

  /// The devices in `folder`, or with nil none, and nothing is kept.
  /// - Throws: where there is a file and it cannot be read.
  public init(folder: URL?) throws {
    file = folder?.appendingPathComponent(KnownDevices.fileName)
    guard let file, FileManager.default.fileExists(atPath: file.path) else {
      entries = []
      return
    }
    entries = try JSONDecoder().decode([Entry].self, from: Data(contentsOf: file))
  }

  /// The number of a device: its own where it is known, else the next free one, or nil when all are taken.
  func number(of place: ConfiguredDevice, identification: [UInt8]?) -> UInt8? {
    if let known = entry(place, identification) { return known.number }
    let taken = Set(entries.map(\.number))
    return (1...UInt8.max).first { !taken.contains($0) }
  }

  /// A known device at a place, for when it does not answer.
  func device(at place: ConfiguredDevice) -> MeteredDevice? {
    guard let entry = entry(place, nil), let codes = [UInt8](hex: entry.codes) else { return nil }
    return MeteredDevice(
      number: entry.number, address: entry.address, object: place.object, codes: Set(codes))
  }

  /// The scale of a known device.
  func scale(of number: UInt8) -> [UInt8: [UInt8]] {
    var values: [UInt8: [UInt8]] = [:]
    for (code, data) in entries.first(where: { $0.number == number })?.scale ?? [:] {
      if let code = UInt8(code, radix: 16), let data = [UInt8](hex: data) { values[code] = data }
    }
    return values
  }

  /// All places of known devices.
  var places: [ConfiguredDevice] {
    entries.compactMap { entry in
      EchonetObject(hex: entry.object).map { ConfiguredDevice(address: entry.address, object: $0) }
    }
  }

  /// Keeps a device that answered.
  mutating func keep(_ device: MeteredDevice, identification: [UInt8]?) {
    let old = entries.first { $0.number == device.number }
    entries.removeAll { $0.number == device.number }
    entries.append(
      Entry(
        number: device.number, address: device.address, object: "\(device.object)",
        identification: identification?.hex ?? old?.identification,
        codes: device.codes.sorted().hex,
        scale: old?.scale ?? [:]))
  }

  /// Keeps a device's scale.
  mutating func keep(scale: [UInt8: [UInt8]], of number: UInt8) {
    guard let index = entries.firstIndex(where: { $0.number == number }) else { return }
    for (code, data) in scale { entries[index].scale[[code].hex] = data.hex }
  }

  /// Writes the file.
  public func save() throws {
    guard let file else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let sorted = entries.sorted { $0.number < $1.number }
    let data = try encoder.encode(sorted)
    guard (try? Data(contentsOf: file)) != data else { return }
    try data.write(to: file, options: .atomic)
  }

  private func entry(_ place: ConfiguredDevice, _ identification: [UInt8]?) -> Entry? {
    let object = "\(place.object)"
    if let hex = identification?.hex,
      let same = entries.first(where: { $0.identification == hex && $0.object == object })
    {
      return same
    }
    return entries.first {
      $0.address == place.address && $0.object == object
        && (identification == nil || $0.identification == nil)
    }
  }
}
