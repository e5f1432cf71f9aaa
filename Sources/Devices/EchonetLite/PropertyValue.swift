// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding

/// The meaning of a property's data.
public indirect enum PropertyValue: Hashable, Sendable {
  /// count × 10^exponent in `unit`; properties that still multiply it stand in the unit, such as
  /// `× D3 × E1 kWh`.
  case number(Int64, exponent: Int, unit: String)
  /// A named code, such as `noData`.
  case state(String)
  /// A power of ten.
  case factor(exponent: Int)
  case raw([UInt8])
  /// Year, month, day, hour, minute, second, as far as given.
  case time([Int])
  case record([(name: String, value: PropertyValue)])
  case list([PropertyValue])
  /// The data does not fit the type: a maker's own code, or a broken value.
  case unexpected([UInt8])

  /// Equality of what the values say.
  public static func == (left: PropertyValue, right: PropertyValue) -> Bool {
    left.description == right.description
  }

  /// Feeds what equality compares.
  public func hash(into hasher: inout Hasher) { hasher.combine(description) }

  /// The count of a number, nil for anything else, "no data" included.
  public var count: Int64? { if case .number(let count, _, _) = self { count } else { nil } }

  /// The part of a record by its name.
  public subscript(name: String) -> PropertyValue? {
    if case .record(let fields) = self { fields.first { $0.name == name }?.value } else { nil }
  }
}

extension PropertyValue: CustomStringConvertible {
  /// The value as people read it, with its unit.
  public var description: String {
    switch self {
    case .number(let count, let exponent, let unit):
      DecimalText.text(count, exponent) + (unit.isEmpty ? "" : " \(unit)")
    case .state(let name): name
    case .factor(let exponent): "×\(DecimalText.text(1, exponent))"
    case .raw(let bytes): bytes.hex
    case .time(let parts): parts.map(String.init).joined(separator: ":")
    case .record(let fields):
      "{" + fields.map { "\($0.name): \($0.value)" }.joined(separator: ", ") + "}"
    case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    case .unexpected(let bytes): "unexpected \(bytes.hex)"
    }
  }
}

enum DecimalText {
  /// `count` × 10^`exponent` in plain digits.
  static func text(_ count: Int64, _ exponent: Int) -> String {
    if exponent >= 0 { return String(count) + String(repeating: "0", count: exponent) }
    let digits = String(count.magnitude)
    let padded = String(repeating: "0", count: max(0, 1 - exponent - digits.count)) + digits
    let point = padded.index(padded.endIndex, offsetBy: exponent)
    return (count < 0 ? "-" : "") + padded[..<point] + "." + padded[point...]
  }
}

extension PropertyType {
  /// What `data` means; never fails, since devices in the field send what they like.
  public func decode(_ data: [UInt8]) -> PropertyValue {
    guard fits(data.count) else { return .unexpected(data) }
    switch self {
    case .number(let type):
      let count = type.isSigned ? data.signed : Int64(data.unsigned)
      guard type.range.contains(count) else { return .unexpected(data) }
      let factors = type.factors.map { "× \([$0].hex.uppercased()) " }.joined()
      return .number(count, exponent: type.exponent, unit: factors + type.unit)
    case .state(_, let names):
      return names[data.unsigned].map(PropertyValue.state) ?? .unexpected(data)
    case .factor(_, let exponents):
      return exponents[data.unsigned].map(PropertyValue.factor) ?? .unexpected(data)
    case .raw, .bits: return .raw(data)
    case .date, .dateTime, .time: return decodeTime(data)
    case .level(let base, let count):
      let level = data.unsigned
      guard level >= base, level < base + count else { return .unexpected(data) }
      return .number(Int64(level - base + 1), exponent: 0, unit: "")
    case .record(let fields): return decodeRecord(fields, data)
    case .list(_, let item):
      let size = item.size.upperBound
      guard size > 0, data.count.isMultiple(of: size) else { return .unexpected(data) }
      return .list(
        stride(from: 0, to: data.count, by: size).map { item.decode(Array(data[$0..<$0 + size])) })
    case .either(let types):
      for type in types {
        let value = type.decode(data)
        if case .unexpected = value { continue }
        return value
      }
      return .unexpected(data)
    }
  }

  private func decodeTime(_ data: [UInt8]) -> PropertyValue {
    if case .time = self { return .time(data.map(Int.init)) }
    return .time([Int(data[0]) << 8 | Int(data[1])] + data[2...].map(Int.init))
  }

  private func decodeRecord(_ fields: [Field], _ data: [UInt8]) -> PropertyValue {
    var values: [(name: String, value: PropertyValue)] = []
    var rest = data[...]
    for (index, field) in fields.enumerated() {
      let isLast = index == fields.count - 1
      let size = isLast ? rest.count : field.type.size.upperBound
      guard rest.count >= size else { return .unexpected(data) }
      values.append((field.name, field.type.decode(Array(rest.prefix(size)))))
      rest = rest.dropFirst(size)
    }
    return .record(values)
  }
}

extension Array where Element == UInt8 {
  /// The bytes as a big-endian number; the last eight count.
  public var unsigned: UInt64 { reduce(0) { $0 << 8 | UInt64($1) } }

  /// The bytes as a big-endian two's complement number.
  var signed: Int64 {
    let shift = UInt64(64 - Swift.min(8, count) * 8)
    return Int64(bitPattern: unsigned << shift) >> Int64(shift)
  }
}
