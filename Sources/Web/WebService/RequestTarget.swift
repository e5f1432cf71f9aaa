// SPDX-License-Identifier: Apache-2.0

/// The path and the query of a request. Source: RFC 3986.
enum RequestTarget {
  /// The path, and the query without its question mark.
  static func split(_ uri: String) -> (path: Substring, query: Substring) {
    let end = uri.firstIndex(of: "#") ?? uri.endIndex
    guard let mark = uri[..<end].firstIndex(of: "?") else { return (uri[..<end], "") }
    return (uri[..<mark], uri[uri.index(after: mark)..<end])
  }

  /// The values of a query or of a form that a browser sends.
  /// - Parameter joinsLines: line breaks and tabs are taken, as blanks: what people type or paste
  ///   into a form's field of several lines.
  static func values(
    of query: Substring, joinsLines: Bool = false
  ) throws(Problem) -> [String: String] {
    var values: [String: String] = [:]
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decoded(parts[0]),
        let value = decoded(parts.count > 1 ? parts[1] : "", joinsLines)
      else { throw .badRequest("the query is not percent-encoded UTF-8") }
      guard values.updateValue(value, forKey: name) == nil else {
        throw .badRequest("the parameter \"\(name.prefix(40))\" is given twice")
      }
    }
    return values
  }

  /// The text under percent-encoding, nil where it is none or holds a control character.
  static func decoded(_ text: Substring, _ joinsLines: Bool = false) -> String? {
    var bytes: [UInt8] = []
    var input = text.utf8.makeIterator()
    while let byte = input.next() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = input.next().flatMap(digit), let low = input.next().flatMap(digit) else {
          return nil
        }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    if joinsLines { bytes = bytes.map { [9, 10, 13].contains($0) ? UInt8(ascii: " ") : $0 } }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
  }
}

extension Call {
  /// The values of a form in the body.
  public func form() throws(Problem) -> [String: String] {
    guard let text = String(validating: body, as: UTF8.self) else {
      throw .badRequest("the form is not UTF-8")
    }
    return try RequestTarget.values(of: text[...], joinsLines: true)
  }
}
