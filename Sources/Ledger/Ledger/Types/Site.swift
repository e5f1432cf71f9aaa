// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
public import Quantities

/// How a site generates. Only renewable generation yields environmental value (Docs/requirements.md
/// L2).
public enum GenerationMethod: UInt8, CaseIterable, Sendable {
  case photovoltaic = 1
  case wind = 2
  case geothermal = 3
  case biomass = 4
  case hydro = 5
  /// Fossil or mixed generation: recorded in hybrid markets, never minted.
  case fossil = 6
  /// The site generates nothing.
  case none = 7

  /// Whether its energy can become coins.
  public var isRenewable: Bool { self != .fossil && self != .none }
}

/// Whether a site's device produces energy or gives back stored energy.
/// Source: EnergyTag Granular Certificate Scheme Standard v2, mandatory GC attributes.
public enum EnergyRole: UInt8, CaseIterable, Sendable {
  case production = 1
  case storage = 2
  /// A meter only: neither produces nor stores.
  case consumption = 3
}

/// The public support that a site's generation receives: whose the value of its energy is.
/// Source: EnergyTag Granular Certificate Scheme Standard v2, mandatory GC attributes;
/// Docs/coins.md "Support".
public enum PublicSupport: UInt8, CaseIterable, Sendable {
  case none = 0
  /// A grant for the device; the value stays the household's.
  case investmentGrant = 1
  /// A tariff at which a utility has to buy (FIT): all who pay the levy own the value of what is
  /// sold, so none of that becomes coins.
  case feedInTariff = 2
  /// A premium on the market's price (FIP): the value stays the generator's.
  case feedInPremium = 3
}

/// A place on a grid of a tenth of a degree (about 10 km): enough for a clear-sky check, too coarse
/// to find a house.
public struct CoarsePosition: Hashable, Sendable, Canonical {
  /// Degrees north × 10, −900…900.
  public let latitudeTenths: Int
  /// Degrees east × 10, −1800…1800.
  public let longitudeTenths: Int

  /// Where the equator meets the meridian.
  public static let origin = CoarsePosition(unchecked: 0, 0)

  private init(unchecked latitudeTenths: Int, _ longitudeTenths: Int) {
    self.latitudeTenths = latitudeTenths
    self.longitudeTenths = longitudeTenths
  }

  /// The position, or nil outside the ranges.
  public init?(latitudeTenths: Int, longitudeTenths: Int) {
    guard (-900...900).contains(latitudeTenths), (-1800...1800).contains(longitudeTenths) else {
      return nil
    }
    self.latitudeTenths = latitudeTenths
    self.longitudeTenths = longitudeTenths
  }

  /// Reads two signed numbers.
  public init(from input: inout ByteReader) throws(DecodeError) {
    latitudeTenths = Int(try input.readSigned(in: -900...900))
    longitudeTenths = Int(try input.readSigned(in: -1800...1800))
  }

  /// Appends two signed numbers.
  public func encode(to output: inout ByteWriter) {
    output.writeSigned(Int64(latitudeTenths))
    output.writeSigned(Int64(longitudeTenths))
  }
}

/// A metered place of a member, as the operator registers it, with everything that the
/// granular-certificate standard of EnergyTag wants stated on a certificate.
/// Bytes: the fields in their order; texts with length, numbers as varints.
public struct SiteRecord: Hashable, Sendable, Canonical {
  /// Lengths of the site's and the device's name, in UTF-8 bytes.
  public static let nameLimit: ClosedRange<UInt64> = 1...64
  /// Lengths of codes (grid area, region, technology, device id).
  public static let codeLimit: ClosedRange<UInt64> = 1...32
  /// Contracts of low voltage end below it, in W: homes and small shops.
  public static let lowVoltageW: UInt32 = 50_000
  /// No roof or plant of this ledger exceeds 1 GW; batteries 10 GWh.
  public static let capacityLimit: UInt64 = 1_000_000_000

  /// Whose site it is.
  public let member: MemberId
  /// The key in the site's node: signs its reports.
  public let key: PublicKey
  public let name: String
  public let method: GenerationMethod
  public let role: EnergyRole
  /// Registered output of the PV or plant in W; 0 where there is none.
  public let capacityW: UInt32
  /// Usable capacity of the battery in Wh; 0 where there is none.
  public let batteryWh: UInt32
  /// The most that the connection to the grid carries, in W; `lowVoltageW` where nobody asked.
  public let connectionW: UInt32
  /// The grid operator's area, for example `tokyo`.
  public let gridArea: String
  /// ISO 3166-2 code of the region, for example `JP-13`.
  public let region: String
  public let position: CoarsePosition
  /// The site's clock: its days are the days of reports and of claims.
  public let utcOffset: UTCOffset
  public let deviceName: String
  /// The maker's serial number or another id of the device.
  public let deviceId: String
  /// EECS technology code, for example `T010101` (PV on a roof).
  public let technology: String
  /// The day on which the device was commissioned, as days since 1970.
  public let commissionedDay: UInt32
  /// What public support its generation receives.
  public let support: PublicSupport
  /// The first interval that may be reported.
  public let activeFrom: Interval

  /// A record with these parts.
  public init(
    member: MemberId, key: PublicKey, name: String, method: GenerationMethod, role: EnergyRole,
    capacityW: UInt32, batteryWh: UInt32, connectionW: UInt32 = SiteRecord.lowVoltageW,
    gridArea: String, region: String,
    position: CoarsePosition, utcOffset: UTCOffset, deviceName: String, deviceId: String,
    technology: String, commissionedDay: UInt32, support: PublicSupport = .none,
    activeFrom: Interval
  ) {
    self.member = member
    self.key = key
    self.name = name
    self.method = method
    self.role = role
    self.capacityW = capacityW
    self.batteryWh = batteryWh
    self.connectionW = connectionW
    self.gridArea = gridArea
    self.region = region
    self.position = position
    self.utcOffset = utcOffset
    self.deviceName = deviceName
    self.deviceId = deviceId
    self.technology = technology
    self.commissionedDay = commissionedDay
    self.support = support
    self.activeFrom = activeFrom
  }

  /// Reads a record.
  public init(from input: inout ByteReader) throws(DecodeError) {
    member = try MemberId(from: &input)
    key = try PublicKey(from: &input)
    name = try input.readText(in: SiteRecord.nameLimit)
    guard let method = GenerationMethod(rawValue: try input.readUInt8()) else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    self.method = method
    guard let role = EnergyRole(rawValue: try input.readUInt8()) else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    self.role = role
    capacityW = UInt32(try input.readVarint(in: 0...SiteRecord.capacityLimit))
    batteryWh = UInt32(try input.readVarint(in: 0...SiteRecord.capacityLimit))
    connectionW = UInt32(try input.readVarint(in: 1...SiteRecord.capacityLimit))
    gridArea = try input.readText(in: SiteRecord.codeLimit)
    region = try input.readText(in: SiteRecord.codeLimit)
    position = try CoarsePosition(from: &input)
    let offsetStart = input.offset
    guard let offset = UTCOffset(minutes: 30 * Int(try input.readSigned(in: -24...28))) else {
      throw input.refusal(.outOfRange, at: offsetStart)
    }
    utcOffset = offset
    deviceName = try input.readText(in: SiteRecord.nameLimit)
    deviceId = try input.readText(in: SiteRecord.codeLimit)
    technology = try input.readText(in: SiteRecord.codeLimit)
    commissionedDay = UInt32(try input.readVarint(in: 0...UInt64(UInt32.max / 48)))
    guard let support = PublicSupport(rawValue: try input.readUInt8()) else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    self.support = support
    activeFrom = Interval(try input.readFixed(UInt32.self))
  }

  /// Appends the record.
  public func encode(to output: inout ByteWriter) {
    member.encode(to: &output)
    key.encode(to: &output)
    output.writeText(name)
    output.write(method.rawValue)
    output.write(role.rawValue)
    output.writeVarint(UInt64(capacityW))
    output.writeVarint(UInt64(batteryWh))
    output.writeVarint(UInt64(connectionW))
    output.writeText(gridArea)
    output.writeText(region)
    position.encode(to: &output)
    output.writeSigned(Int64(utcOffset.minutes / 30))
    output.writeText(deviceName)
    output.writeText(deviceId)
    output.writeText(technology)
    output.writeVarint(UInt64(commissionedDay))
    output.write(support.rawValue)
    output.writeFixed(activeFrom.number)
  }

  /// The site's id: the hash of this record.
  public var id: SiteId { SiteId(SHA256.digest(name: "hinata/site", bytes)) }

  /// The day, by the site's own clock, in which `interval` lies, and its slot 0…47 there.
  public func day(of interval: Interval) -> (day: UInt32, slot: Int) {
    utcOffset.day(of: interval)
  }

  /// The interval of `slot` 0…47 in the site's day `day`.
  public func interval(day: UInt32, slot: Int) -> Interval {
    utcOffset.interval(day: day, slot: slot)
  }
}
