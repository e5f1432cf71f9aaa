// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// An ECHONET object: class group, class, instance. Instance 0 addresses all of a class.
public struct EchonetObject: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Class group and class, for example 0x0288.
  public let classCode: UInt16
  /// 1…127, or 0 for all.
  public let instance: UInt8

  /// The object of a class.
  public init(_ classCode: UInt16, instance: UInt8 = 1) {
    self.classCode = classCode
    self.instance = instance
  }

  /// The object of six hexadecimal digits, or nil.
  public init?(hex: String) {
    guard let bytes = [UInt8](hex: hex), bytes.count == 3 else { return nil }
    self.init(UInt16(bytes[0]) << 8 | UInt16(bytes[1]), instance: bytes[2])
  }

  init(from input: inout ByteReader) throws(DecodeError) {
    classCode = try input.readFixed(UInt16.self)
    instance = try input.readUInt8()
  }

  func encode(to output: inout ByteWriter) {
    output.writeFixed(classCode)
    output.write(instance)
  }

  /// The three bytes.
  public var bytes: [UInt8] {
    [UInt8(classCode >> 8), UInt8(truncatingIfNeeded: classCode), instance]
  }

  /// The node profile object that every node has.
  public static let nodeProfile = EchonetObject(0x0EF0)
  /// The controller that asks.
  public static let controller = EchonetObject(0x05FF)

  /// Orders by class and instance.
  public static func < (left: EchonetObject, right: EchonetObject) -> Bool {
    (left.classCode, left.instance) < (right.classCode, right.instance)
  }

  /// Six hexadecimal digits.
  public var description: String { bytes.hex }
}

/// A service of format 1. Source: ECHONET Lite specification, part II, 3.2.5.
public enum EchonetService: UInt8, CaseIterable, Sendable {
  case setI = 0x60
  case setC = 0x61
  case get = 0x62
  case infReq = 0x63
  case setGet = 0x6E
  case setRes = 0x71
  case getRes = 0x72
  case inf = 0x73
  case infC = 0x74
  case infCRes = 0x7A
  case setGetRes = 0x7E
  case setISNA = 0x50
  case setCSNA = 0x51
  case getSNA = 0x52
  case infSNA = 0x53
  case setGetSNA = 0x5E

  /// Whether the frame carries a second list of properties.
  public var hasSecondList: Bool {
    self == .setGet || self == .setGetRes || self == .setGetSNA
  }

  /// The answer of a device that does all that was asked; nil where none is due.
  public var answer: EchonetService? {
    switch self {
    case .setC: .setRes
    case .get: .getRes
    case .infReq: .inf
    case .infC: .infCRes
    case .setGet: .setGetRes
    default: nil
    }
  }

  /// The answer of a device that refuses something.
  public var refusal: EchonetService? {
    switch self {
    case .setI: .setISNA
    case .setC: .setCSNA
    case .get: .getSNA
    case .infReq: .infSNA
    case .setGet: .setGetSNA
    default: nil
    }
  }
}

/// A property code with its data; no data in questions and in refusals.
public struct EchonetProperty: Hashable, Sendable {
  /// The ECHONET property code (EPC), 0x80…0xFF.
  public let code: UInt8
  /// The property data (EDT), at most 255 bytes.
  public let data: [UInt8]

  /// A property with its data.
  public init(_ code: UInt8, _ data: [UInt8] = []) {
    self.code = code
    self.data = data
  }
}

/// One ECHONET Lite message. Source: ECHONET Lite specification, part II, 3.2.
/// Bytes: 10 ‖ 81 ‖ TID (2) ‖ SEOJ (3) ‖ DEOJ (3) ‖ ESV ‖ OPC ‖ properties (EPC, PDC, EDT), twice
/// with SetGet; or 10 ‖ 82 ‖ TID (2) ‖ anything.
public struct EchonetFrame: Hashable, Sendable, Canonical {
  /// What the message says.
  public enum Content: Hashable, Sendable {
    /// Format 1.
    case message(Message)
    /// Format 2: passed through.
    case arbitrary([UInt8])
  }

  /// A message of format 1.
  public struct Message: Hashable, Sendable {
    public let source: EchonetObject
    public let destination: EchonetObject
    public let service: EchonetService
    /// The properties; of SetGet those to set.
    public let properties: [EchonetProperty]
    /// Of SetGet those to get; empty otherwise.
    public let second: [EchonetProperty]

    /// A message with these parts.
    public init(
      source: EchonetObject, destination: EchonetObject, service: EchonetService,
      properties: [EchonetProperty], second: [EchonetProperty] = []
    ) {
      self.source = source
      self.destination = destination
      self.service = service
      self.properties = properties
      self.second = second
    }
  }

  /// The transaction id, echoed in answers.
  public let transaction: UInt16
  public let content: Content

  /// A frame of format 1.
  public init(_ transaction: UInt16, _ message: Message) {
    self.transaction = transaction
    content = .message(message)
  }

  /// A frame of format 2.
  public init(_ transaction: UInt16, arbitrary: [UInt8]) {
    self.transaction = transaction
    content = .arbitrary(arbitrary)
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard try input.readUInt8() == 0x10 else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    let format = try input.readUInt8()
    transaction = try input.readFixed(UInt16.self)
    switch format {
    case 0x82: content = .arbitrary(Array(try input.readBytes(input.remaining)))
    case 0x81:
      let source = try EchonetObject(from: &input)
      let destination = try EchonetObject(from: &input)
      guard let service = EchonetService(rawValue: try input.readUInt8()) else {
        throw input.refusal(.unknownKind, at: input.offset - 1)
      }
      let first = try EchonetFrame.readList(from: &input)
      let second = service.hasSecondList ? try EchonetFrame.readList(from: &input) : []
      content = .message(
        Message(
          source: source, destination: destination, service: service, properties: first,
          second: second))
    default: throw input.refusal(.unknownKind, at: input.offset - 3)
    }
  }

  private static func readList(
    from input: inout ByteReader
  ) throws(DecodeError) -> [EchonetProperty] {
    let count = try input.readUInt8()
    var list: [EchonetProperty] = []
    for _ in 0..<count {
      let code = try input.readUInt8()
      let length = try input.readUInt8()
      list.append(EchonetProperty(code, Array(try input.readBytes(Int(length)))))
    }
    return list
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.write(0x10)
    switch content {
    case .arbitrary(let bytes):
      output.write(0x82)
      output.writeFixed(transaction)
      output.writeBytes(bytes)
    case .message(let message):
      output.write(0x81)
      output.writeFixed(transaction)
      message.source.encode(to: &output)
      message.destination.encode(to: &output)
      output.write(message.service.rawValue)
      EchonetFrame.write(message.properties, to: &output)
      if message.service.hasSecondList { EchonetFrame.write(message.second, to: &output) }
    }
  }

  /// Lists are cut at 255 properties and data at 255 bytes, which no message of ours comes near.
  private static func write(_ list: [EchonetProperty], to output: inout ByteWriter) {
    output.write(UInt8(clamping: list.count))
    for property in list.prefix(255) {
      output.write(property.code)
      output.write(UInt8(clamping: property.data.count))
      output.writeBytes(property.data.prefix(255))
    }
  }
}
