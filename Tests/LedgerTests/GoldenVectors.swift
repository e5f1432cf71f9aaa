import CanonicalCoding
import Foundation
import Testing

/// A line of a vector file: verdict, name, bytes. The verdict is `ok` or the refusal with its offset.
struct GoldenVector: CustomTestStringConvertible, Sendable {
  let verdict: String
  let name: String
  let bytes: [UInt8]

  var testDescription: String { name }

  static func load(_ type: String) throws -> [GoldenVector] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Vectors/\(type).txt")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
      guard !line.hasPrefix("#") else { return nil }
      let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
      let bytes = try #require([UInt8](hex: parts.count > 2 ? parts[2] : ""))
      return GoldenVector(verdict: parts[0], name: parts[1], bytes: bytes)
    }
  }

  /// Checks that `Value` takes these bytes and writes them again, or refuses them as stated, and
  /// that no part of them from the front is a value.
  func check<Value: Canonical>(_ type: Value.Type) throws {
    guard verdict == "ok" else {
      let error = #expect(throws: DecodeError.self) { try Value(exactly: bytes) }
      #expect(error?.description == verdict)
      return
    }
    #expect(try Value(exactly: bytes).bytes == bytes)
    for cut in bytes.indices {
      #expect(throws: DecodeError.self) { try Value(exactly: Array(bytes[..<cut])) }
    }
    #expect(throws: DecodeError(.trailingBytes, at: bytes.count)) {
      try Value(exactly: bytes + [0])
    }
  }
}
