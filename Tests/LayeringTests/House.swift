// SPDX-License-Identifier: Apache-2.0

import CheckoutFixtures
import Foundation

/// The house as it stands: the manifest's targets in order, and every Swift file.
struct House: Sendable {
  /// A target of the manifest.
  struct Module: Sendable {
    let name: String
    /// Its folder below the root: `Sources/Ledger/Chain`.
    let path: String
    /// As SwiftPM says it: regular, executable, test, system.
    let type: String
    let dependencies: Set<String>

    /// The wing that it stands in, nil for what stands in none.
    var wing: String? {
      let parts = path.split(separator: "/")
      return parts.count == 3 ? String(parts[1]) : nil
    }
  }

  /// A Swift file and the module that it belongs to.
  struct File: Sendable {
    let module: String
    let path: String
    let lines: [Substring]
    let text: String

    /// What it imports, the standard library's own modules included.
    var imports: Set<String> {
      Set(
        lines.compactMap { line in
          let words = line.split(separator: " ").drop {
            $0.hasPrefix("@") || ["public", "internal", "package", "private"].contains($0)
          }
          guard words.first == "import", words.count == 2, !line.hasPrefix(" ") else { return nil }
          return String(words[words.startIndex + 1])
        })
    }
  }

  let modules: [Module]
  let files: [File]
  /// The rooms by their names as the manifest's helpers call them: pure, method, adapter …
  let kinds: [String: String]

  /// The house beside these tests.
  /// - Throws: where the manifest cannot be read.
  init() throws {
    modules = try House.described.get()
    let manifest = try String(
      contentsOf: Checkout.root.appendingPathComponent("Package.swift"), encoding: .utf8)
    kinds = Dictionary(
      manifest.matches(
        of: /\b(pure|method|adapter|service|surface|tool|fixture|system|shim|tests)\(\s*"([\w-]+)"/
      ).map { (String($0.2) + ($0.1 == "tests" ? "Tests" : ""), String($0.1)) },
      uniquingKeysWith: { first, _ in first })
    files = modules.flatMap { module in
      House.swiftFiles(below: module.path).map { path in
        let text =
          (try? String(contentsOf: Checkout.root.appendingPathComponent(path), encoding: .utf8))
          ?? ""
        return File(
          module: module.name, path: path,
          lines: text.split(separator: "\n", omittingEmptySubsequences: false), text: text)
      }
    }
  }

  /// Paths of the Swift files below a folder, in order.
  static func swiftFiles(below folder: String) -> [String] {
    let found = FileManager.default.enumerator(
      atPath: Checkout.root.appendingPathComponent(folder).path)
    return (found?.compactMap { $0 as? String } ?? [])
      .filter { $0.hasSuffix(".swift") && !$0.contains(".build/") }.sorted().map {
        "\(folder)/\($0)"
      }
  }

  /// The names in a folder, in order.
  static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(
      atPath: Checkout.root.appendingPathComponent(folder).path))
      ?? []).filter { !$0.hasPrefix(".") }.sorted()
  }

  private struct Dump: Decodable {
    struct Target: Decodable {
      struct Need: Decodable {
        let byName: [String?]?
        let product: [Product?]?
        let target: [String?]?

        /// A product's row ends in its condition, which is no text.
        enum Product: Decodable {
          case name(String)
          case other

          init(from decoder: any Decoder) throws {
            self =
              (try? decoder.singleValueContainer().decode(String.self)).map { .name($0) } ?? .other
          }
        }

        var name: String? {
          if case .name(let name)?? = product?.first { return name }
          return (byName?.first ?? target?.first) ?? nil
        }
      }
      let name: String
      let path: String?
      let type: String
      let dependencies: [Need]
    }
    let targets: [Target]
  }

  private static let described = Result { try describe() }

  private static func describe() throws -> [Module] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // A folder of its own: `swift test` holds the lock of the usual one.
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-manifest-\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    process.arguments = [
      "swift", "package", "--package-path", Checkout.root.path, "--scratch-path", scratch.path,
      "dump-package",
    ]
    // The whole house, also where the tests are those of the core alone.
    process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "HINATA_SCOPE" }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try JSONDecoder().decode(Dump.self, from: data).targets.map {
      Module(
        name: $0.name, path: $0.path ?? "Tests/\($0.name)", type: $0.type,
        dependencies: Set($0.dependencies.compactMap(\.name)))
    }
  }
}
