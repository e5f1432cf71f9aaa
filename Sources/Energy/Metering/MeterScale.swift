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
  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The unit is missing: never guessed.
    case noUnit(UInt8)
    /// The coefficient is missing, though the Get map lists it: never taken as 1.
    case noCoefficient(UInt8)
    /// The digits are missing or out of range.
    case badDigits
    /// Steps finer than 0.1 Wh or coarser than 10 MWh.
    case badStep

    /// One line for people.
    public var description: String {
      switch self {
      case .noUnit(let code): "it does not say what one count is worth (\([code].hex))"
      case .noCoefficient(let code):
        "it does not say by what its counts are multiplied (\([code].hex))"
      case .badDigits: "it does not say how many digits its counter has"
      case .badStep: "what it says one count is worth is no step of an energy meter"
      }
    }
  }

  /// The scale of a device by what it answered to `MeterRole.onceCodes`.
  /// - Parameter codes: the Get map; what it lacks may be taken as the specification's default.
  public static func of(
    _ object: EchonetObject, values: [UInt8: [UInt8]], codes: Set<UInt8>
  ) throws(Failure) -> MeterScale {
    guard let scale = DeviceClass.known(object.classCode)?.meter?.scale else {
      return MeterScale(step: 10, digits: 9)
    }
    guard var power = exponent(object, scale.unit, values) else { throw .noUnit(scale.unit) }
    var factor: UInt64 = 1
    if let code = scale.coefficient {
      if let data = values[code], data.count == 4 {
        factor = data.unsigned
      } else if codes.contains(code) {
        throw .noCoefficient(code)
      }
    }
    power += 4  // tenths of a Wh in a kWh
    if let code = scale.multiplier, let more = exponent(object, code, values) { power += more }
    // Ten million kWh a count is far above any meter, and the product stays in 64 bits.
    guard (0...8).contains(power), factor <= MeterRegister.stepLimit.upperBound else {
      throw .badStep
    }
    for _ in 0..<power { factor *= 10 }
    guard MeterRegister.stepLimit.contains(factor) else { throw .badStep }
    var count: UInt8 = 8
    if let code = scale.digits {
      guard let value = values[code]?.first, (1...8).contains(value) else { throw .badDigits }
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
