// SPDX-License-Identifier: Apache-2.0

/// The form of a property's data. Written in a small notation, one line a property:
///
/// `E0 R-o name: u32 kWh 0..99999999 *D3*E1 | state/4 FFFFFFFE=noData`
///
/// code, rules (get, set, announce: R required, C required under a condition, o optional, - not
/// allowed), name, type. Types: `u8` … `i32` with factor (`x0.001`), unit, range and the properties
/// that multiply it (`*D3`); `state/N`, `code/N` (code = factor), `raw a..b`, `date`, `time/N`,
/// `datetime/N`, `bits/N`, `level base count`, `{name: type; …}`, `[min..max: type]`,
/// `type | type`.
public indirect enum PropertyType: Hashable, Sendable {
  /// A big-endian number of `bytes` bytes; value = number × 10^exponent × the factors.
  case number(NumberType)
  /// Named codes of `bytes` bytes.
  case state(bytes: Int, names: [UInt64: String])
  /// Codes of `bytes` bytes that stand for a power of ten: the exponent of each.
  case factor(bytes: Int, exponents: [UInt64: Int])
  case raw(ClosedRange<Int>)
  case date
  case time(bytes: Int)
  case dateTime(bytes: Int)
  case bits(bytes: Int)
  case level(base: UInt64, count: UInt64)
  case record([Field])
  case list(ClosedRange<Int>, PropertyType)
  case either([PropertyType])

  /// A number and its meaning.
  public struct NumberType: Hashable, Sendable {
    public let bytes: Int
    public let isSigned: Bool
    /// Power of ten of one count, for example −3 for 0.001 kWh.
    public let exponent: Int
    /// The unit as the specification writes it, or empty.
    public let unit: String
    public let range: ClosedRange<Int64>
    /// Properties whose values multiply this one.
    public let factors: [UInt8]
  }

  /// A named part of a record.
  public struct Field: Hashable, Sendable {
    public let name: String
    public let type: PropertyType
  }

  /// Whether data of this type can have `count` bytes.
  public func fits(_ count: Int) -> Bool { size.contains(count) }

  /// How many bytes the type takes.
  public var size: ClosedRange<Int> {
    switch self {
    case .number(let number): number.bytes...number.bytes
    case .state(let bytes, _), .factor(let bytes, _), .time(let bytes), .dateTime(let bytes),
      .bits(let bytes):
      bytes...bytes
    case .raw(let range): range
    case .date: 4...4
    case .level: 1...1
    case .record(let fields):
      fields.reduce(0...0) {
        $0.lowerBound + $1.type.size.lowerBound...$0.upperBound + $1.type.size.upperBound
      }
    case .list(let count, let item):
      count.lowerBound * item.size.lowerBound...count.upperBound * item.size.upperBound
    case .either(let types):
      (types.map(\.size.lowerBound).min() ?? 0)...(types.map(\.size.upperBound).max() ?? 0)
    }
  }
}

/// Reads the notation of `PropertyType`.
struct PropertyTypeParser {
  private var rest: Substring

  init(_ text: some StringProtocol) { rest = Substring(text) }

  /// The type that the whole text describes, or nil.
  static func parse(_ text: some StringProtocol) -> PropertyType? {
    var parser = PropertyTypeParser(text)
    guard let type = parser.either(), parser.rest.allSatisfy({ $0 == " " }) else { return nil }
    return type
  }

  private mutating func skipBlanks() { rest = rest.drop { $0 == " " } }

  private mutating func take(_ character: Character) -> Bool {
    skipBlanks()
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func word() -> String {
    skipBlanks()
    let word = rest.prefix { !" ;]}|:".contains($0) }
    rest.removeFirst(word.count)
    return String(word)
  }

  /// The next word, unless a sign that ends the type comes first.
  private mutating func option() -> String? {
    skipBlanks()
    guard let next = rest.first, !";]}|".contains(next) else { return nil }
    return word()
  }

  private mutating func either() -> PropertyType? {
    guard let first = single() else { return nil }
    var types = [first]
    while take("|") {
      guard let next = single() else { return nil }
      types.append(next)
    }
    return types.count == 1 ? first : .either(types)
  }

  private mutating func single() -> PropertyType? {
    if take("{") { return record() }
    if take("[") { return list() }
    let parts = word().split(separator: "/")
    guard let name = parts.first else { return nil }
    let size = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
    switch name {
    case "u8", "u16", "u32", "i8", "i16", "i32": return number(String(name))
    case "state": return .state(bytes: size, names: codes { String($0) } ?? [:])
    case "code":
      return codes(PropertyTypeParser.exponent).map { .factor(bytes: size, exponents: $0) }
    case "raw": return option().flatMap(range).map { .raw(Int($0.lowerBound)...Int($0.upperBound)) }
    case "date": return .date
    case "time": return .time(bytes: size)
    case "datetime": return .dateTime(bytes: size)
    case "bits": return .bits(bytes: size)
    case "level":
      guard let base = option().flatMap({ UInt64($0, radix: 16) }),
        let count = option().flatMap({ UInt64($0) })
      else { return nil }
      return .level(base: base, count: count)
    default: return nil
    }
  }

  private mutating func number(_ name: String) -> PropertyType? {
    guard let bits = Int(name.dropFirst()) else { return nil }
    let isSigned = name.hasPrefix("i")
    var exponent = 0
    var unit = ""
    var bounds: ClosedRange<Int64> = isSigned ? -(1 << 31)...(1 << 31 - 1) : 0...(1 << 32 - 1)
    var factors: [UInt8] = []
    while let word = option() {
      if word.hasPrefix("x"), let power = PropertyTypeParser.exponent(of: word.dropFirst()) {
        exponent = power
      } else if word.hasPrefix("*") {
        factors = word.split(separator: "*").compactMap { UInt8($0, radix: 16) }
      } else if word.contains(".."), let range = range(word) {
        bounds = range
      } else if !word.hasPrefix("of"), !word.hasPrefix("in(") {
        unit = word
      }
    }
    return .number(
      .init(
        bytes: bits / 8, isSigned: isSigned, exponent: exponent, unit: unit, range: bounds,
        factors: factors))
  }

  private static func exponent(of text: Substring) -> Int? {
    let known = [
      "1": 0, "0.1": -1, "0.01": -2, "0.001": -3, "0.0001": -4, "10": 1, "100": 2, "1000": 3,
      "10000": 4,
    ]
    return known[String(text)]
  }

  private func range(_ text: String) -> ClosedRange<Int64>? {
    guard let dots = text.firstRange(of: "..") else { return nil }
    guard let low = Int64(text[..<dots.lowerBound]) else { return nil }
    let high = Int64(text[dots.upperBound...]) ?? Int64(UInt32.max)
    return low <= high ? low...high : nil
  }

  private mutating func codes<Value>(
    _ convert: (Substring) -> Value?
  ) -> [UInt64: Value]? {
    var codes: [UInt64: Value] = [:]
    while let word = option() {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let code = UInt64(parts[0], radix: 16), let value = convert(parts[1])
      else { continue }
      codes[code] = value
    }
    return codes
  }

  private mutating func record() -> PropertyType? {
    var fields: [PropertyType.Field] = []
    repeat {
      let name = word()
      guard take(":"), let type = either() else { return nil }
      fields.append(.init(name: name, type: type))
    } while take(";")
    return take("}") ? .record(fields) : nil
  }

  private mutating func list() -> PropertyType? {
    guard let bounds = range(word()), take(":"), let item = either(), take("]") else { return nil }
    return .list(Int(bounds.lowerBound)...Int(bounds.upperBound), item)
  }
}
