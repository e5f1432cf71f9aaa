// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Foundation

/// A line of a vector file: verdict, name, bytes. The verdict is `ok` or the refusal with its
/// offset.
public struct GoldenVector: CustomStringConvertible, Sendable {
  public let verdict: String
  public let name: String
  public let bytes: [UInt8]

  public var description: String { name }

  /// What a type did otherwise than a vector says.
  public struct Mismatch: Error, CustomStringConvertible {
    public let description: String
  }

  /// The vectors of `Vectors/TYPE.txt` beside the test that asks.
  public static func load(_ type: String, beside test: String = #filePath) throws -> [GoldenVector]
  {
    let file = URL(fileURLWithPath: test).deletingLastPathComponent()
      .appendingPathComponent("Vectors/\(type).txt")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
      guard !line.hasPrefix("#") else { return nil }
      let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
      guard let bytes = [UInt8](hex: parts.count > 2 ? parts[2] : "") else {
        throw Mismatch(description: "\(file.path): no bytes in \(line)")
      }
      return GoldenVector(verdict: parts[0], name: parts[1], bytes: bytes)
    }
  }

  /// Checks that `Value` takes these bytes and writes them again, or refuses them as stated, and
  /// that no part of them from the front is a value.
  public func check<Value: Canonical>(_ type: Value.Type) throws {
    try check { bytes throws(DecodeError) in try Value(exactly: bytes).bytes }
  }

  /// The same for any way of reading bytes that gives what it writes again.
  public func check(_ rewrite: ([UInt8]) throws(DecodeError) -> [UInt8]) throws {
    guard verdict == "ok" else {
      let found = refusal(of: bytes, rewrite)
      guard found == verdict else {
        throw Mismatch(description: "\(name): \(found ?? "taken"), not \(verdict)")
      }
      return
    }
    guard try rewrite(bytes) == bytes else {
      throw Mismatch(description: "\(name) has two encodings")
    }
    for cut in bytes.indices where refusal(of: Array(bytes[..<cut]), rewrite) == nil {
      throw Mismatch(description: "\(name): its first \(cut) bytes are taken for a value")
    }
    let longer = refusal(of: bytes + [0], rewrite)
    guard longer?.hasPrefix("trailing-bytes") == true || longer?.hasPrefix("out-of-range") == true
    else { throw Mismatch(description: "\(name): a byte more is \(longer ?? "taken")") }
  }

  private func refusal(
    of bytes: [UInt8], _ rewrite: ([UInt8]) throws(DecodeError) -> [UInt8]
  ) -> String? {
    do {
      _ = try rewrite(bytes)
      return nil
    } catch { return error.description }
  }
}
