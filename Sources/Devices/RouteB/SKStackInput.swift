// SPDX-License-Identifier: Apache-2.0

/// Something that a Wi-SUN module said. Source: SKSTACK-IP command reference; Docs/echonet.md §7.
public enum SKStackReception: Hashable, Sendable {
  /// `OK`, with what stands after it.
  case ok(String)
  /// `FAIL ERnn`.
  case fail(code: UInt8)
  /// `EVENT nn addr [side] [param]`: the number, and the last field where it is one byte.
  case event(UInt8, parameter: UInt8?)
  /// `ERXUDP`: bytes of a datagram, and the ports that it came from and to.
  /// `isSecured` is what the module says of the link, nil where it says nothing.
  case datagram([UInt8], sender: String, sourcePort: UInt16, port: UInt16, isSecured: Bool?)
  /// Any other line: `EVER`, `EINFO`, `EPANDESC` and its fields, an address, an echo.
  case line(String)
  /// So many bytes that are nothing of this.
  case garbage(Int)
}

/// Cuts what comes over the serial line into receptions: text by lines, datagrams by their length,
/// since binary data may hold line ends. Both forms of data, hexadecimal and binary, are told apart
/// by what stands there.
public struct SKStackInput: Sendable {
  /// The longest line: a datagram of 1232 bytes in hexadecimal with its header.
  static let limit = 4096
  private static let carriageReturn = UInt8(ascii: "\r")
  private static let lineFeed = UInt8(ascii: "\n")

  private var buffer: [UInt8] = []

  /// Nothing has come yet.
  public init() {}

  /// Forgets a line that has only half come: the line was cut.
  public mutating func reset() { buffer = [] }

  /// Takes in bytes.
  /// - Returns: what is whole now, in its order.
  public mutating func take(_ bytes: [UInt8]) -> [SKStackReception] {
    buffer += bytes
    var found: [SKStackReception] = []
    while let (reception, count) = next() {
      buffer.removeFirst(count)
      if let reception { found.append(reception) }
    }
    if buffer.count > SKStackInput.limit {
      found.append(.garbage(buffer.count))
      buffer = []
    }
    return found
  }

  /// The first reception, or nil in place of it for an empty line, and how many bytes it took; nil
  /// while it is not whole.
  private func next() -> (SKStackReception?, Int)? {
    guard let first = buffer.first else { return nil }
    if first == SKStackInput.lineFeed || first == SKStackInput.carriageReturn { return (nil, 1) }
    if buffer.starts(with: "ERXUDP ".utf8) { return datagram() }
    guard let end = buffer.firstIndex(of: SKStackInput.carriageReturn) else { return nil }
    // A line may begin in the middle of bytes that belong to nothing.
    return (reception(buffer[..<end]), end + 1)
  }

  private func reception(_ bytes: ArraySlice<UInt8>) -> SKStackReception {
    guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { return salvaged(bytes) }
    let text = String(decoding: bytes, as: UTF8.self)
    let words = text.split(separator: " ")
    switch words.first {
    case "OK": return .ok(words.dropFirst().joined(separator: " "))
    case "FAIL":
      guard words.count > 1, words[1].hasPrefix("ER"), let code = UInt8(words[1].dropFirst(2))
      else { return .line(text) }
      return .fail(code: code)
    case "EVENT":
      guard words.count > 1, let number = UInt8(words[1], radix: 16) else { return .line(text) }
      let last = words.count > 3 ? words[words.count - 1] : ""
      return .event(number, parameter: last.count == 2 ? UInt8(last, radix: 16) : nil)
    default: return .line(text)
    }
  }

  /// What stands at the end of a line that begins with noise, where it is something that matters.
  private func salvaged(_ bytes: ArraySlice<UInt8>) -> SKStackReception {
    guard let start = bytes.lastIndex(where: { !(0x20...0x7E).contains($0) }) else {
      return .garbage(bytes.count)
    }
    let rest = bytes[(start + 1)...]
    guard rest.starts(with: "EVENT ".utf8) || rest.elementsEqual("OK".utf8) else {
      return .garbage(bytes.count)
    }
    return reception(rest)
  }

  /// `ERXUDP src dst rport lport lla [lqi] sec [side] len data`: the length is the first field of
  /// four digits after the sender's hardware address.
  private func datagram() -> (SKStackReception?, Int)? {
    var fields: [String] = []
    var start = 7
    while true {
      guard let end = buffer[start...].firstIndex(where: { $0 == 0x20 || $0 == 0x0D }) else {
        return buffer.count > 256 ? rejected() : nil
      }
      guard buffer[end] == 0x20, fields.count < 9 else { return rejected() }
      fields.append(String(decoding: buffer[start..<end], as: UTF8.self))
      start = end + 1
      if fields.count > 5, fields[fields.count - 1].utf8.count == 4 { break }
    }
    guard let length = Int(fields[fields.count - 1], radix: 16), length <= 1500,
      let source = UInt16(fields[2], radix: 16), let port = UInt16(fields[3], radix: 16)
    else { return rejected() }
    guard let (data, end) = data(of: length, from: start) else {
      return buffer.count - start > 2 * length + 1 ? rejected() : nil
    }
    // The only field of one digit before the length, or the first of two.
    let secured = fields[5...].dropLast().first { $0.utf8.count == 1 }
    return (
      .datagram(
        data, sender: fields[0], sourcePort: source, port: port,
        isSecured: secured.map { $0 != "0" }
      ), end
    )
  }

  /// The data and where the line ends, binary or hexadecimal, or nil while neither is whole.
  private func data(of length: Int, from start: Int) -> ([UInt8], Int)? {
    func endsLine(_ place: Int) -> Bool {
      place + 1 < buffer.count && buffer[place] == SKStackInput.carriageReturn
        && buffer[place + 1] == SKStackInput.lineFeed
    }
    if endsLine(start + length) {
      return (Array(buffer[start..<start + length]), start + length + 2)
    }
    guard endsLine(start + 2 * length) else { return nil }
    var data: [UInt8] = []
    for place in stride(from: start, to: start + 2 * length, by: 2) {
      guard let byte = UInt8(String(decoding: buffer[place...place + 1], as: UTF8.self), radix: 16)
      else { return nil }
      data.append(byte)
    }
    return (data, start + 2 * length + 2)
  }

  /// A header that makes no sense: everything up to its line's end goes.
  private func rejected() -> (SKStackReception?, Int)? {
    guard let end = buffer.firstIndex(of: SKStackInput.carriageReturn) else {
      return (.garbage(buffer.count), buffer.count)
    }
    return (.garbage(end), end + 1)
  }
}
