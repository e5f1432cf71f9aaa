// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
public import Foundation
import Metering
import Quantities

/// The devices of a site as they were found, in a file of the data folder: a device keeps its
/// number for good, and one that sleeps at night is known again after a restart.
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
    /// It shows a roof that another device counts: nothing of its generation is counted.
    var isDouble: Bool?
    /// Its generation has a roof of its own.
    var hasOwnRoof: Bool?
    /// Somebody has said that it is the home's.
    var isConfirmed: Bool?
    /// Somebody has said that it is gone, or another device stands in its place. Its number stays.
    var isGone: Bool?
    /// Network time since which it is gone, where somebody said so.
    var goneSince: UInt64?
    /// Where it stood before it moved.
    var former: String?
    /// Addresses at which something said to be this device while it was not.
    var impostors: [String]?
  }

  private struct File: Codable {
    var devices: [Entry]
    var notOurs: [String]
  }

  /// How many places that are not the home's are remembered.
  static let notOursLimit = 256
  /// The file's name in the data folder.
  public static let fileName = "devices.json"

  /// Somebody has said that every counter of generation has a roof of its own, though they move
  /// alike.
  public var saysSeparateRoofs = false
  private let file: URL?
  /// Every device that ever was, and those that are there.
  private var all: [Entry]
  var entries: [Entry] { all.filter { !($0.isGone ?? false) } }
  /// Places of which somebody has said that they are not the home's, as `address object`, and
  /// behind that the identification of what stood there, where it gave one.
  private var notOurs: [String] = []
  /// What was met at another place since the file was read: its words, before and now.
  private var metElsewhere: [String: String] = [:]
  /// Devices that were gone and answered again since the file was read.
  private var revived: Set<UInt8> = []

  /// The devices in `folder`, or with nil none, and nothing is kept.
  /// - Throws: where there is a file and it cannot be read.
  public init(folder: URL?) throws {
    file = folder?.appendingPathComponent(KnownDevices.fileName)
    guard let file, FileManager.default.fileExists(atPath: file.path) else {
      all = []
      return
    }
    let data = try Data(contentsOf: file)
    // Before there were places that are not the home's the file was the list of devices alone.
    if let list = try? JSONDecoder().decode([Entry].self, from: data) {
      all = list
    } else {
      let known = try JSONDecoder().decode(File.self, from: data)
      (all, notOurs) = (known.devices, known.notOurs)
    }
  }

  /// Places that somebody has confirmed.
  var confirmed: Set<ConfiguredDevice> {
    Set(entries.filter { $0.isConfirmed ?? false }.compactMap(KnownDevices.place))
  }

  private func index(at place: ConfiguredDevice) -> Int? {
    all.firstIndex {
      !($0.isGone ?? false) && KnownDevices.place($0) == place
    }
  }

  /// Somebody has said that the known device at a place is the home's.
  mutating func confirm(_ place: ConfiguredDevice) {
    recall(place)
    guard let index = index(at: place) else { return }
    all[index].isConfirmed = true
  }

  /// Somebody says after all that he knows what answers at a place.
  mutating func recall(_ place: ConfiguredDevice) {
    notOurs.removeAll { KnownDevices.parts($0).place == "\(place)" }
  }

  /// Somebody has said that the known device at a place is gone for good.
  mutating func remove(_ place: ConfiguredDevice, at now: NetworkTime) {
    guard let index = index(at: place) else { return }
    (all[index].isGone, all[index].goneSince) = (true, now.seconds)
  }

  /// Devices that are gone since `time`: what they counted before still has to be reported.
  func gone(since time: NetworkTime) -> [MeteredDevice] {
    all.filter { $0.isGone ?? false && $0.goneSince ?? 0 > time.seconds }.compactMap(
      KnownDevices.device)
  }

  /// Takes over what somebody said, or what was found out, while a search went on with an older
  /// account.
  mutating func takeWords(of newer: KnownDevices) {
    notOurs = newer.notOurs.map { metElsewhere[$0] ?? $0 }
    for entry in newer.all {
      guard let index = all.firstIndex(where: { $0.number == entry.number }) else { continue }
      all[index].isDouble = entry.isDouble
      all[index].hasOwnRoof = entry.hasOwnRoof
      guard entry.isGone ?? false, !revived.contains(entry.number) else { continue }
      (all[index].isGone, all[index].goneSince) = (true, entry.goneSince)
    }
  }

  /// Places of which somebody has said that they are not the home's.
  var dismissed: [ConfiguredDevice] {
    notOurs.compactMap { ConfiguredDevice(KnownDevices.parts($0).place) }
  }

  /// `address object` of a dismissal, and `object identification` where it has one.
  private static func parts(_ text: String) -> (place: String, name: String?) {
    let words = text.split(separator: " ")
    return (
      words.prefix(2).joined(separator: " "),
      words.count > 2 ? words.dropFirst().joined(separator: " ") : nil
    )
  }

  /// Somebody has said that what answers at a place is not the home's: nobody is asked again.
  /// - Parameter identification: what it calls itself; another in its place is asked about.
  mutating func dismiss(_ place: ConfiguredDevice, _ identification: [UInt8]? = nil) {
    recall(place)
    let name = identification.map { " \($0.hex)" } ?? ""
    notOurs = (notOurs + ["\(place)\(name)"]).suffix(KnownDevices.notOursLimit)
  }

  /// Whether somebody has said just of what answers at a place that it is not the home's.
  func isDismissed(_ place: ConfiguredDevice, as identification: [UInt8]?) -> Bool {
    guard !isLeftAlone(place) else { return true }
    guard let identification else { return isDismissed(place) }
    return notOurs.contains("\(place) \(identification.hex)")
  }

  /// Whether anything at a place was said not to be the home's.
  func isDismissed(_ place: ConfiguredDevice) -> Bool { dismissed.contains(place) }

  /// Whether what answers at a place is no concern of the home's whatever it calls itself.
  func isLeftAlone(_ place: ConfiguredDevice) -> Bool { notOurs.contains("\(place)") }

  /// Where something stood that somebody dismissed under an identification.
  func dismissed(_ object: EchonetObject, as identification: [UInt8]) -> ConfiguredDevice? {
    let name = "\(object) \(identification.hex)"
    return notOurs.lazy.map(KnownDevices.parts).first { $0.name == name }
      .flatMap { ConfiguredDevice($0.place) }
  }

  /// What was dismissed at a place answers at another: it is remembered where it stands now.
  mutating func meetDismissed(
    _ former: ConfiguredDevice, at place: ConfiguredDevice, _ identification: [UInt8]
  ) {
    let (old, now) = ("\(former) \(identification.hex)", "\(place) \(identification.hex)")
    guard let index = notOurs.firstIndex(of: old) else { return }
    metElsewhere[old] = now
    notOurs[index] = now
  }

  /// Somebody has said that all counters of generation have roofs of their own.
  mutating func separateRoofs() {
    for index in all.indices { all[index].isDouble = nil }
    hasSeparateRoofs = true
  }

  /// Whether a device is known at a place.
  func knows(_ place: ConfiguredDevice) -> Bool { index(at: place) != nil }

  /// Where a device of this object and identification stood before; without an identification the
  /// only known device of the object.
  func place(of object: EchonetObject, _ identification: [UInt8]?) -> ConfiguredDevice? {
    let same = entries.filter { $0.object == "\(object)" }
    let entry =
      identification.map { id in same.first { $0.identification == id.hex } }
      ?? (same.count == 1 ? same.first { $0.identification == nil } : nil)
    return entry.flatMap(KnownDevices.place)
  }

  /// A known device answers at another address. Should it be met where it stood before, it was
  /// never gone, and what answered elsewhere was another.
  /// - Parameter fromCopy: something still answers at the old place: it was never this device.
  mutating func move(_ old: ConfiguredDevice, to address: String, fromCopy: Bool = false) {
    guard let index = index(at: old) else { return }
    if fromCopy {
      all[index].impostors = Array(((all[index].impostors ?? []) + [old.address]).suffix(8))
    }
    all[index].former = all[index].former == address ? nil : old.address
    all[index].address = address
  }

  /// Whether the known device at a place stood at `address` before.
  func stood(_ place: ConfiguredDevice, at address: String) -> Bool {
    index(at: place).map { all[$0].former == address } ?? false
  }

  /// Whether something at `address` was taken for the known device at a place, wrongly.
  func isImpostor(_ address: String, of place: ConfiguredDevice) -> Bool {
    index(at: place).map { all[$0].impostors?.contains(address) ?? false } ?? false
  }

  /// Whether another device than the known one stands at a place, by its identification.
  func isAnother(_ identification: [UInt8]?, at place: ConfiguredDevice) -> Bool {
    identification != nil && knows(place) && entry(place, identification) == nil
  }

  /// Addresses at which devices stood before.
  var formerAddresses: [String] { entries.compactMap(\.former) }

  /// The number of a device: its own where it is known, else the next free one, or nil when all are
  /// taken.
  func number(of place: ConfiguredDevice, identification: [UInt8]?) -> UInt8? {
    if let known = entry(place, identification) { return known.number }
    if let id = identification?.hex,
      let back = all.first(where: {
        ($0.isGone ?? false) && $0.object == "\(place.object)" && $0.identification == id
      })
    {
      return back.number
    }
    let taken = Set(all.map(\.number))
    return (1...UInt8.max).first { !taken.contains($0) }
  }

  /// A known device at a place, for when it does not answer.
  func device(at place: ConfiguredDevice) -> MeteredDevice? {
    entry(place, nil).flatMap(KnownDevices.device)
  }

  private static func device(_ entry: Entry) -> MeteredDevice? {
    guard let codes = [UInt8](hex: entry.codes), let object = EchonetObject(hex: entry.object)
    else { return nil }
    return MeteredDevice(
      number: entry.number, address: entry.address, object: object, codes: Set(codes))
  }

  /// The scale of a known device.
  func scale(of number: UInt8) -> [UInt8: [UInt8]] {
    var values: [UInt8: [UInt8]] = [:]
    for (code, data) in all.first(where: { $0.number == number })?.scale ?? [:] {
      if let code = UInt8(code, radix: 16), let data = [UInt8](hex: data) { values[code] = data }
    }
    return values
  }

  /// Whether the counters of generation are known to have roofs of their own, as long as no device
  /// that counts generation is added.
  var hasSeparateRoofs: Bool {
    get {
      let roofs = entries.filter(KnownDevices.hasRoof)
      return !roofs.isEmpty && roofs.allSatisfy { $0.hasOwnRoof ?? false }
    }
    set {
      for index in all.indices where KnownDevices.hasRoof(all[index]) {
        all[index].hasOwnRoof = newValue
      }
    }
  }

  private static func hasRoof(_ entry: Entry) -> Bool {
    let code = EchonetObject(hex: entry.object)?.classCode
    let counters = code.flatMap { DeviceClass.known($0)?.meter?.counters } ?? []
    return counters.contains { $0.flow == .generated }
  }

  /// The numbers of devices that show a roof which another one counts.
  public var doubles: [UInt8] {
    saysSeparateRoofs ? [] : all.filter { $0.isDouble ?? false }.map(\.number).sorted()
  }

  /// Counts nothing of a device that shows a roof which another one counts.
  mutating func drop(_ double: UInt8) {
    guard let index = all.firstIndex(where: { $0.number == double }) else { return }
    all[index].isDouble = true
  }

  /// Brings what is known of the roofs into a plan.
  func apply(to plan: inout FlowPlan) {
    for double in doubles { plan.drop(double: double) }
    plan.hasSeparateRoofs = saysSeparateRoofs || hasSeparateRoofs
  }

  /// All places of known devices.
  var places: [ConfiguredDevice] { entries.compactMap(KnownDevices.place) }

  private static func place(_ entry: Entry) -> ConfiguredDevice? {
    EchonetObject(hex: entry.object).map { ConfiguredDevice(address: entry.address, object: $0) }
  }

  /// Where the device with a number stands.
  func place(of number: UInt8) -> ConfiguredDevice? {
    entries.first { $0.number == number }.flatMap(KnownDevices.place)
  }

  /// Keeps a device that answered. What stood in its place before is gone.
  mutating func keep(_ device: MeteredDevice, identification: [UInt8]?) {
    let place = ConfiguredDevice(address: device.address, object: device.object)
    for index in all.indices
    where KnownDevices.place(all[index]) == place && all[index].number != device.number {
      all[index].isGone = true
    }
    var entry =
      all.first { $0.number == device.number }
      ?? Entry(number: device.number, address: "", object: "", codes: "", scale: [:])
    (entry.address, entry.object) = (device.address, "\(device.object)")
    entry.codes = device.codes.sorted().hex
    entry.identification = identification?.hex ?? entry.identification
    if entry.isGone ?? false { revived.insert(device.number) }
    (entry.isGone, entry.goneSince) = (nil, nil)
    all.removeAll { $0.number == device.number }
    all.append(entry)
  }

  /// Keeps a device's scale.
  mutating func keep(scale: [UInt8: [UInt8]], of number: UInt8) {
    guard let index = all.firstIndex(where: { $0.number == number }) else { return }
    for (code, data) in scale { all[index].scale[[code].hex] = data.hex }
  }

  /// Writes the file.
  public func save() throws {
    guard let file else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let sorted = all.sorted { $0.number < $1.number }
    let data = try encoder.encode(File(devices: sorted, notOurs: notOurs))
    guard (try? Data(contentsOf: file)) != data else { return }
    try data.write(to: file, options: .atomic)
  }

  private func entry(_ place: ConfiguredDevice, _ identification: [UInt8]?) -> Entry? {
    entries.first {
      KnownDevices.place($0) == place
        && (identification == nil || $0.identification == nil
          || $0.identification == identification?.hex)
    }
  }
}
