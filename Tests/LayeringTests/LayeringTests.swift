import Foundation
import Testing

/// Reads `Sources/` and holds it to the page that says what may import what.
@Suite("The shape of the source")
struct LayeringTests {
  static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")

  /// What each module of the pure core may import besides the standard library.
  static let pure: [String: Set<String>] = [
    "Quantities": [],
    "CanonicalCoding": [],
    "LedgerCrypto": ["CanonicalCoding", "CLibcrypto", "CSodium"],
    "Ledger": ["Quantities", "CanonicalCoding", "LedgerCrypto"],
    "Chain": ["Ledger", "Quantities", "CanonicalCoding", "LedgerCrypto"],
    "Proofs": ["Chain", "Ledger", "CanonicalCoding", "LedgerCrypto"],
    "Wire": ["Chain", "Ledger", "LedgerCrypto", "Proofs", "Quantities", "CanonicalCoding"],
    "PeerProtocol": [
      "Wire", "Chain", "Ledger", "LedgerCrypto", "Proofs", "Quantities", "CanonicalCoding",
    ],
    "Simulation": [
      "PeerProtocol", "Wire", "Chain", "Ledger", "LedgerCrypto", "LedgerFixtures", "Quantities",
      "CanonicalCoding",
    ],
    "Certificates": [
      "Chain", "Ledger", "LedgerCrypto", "Proofs", "Quantities", "CanonicalCoding",
    ],
    "Wallet": ["Chain", "Ledger", "LedgerCrypto", "Quantities", "CanonicalCoding"],
    "EchonetLite": ["Quantities", "CanonicalCoding"],
    "RouteB": [],
    "Joining": ["Ledger", "LedgerCrypto", "Quantities", "CanonicalCoding"],
    "Metering": ["EchonetLite", "Ledger", "LedgerCrypto", "Quantities", "CanonicalCoding"],
  ]

  struct SourceFile: Sendable {
    let module: String
    let name: String
    let lines: [Substring]
    let text: String
  }

  static let files: [SourceFile] = {
    let all =
      FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
    return all.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
      guard
        let text = try? String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
      else { return nil }
      return SourceFile(
        module: path.split(separator: "/").dropFirst().first.map(String.init) ?? path,
        name: path,
        lines: text.split(separator: "\n", omittingEmptySubsequences: false), text: text)
    }
  }()

  private static func imports(_ file: SourceFile) -> Set<String> {
    Set(
      file.lines.compactMap { line in
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index <= 1, words.count == index + 2
        else { return nil }
        return String(words[index + 1])
      })
  }

  @Test("The pure core imports nothing but what its row allows")
  func imports() {
    #expect(Self.files.count > 60)
    for file in Self.files {
      guard let allowed = Self.pure[file.module] else { continue }
      let strange = Self.imports(file).subtracting(allowed)
      #expect(strange.isEmpty, "\(file.name) imports \(strange.sorted())")
    }
  }

  @Test("Consensus knows no floating point, no clock and no chance")
  func consensus() {
    let banned = ["Double", "Float", "Date()", "random", "ContinuousClock", "async "]
    for file in Self.files where Self.pure[file.module] != nil {
      for (number, line) in file.lines.enumerated() {
        let code = line.prefix { $0 != "/" }
        for word in banned where code.contains(word) {
          Issue.record("\(file.name):\(number + 1) uses \(word)")
        }
      }
    }
  }

  @Test("Nothing is forced, left over or too long")
  func habits() {
    for file in Self.files {
      #expect(file.lines.count <= 420, "\(file.name) has \(file.lines.count) lines")
      for word in ["try!", "fatalError(", "as!", "TODO", "FIXME", "@unchecked Sendable"] {
        #expect(!file.text.contains(word), "\(file.name) has \(word)")
      }
    }
  }

  @Test("The verifier depends on the core and on reading files alone")
  func verifier() {
    let allowed: Set<String> = [
      "ArgumentParser", "CommandLineTool", "Foundation", "Ledger", "LedgerStore", "NetworkFiles",
      "CommandLineTool", "Product",
      "Verification", "Chain", "CanonicalCoding", "LedgerCrypto", "Quantities", "ChainFiles",
      "CertificateFiles", "Certificates", "Proofs", "Metering",
    ]
    let modules = ["hinata-verify", "Verification", "ChainFiles", "CertificateFiles"]
    for file in Self.files where modules.contains(file.module) {
      #expect(Self.imports(file).isSubset(of: allowed), "\(file.name)")
    }
  }
}
