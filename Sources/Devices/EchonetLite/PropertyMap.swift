// SPDX-License-Identifier: Apache-2.0

/// Which properties of an object can be got, set or are announced (EPC 9F, 9E, 9D).
/// Source: ECHONET Lite specification, part II, appendix 1.
public struct PropertyMap: Hashable, Sendable {
  /// The codes in ascending order.
  public let codes: [UInt8]
  /// The count in the first byte was not the number of codes that follow; the list is believed.
  public let hadWrongCount: Bool

  /// The map of these codes.
  public init(_ codes: some Sequence<UInt8>) {
    self.codes = Set(codes).sorted()
    hadWrongCount = false
  }

  /// Reads either form: a list of fewer than 16 codes, or a bit map of 16 bytes. Seventeen bytes
  /// are always the bit map. Meters in the field give wrong counts, so the count alone decides
  /// nothing.
  public init?(data: [UInt8]) {
    guard let count = data.first else { return nil }
    let rest = data.dropFirst()
    if rest.count == 16 {
      var codes: [UInt8] = []
      for (row, byte) in rest.enumerated() {
        for bit in 0..<8 where byte & (1 << UInt8(bit)) != 0 {
          codes.append(UInt8(0x80 + 0x10 * bit + row))
        }
      }
      self.codes = codes.sorted()
    } else {
      guard rest.count < 16, rest.allSatisfy({ $0 >= 0x80 }) else { return nil }
      codes = Set(rest).sorted()
    }
    hadWrongCount = Int(count) != codes.count
  }

  /// The bytes as the specification wants them.
  public var data: [UInt8] {
    guard codes.count >= 16 else { return [UInt8(codes.count)] + codes }
    var map = [UInt8](repeating: 0, count: 16)
    for code in codes { map[Int(code & 0x0F)] |= 1 << ((code >> 4) - 8) }
    return [UInt8(codes.count)] + map
  }

  /// Whether `code` is in the map.
  public func contains(_ code: UInt8) -> Bool { codes.contains(code) }
}

/// A list of instances (EPC D5, D6): count, then three bytes each, at most 84.
public enum InstanceList {
  /// The most instances that fit one property.
  public static let limit = 84

  /// Reads a list; what the count promises beyond the bytes is left out.
  public static func decode(_ data: [UInt8]) -> [EchonetObject] {
    stride(from: 1, to: data.count - 2, by: 3).prefix(Int(data.first ?? 0)).map {
      EchonetObject(UInt16(data[$0]) << 8 | UInt16(data[$0 + 1]), instance: data[$0 + 2])
    }
  }

  /// The property data for `objects`.
  public static func encode(_ objects: [EchonetObject]) -> [UInt8] {
    [UInt8(min(objects.count, limit))] + objects.prefix(limit).flatMap(\.bytes)
  }
}
