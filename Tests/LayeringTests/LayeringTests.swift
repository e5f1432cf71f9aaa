// SPDX-License-Identifier: Apache-2.0

import CheckoutFixtures
import Foundation
import Testing

/// Holds every module to the order of the house: what may import what, and where a module may
/// stand. Source: Docs/architecture.md.
@Suite("The order of the house")
struct LayeringTests {
  static let wings = [
    "Ground", "Ledger", "Devices", "Energy", "Peers", "Storage", "Node", "Exchange", "Web",
    "Trials",
    "Tools",
  ]
  /// What comes with the compiler and may be used without being declared.
  static let toolchain: Set<String> = [
    "Dispatch", "Foundation", "Glibc", "Synchronization", "Testing", "PackageDescription",
  ]
  /// Where a library of others may be used, by wing or module, tests left out.
  static let homes: [(libraries: Set<String>, places: Set<String>)] = [
    (["GRDB", "GRDBSQLite"], ["Storage"]),
    (
      [
        "NIOCore", "NIOPosix", "NIOSSL", "NIOTLS", "NIOHTTP1", "NIOHTTPTypes", "NIOHTTPTypesHTTP1",
        "Crypto", "SwiftASN1", "X509",
      ], ["MulticastUDP", "RouteBSerial", "PeerTransport", "WebService", "AdminAPI"]
    ),
    (["Hummingbird", "HummingbirdCore"], ["WebService"]),
    (["ServiceLifecycle"], ["Node", "Exchange", "Web", "Tools"]),
    (["ArgumentParser", "UnixSignals"], ["Tools"]),
    (["Configuration"], ["NodeConfiguration"]),
  ]

  let house: House

  init() throws { house = try House() }

  private func isLibraryOrTool(_ module: House.Module) -> Bool {
    module.wing != nil && module.type != "test" && module.path.hasPrefix("Sources/")
  }

  @Test("A module uses what the manifest has before it: wings in order, no circle")
  func order() {
    let modules = house.modules.filter(isLibraryOrTool)
    #expect(modules.count > 45)
    var seen: Set<String> = []
    for module in modules {
      let later = module.dependencies.subtracting(seen)
        .filter { name in modules.contains { $0.name == name } }
      #expect(later.isEmpty, "\(module.name) uses \(later.sorted()), which come after it")
      seen.insert(module.name)
    }
    let standing = modules.compactMap(\.wing).reduce(into: [String]()) {
      if $0.last != $1 { $0.append($1) }
    }
    #expect(standing == Self.wings)
  }

  @Test("A module declares exactly what it imports")
  func declared() {
    for module in house.modules where module.type != "system" {
      let files = house.files.filter { $0.module == module.name }
      guard !files.isEmpty else { continue }
      let imported = files.reduce(into: Set<String>()) { $0.formUnion($1.imports) }
        .subtracting(Self.toolchain).subtracting([module.name])
      // Executables are run by tests, not imported.
      let declared = module.dependencies.filter { name in
        !house.modules.contains { $0.name == name && $0.type == "executable" }
      }
      #expect(
        imported == declared,
        """
        \(module.name) imports undeclared \(imported.subtracting(declared).sorted()) and declares \
        unused \(declared.subtracting(imported).sorted())
        """)
    }
  }

  @Test("Libraries of others stay in the rooms that are theirs")
  func libraries() {
    for module in house.modules.filter(isLibraryOrTool) {
      for (libraries, places) in Self.homes where !places.contains(module.name) {
        guard !places.contains(module.wing ?? "") else { continue }
        let strange = module.dependencies.intersection(libraries)
        #expect(
          strange.isEmpty,
          "\(module.name) uses \(strange.sorted()); they belong to \(places.sorted())")
      }
    }
  }

  @Test("Every folder of a wing is a module, no file lies loose, and no wing has more than nine")
  func places() {
    #expect(Set(House.names(in: "Sources")) == Set(Self.wings))
    for wing in Self.wings {
      let own = house.modules.filter { $0.path.hasPrefix("Sources/\(wing)/") }
      #expect(House.names(in: "Sources/\(wing)") == own.map(\.name).sorted(), "\(wing)")
      #expect(own.count <= 9, "\(wing) has \(own.count) modules: cut it in two")
      let tests = house.modules.filter { $0.path.hasPrefix("Tests/\(wing)/") }
      #expect(House.names(in: "Tests/\(wing)") == tests.map(\.name).sorted(), "\(wing)")
    }
  }

  @Test("Every library has its tests, in the same wing")
  func tested() {
    for module in house.modules.filter(isLibraryOrTool) where module.type == "regular" {
      guard house.kinds[module.name] != "shim", !module.name.hasSuffix("Fixtures") else { continue }
      let path = module.path.replacing("Sources/", with: "Tests/") + "Tests"
      #expect(house.modules.contains { $0.path == path }, "\(path) is missing")
    }
  }

  @Test(
    "Pure modules stand on pure modules, with no clock, chance or file; floating point in methods alone"
  )
  func purity() {
    let kinds: Set<String> = ["pure", "method", "shim", "system"]
    let never = [
      "Date()", "random", "ContinuousClock", "async ", "FileManager", "FileHandle", "Process(",
    ]
    for module in house.modules {
      guard let kind = house.kinds[module.name], ["pure", "method"].contains(kind) else { continue }
      for need in module.dependencies {
        #expect(
          kinds.contains(house.kinds[need] ?? ""), "\(module.name) uses \(need), which is not pure")
      }
      let banned =
        never + (kind == "pure" ? ["Double", "Float", "Dispatch", "Foundation", "Glibc"] : [])
      for file in house.files where file.module == module.name {
        for (number, line) in file.lines.enumerated() {
          let code = line.prefix { $0 != "/" }
          for word in banned where code.contains(word) {
            Issue.record("\(file.path):\(number + 1) uses \(word)")
          }
        }
      }
    }
  }

  @Test("The verifier depends on the core and on reading files alone")
  func verifier() {
    var needed: Set<String> = ["hinata-verify"]
    for module in house.modules.reversed() where needed.contains(module.name) {
      needed.formUnion(module.dependencies)
    }
    let outside = needed.subtracting(house.modules.map(\.name))
    #expect(
      outside == ["ArgumentParser", "UnixSignals", "GRDB", "GRDBSQLite"], "\(outside.sorted())")
    let wings = Set(house.modules.filter { needed.contains($0.name) }.compactMap(\.wing))
    #expect(
      wings.isSubset(of: ["Ground", "Ledger", "Devices", "Energy", "Storage", "Exchange", "Tools"]))
    for name in ["MeterServices", "NodeServices", "PeerTransport", "EchonetControl", "WebService"] {
      #expect(!needed.contains(name), "\(name)")
    }
  }

  @Test("Every file says its licence in its first lines")
  func licences() {
    for path in ["Sources", "Tests", "Benchmarks"].flatMap(House.swiftFiles) {
      let file = Checkout.root.appendingPathComponent(path)
      let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
      let first = text.split(separator: "\n").prefix(2)
      #expect(first.contains("// SPDX-License-Identifier: Apache-2.0"), "\(path)")
    }
  }

  @Test("Nothing is forced, left over or too long")
  func habits() {
    for file in house.files where file.path.hasPrefix("Sources/") {
      #expect(file.lines.count <= 420, "\(file.path) has \(file.lines.count) lines")
      for line in file.lines where line.count > 100 && line.contains("/// ") {
        Issue.record("\(file.path): a comment of more than 100 columns: \(line)")
      }
      for word in ["try!", "fatalError(", "as!", "TODO", "FIXME", "@unchecked Sendable"] {
        #expect(!file.text.contains(word), "\(file.path) has \(word)")
      }
    }
  }
}
