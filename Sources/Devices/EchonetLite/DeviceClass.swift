// SPDX-License-Identifier: Apache-2.0

/// A class of devices as data: its properties with rules and types. One class is one file in
/// `DeviceClasses/`. Source: ECHONET Lite Appendix, release R.
public struct DeviceClass: Sendable {
  /// Whether a property may, or must, be got, set or announced.
  public enum Rule: Character, Sendable {
    case required = "R"
    case conditional = "C"
    /// Required of devices built after a date, optional before.
    case requiredIfNewer = "Q"
    case optional = "o"
    case notAllowed = "-"
  }

  /// One property of the class.
  public struct Property: Sendable {
    public let code: UInt8
    public let get: Rule
    public let set: Rule
    public let announce: Rule
    /// The property's short name in the machine-readable appendix.
    public let name: String
    public let type: PropertyType
  }

  /// Class group and class, for example 0x0288.
  public let code: UInt16
  public let name: String
  public let japaneseName: String
  /// The properties by their codes.
  public let properties: [UInt8: Property]
  /// What its devices tell of a home's energy; nil for classes that are no meters.
  public let meter: MeterRole?
  /// Lines of the table that could not be read: none, as a test holds.
  public let unreadLines: [String]

  init(
    code: UInt16, name: String, japaneseName: String, table: String, meter: MeterRole? = nil
  ) {
    self.code = code
    self.meter = meter
    self.name = name
    self.japaneseName = japaneseName
    var properties: [UInt8: Property] = [:]
    var unread: [String] = []
    for line in table.split(separator: "\n") {
      if let property = DeviceClass.parse(line) {
        properties[property.code] = property
      } else {
        unread.append(String(line))
      }
    }
    self.properties = properties
    unreadLines = unread
  }

  private static func parse(_ line: Substring) -> Property? {
    let parts = line.split(separator: " ", maxSplits: 3)
    guard parts.count == 4, let code = UInt8(parts[0], radix: 16), parts[2].hasSuffix(":"),
      let type = PropertyTypeParser.parse(parts[3])
    else { return nil }
    let rules = parts[1].compactMap(Rule.init(rawValue:))
    guard rules.count == 3 else { return nil }
    return Property(
      code: code, get: rules[0], set: rules[1], announce: rules[2],
      name: String(parts[2].dropLast()), type: type)
  }

  /// The property `code` of this class, or of the super class.
  public subscript(code: UInt8) -> Property? {
    properties[code] ?? DeviceClass.superClass.properties[code]
  }

  /// Every class that this library knows, the super class aside.
  public static let all: [DeviceClass] = [
    .nodeProfile, .smartMeter, .highVoltageMeter, .photovoltaic, .multipleInputPCS,
    .storageBattery, .vehicleChargerDischarger, .vehicleCharger, .distributionBoard,
    .waterHeater, .fuelCell, .controller,
  ]

  private static let byCode = Dictionary(uniqueKeysWithValues: all.map { ($0.code, $0) })

  /// The class with this code, or nil when the library does not know it.
  public static func known(_ code: UInt16) -> DeviceClass? { byCode[code] }
}
