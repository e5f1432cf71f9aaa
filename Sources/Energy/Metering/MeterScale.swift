// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import EchonetLite
import Ledger

/// What one count of a meter is worth and where it wraps, from the meter's own properties.
public struct MeterScale: Hashable, Sendable {
  /// Energy of one count in tenths of a Wh.
  public let step: UInt32
  public let digits: UInt8

  /// Why a scale is not to be had.
  public enum Failure: Error, Hashable, Sendable {
    /// The unit is missing, though the Get map lists it: never guessed.
    case noUnit(UInt8)
    /// The coefficient is missing, though the Get map lists it: never taken as 1.
    case noCoefficient(UInt8)
    /// The digits are missing or out of range.
    case badDigits
    /// Steps finer than 0.1 Wh or coarser than 10 MWh.
    case badStep
  }

  /// The scale of a device by the values of its `SourceRules.scaleCodes`.
  /// - Parameter codes: the Get map; what it lacks may be taken as the specification's default.
  public static func of(
    _ object: EchonetObject, values: [UInt8: [UInt8]], codes: Set<UInt8>
  ) throws(Failure) -> MeterScale {
    switch object.classCode {
    case 0x0288:
      return try scale(
        object, values, codes, unit: 0xE1, coefficient: 0xD3, multiplier: nil, digits: 0xD7)
    case 0x028A:
      return try scale(
        object, values, codes, unit: 0xE6, coefficient: 0xD3, multiplier: 0xD4, digits: 0xE5)
    case 0x0287:
      return try scale(
        object, values, codes, unit: 0xC2, coefficient: nil, multiplier: nil, digits: nil)
    default: return MeterScale(step: 10, digits: 9)
    }
  }

  private static func scale(
    _ object: EchonetObject, _ values: [UInt8: [UInt8]], _ codes: Set<UInt8>, unit: UInt8,
    coefficient: UInt8?, multiplier: UInt8?, digits: UInt8?
  ) throws(Failure) -> MeterScale {
    guard let exponent = exponent(object, unit, values) else { throw .noUnit(unit) }
    var factor: UInt64 = 1
    if let coefficient {
      if let data = values[coefficient], data.count == 4 {
        factor = data.unsigned
      } else if codes.contains(coefficient) {
        throw .noCoefficient(coefficient)
      }
    }
    var power = exponent + 4  // tenths of a Wh in a kWh
    if let multiplier, let more = self.exponent(object, multiplier, values) { power += more }
    for _ in 0..<max(0, power) { factor *= 10 }
    guard power >= 0, MeterRegister.stepLimit.contains(factor) else { throw .badStep }
    var count: UInt8 = 8
    if let digits {
      guard let value = values[digits]?.first, (1...8).contains(value) else { throw .badDigits }
      count = value
    }
    return MeterScale(step: UInt32(factor), digits: count)
  }

  private static func exponent(
    _ object: EchonetObject, _ code: UInt8, _ values: [UInt8: [UInt8]]
  ) -> Int? {
    guard let data = values[code], let type = DeviceClass.known(object.classCode)?[code]?.type,
      case .factor(let exponent) = type.decode(data)
    else { return nil }
    return exponent
  }
}
