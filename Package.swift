// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// The house: eleven wings in order. A module may use its own wing's modules above it and all wings
// before; `Docs/architecture.md` shows the picture, `Tests/LayeringTests` holds every import to it.

/// Warnings are errors in CI alone: a later compiler's new warning must not stop a home's build.
let strict: [SwiftSetting] =
  [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

/// What a package's build adds to the version: `+git20261128.a10d60a`. Only harmless characters are
/// taken.
let build = (Context.environment["HINATA_BUILD"] ?? "").filter {
  $0.isASCII && ($0.isLetter || $0.isNumber || "+.~-".contains($0))
}

/// `HINATA_SCOPE=core` leaves the pure modules and their tests: no package, no service, seconds to
/// build.
let isCoreOnly = Context.environment["HINATA_SCOPE"] == "core"

/// A module with what kind of room it is.
struct Room {
  let target: Target
  /// Whether the core scope has it; of tests, whether they need nothing else.
  var isPure = false
}

/// Decides, encodes or proves: no I/O, clock, chance, logging or floating point.
func pure(_ name: String, _ dependencies: [Target.Dependency] = []) -> Room {
  Room(target: library(name, dependencies), isPure: true)
}

/// Pure, with floating point; decides nothing in consensus.
func method(_ name: String, _ dependencies: [Target.Dependency] = []) -> Room {
  Room(target: library(name, dependencies), isPure: true)
}

/// Touches one outside thing: a clock, a socket, a file format, a database, a C library.
func adapter(_ name: String, _ dependencies: [Target.Dependency] = []) -> Room {
  Room(target: library(name, dependencies))
}

/// Runs as part of a node: actors and services that perform what machines decide.
func service(_ name: String, _ dependencies: [Target.Dependency]) -> Room {
  Room(target: library(name, dependencies))
}

/// Shows the ledger: pages and resources over HTTP.
func surface(
  _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []
) -> Room {
  Room(target: library(name, dependencies, resources))
}

/// An executable.
func tool(_ name: String, _ dependencies: [Target.Dependency]) -> Room {
  Room(target: .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict))
}

/// A C library of the distribution, by pkg-config.
func system(_ name: String, _ library: String, apt package: String) -> Room {
  Room(
    target: .systemLibrary(name: name, pkgConfig: library, providers: [.apt([package])]),
    isPure: true)
}

/// C of our own, over a library of the distribution where it has one.
func shim(
  _ name: String, links library: String? = nil, defines: [String: String] = [:]
) -> Room {
  Room(
    target: .target(
      name: name, cSettings: defines.map { .define($0.key, to: "\"\($0.value)\"") },
      linkerSettings: library.map { [.linkedLibrary($0)] } ?? []), isPure: true)
}

/// What tests and benchmarks stand on: it may run processes and read the checkout.
func fixture(_ name: String, _ dependencies: [Target.Dependency] = []) -> Room {
  Room(target: library(name, dependencies), isPure: true)
}

/// The tests of a module.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Room {
  Room(
    target: .testTarget(
      name: name + "Tests", dependencies: dependencies, exclude: exclude, swiftSettings: strict))
}

func library(
  _ name: String, _ dependencies: [Target.Dependency], _ resources: [Resource] = []
) -> Target {
  .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

/// A wing: its modules in order, then their tests; each in the folder of its name below the wing's.
func wing(_ name: String, _ rooms: [Room]) -> [Room] {
  for target in rooms.map(\.target) {
    target.path = "\(target.type == .test ? "Tests" : "Sources")/\(name)/\(target.name)"
  }
  return rooms
}

extension Target.Dependency {
  static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
  static let configuration = product(name: "Configuration", package: "swift-configuration")
  static let crypto = product(name: "Crypto", package: "swift-crypto")
  static let grdb = product(name: "GRDB", package: "GRDB.swift")
  static let grdbSQLite = product(name: "GRDBSQLite", package: "GRDB.swift")
  static let httpTypes = product(name: "HTTPTypes", package: "swift-http-types")
  static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
  static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
  static let logging = product(name: "Logging", package: "swift-log")
  static let nioCore = product(name: "NIOCore", package: "swift-nio")
  static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
  static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
  static let nioHTTPTypes = product(name: "NIOHTTPTypes", package: "swift-nio-extras")
  static let nioHTTPTypesHTTP1 = product(
    name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
  static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
  static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
  static let nioTLS = product(name: "NIOTLS", package: "swift-nio")
  static let serviceLifecycle = product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
  static let swiftASN1 = product(name: "SwiftASN1", package: "swift-asn1")
  static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
  static let x509 = product(name: "X509", package: "swift-certificates")
}

/// What everything stands on: quantities, canonical bytes, hashes and keys, clocks, the product's
/// name.
let ground = wing(
  "Ground",
  [
    shim("CLibcrypto", links: "crypto"),
    system("CSodium", "libsodium", apt: "libsodium-dev"),
    pure("Quantities"),
    pure("CanonicalCoding"),
    pure("LedgerCrypto", ["CLibcrypto", "CSodium", "CanonicalCoding"]),
    adapter("Clocks", ["Quantities"]),
    shim("CProduct", defines: ["HINATA_BUILD": build]),
    adapter("Product", ["CProduct"]),
    tests("CanonicalCoding", ["CanonicalCoding"]),
    tests("Clocks", ["Quantities", "Clocks"]),
    tests("LedgerCrypto", ["CSodium", "CanonicalCoding", "LedgerCrypto"]),
    tests("Product", ["Product"]),
    tests("Quantities", ["Quantities"]),
  ])

/// The ledger itself: types, laws, state, blocks, proofs, and what members write into it. Pure.
let ledger = wing(
  "Ledger",
  [
    pure("Ledger", ["Quantities", "CanonicalCoding", "LedgerCrypto"]),
    pure("Chain", ["Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger"]),
    pure("Proofs", ["Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain"]),
    pure(
      "Certificates",
      ["Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs"]),
    pure("Joining", ["Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger"]),
    pure("Wallet", ["Quantities", "LedgerCrypto", "Ledger"]),
    tests(
      "Certificates",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs",
        "Certificates", "LedgerStore", "LedgerFiles", "Verification", "LedgerFixtures",
      ]),
    tests(
      "Chain",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs",
        "LedgerFixtures",
      ]),
    tests(
      "Joining",
      ["Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Joining", "JoinFiles"]),
    tests(
      "Ledger",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs",
        "LedgerFixtures", "CheckoutFixtures",
      ], exclude: ["Vectors"]),
    tests("Proofs", ["CanonicalCoding", "Ledger", "Chain", "Proofs", "LedgerFixtures"]),
    tests(
      "Wallet",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Wallet",
        "LedgerFixtures",
      ]),
  ])

/// Dialogues with devices, and the links that carry them.
let devices = wing(
  "Devices",
  [
    pure("EchonetLite", ["CanonicalCoding"]),
    adapter("MulticastUDP", [.logging, .nioCore, .nioPosix]),
    adapter("EchonetControl", ["CanonicalCoding", "EchonetLite", "MulticastUDP", .logging]),
    pure("RouteB"),
    adapter(
      "RouteBSerial", ["EchonetLite", "EchonetControl", "RouteB", .logging, .nioCore, .nioPosix]),
    tests("EchonetControl", ["CanonicalCoding", "EchonetLite", "MulticastUDP", "EchonetControl"]),
    tests("EchonetLite", ["CanonicalCoding", "EchonetLite", "CheckoutFixtures"]),
    tests("MulticastUDP", ["MulticastUDP", .logging]),
    tests("RouteBSerial", ["RouteBSerial"]),
    tests("RouteB", ["Quantities", "CanonicalCoding", "EchonetLite", "RouteB", "HouseModel"]),
  ])

/// From counters to readings, and the methods that plan with them. Pure; `Double` in methods alone.
let energy = wing(
  "Energy",
  [
    pure("Metering", ["Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "EchonetLite"]),
    tests(
      "Metering",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "EchonetLite", "Metering",
        "LedgerFixtures", "CheckoutFixtures", "HouseModel",
      ]),
    pure("HomeEnergy", ["Quantities"]),
    tests("HomeEnergy", ["HomeEnergy"]),
  ])

/// Messages between nodes, the machine that answers them, and TLS below it.
let peers = wing(
  "Peers",
  [
    pure("Wire", ["Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs"]),
    pure(
      "PeerProtocol",
      ["Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs", "Wire"]),
    adapter(
      "PeerTransport",
      [
        "CanonicalCoding", "LedgerCrypto", "Ledger", "Wire", "PeerProtocol", .crypto, .nioCore,
        .nioPosix, .nioSSL, .nioTLS, .swiftASN1, .x509,
      ]),
    adapter("PeerFiles", ["CanonicalCoding", "LedgerCrypto", "Wire", "PeerProtocol"]),
    tests(
      "PeerFiles",
      [
        "CanonicalCoding", "LedgerCrypto", "Wire", "PeerProtocol", "PeerFiles", "NodeServices",
        "LedgerFixtures", "CheckoutFixtures",
      ]),
    tests(
      "PeerProtocol",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs", "Wire",
        "PeerProtocol", "LedgerFixtures", "Simulation",
      ]),
    tests(
      "PeerTransport",
      [
        "CanonicalCoding", "LedgerCrypto", "Ledger", "Wire", "PeerProtocol", "PeerTransport",
        "LedgerFixtures", .nioCore, .nioEmbedded, .nioPosix, .nioTLS,
      ]),
    tests(
      "Wire",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs", "Wire",
        "LedgerFixtures", "CheckoutFixtures",
      ], exclude: ["Vectors"]),
  ])

/// What is kept on a disk and read from files.
let storage = wing(
  "Storage",
  [
    adapter(
      "LedgerStore",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs", "Metering",
        .grdb, .grdbSQLite,
      ]),
    adapter(
      "ExplorerIndex",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs", "LedgerStore",
        .grdb,
      ]),
    adapter(
      "LedgerFiles",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs",
        "Certificates",
      ]),
    adapter("KeyFiles", ["CSodium", "CanonicalCoding", "LedgerCrypto"]),
    system("CQRCode", "libqrencode", apt: "libqrencode-dev"),
    adapter("QRCodes", ["CQRCode"]),
    adapter(
      "JoinFiles",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Product", "Ledger", "Joining",
        "LedgerStore", "LedgerFiles", "KeyFiles", "QRCodes",
      ]),
    tests(
      "ExplorerIndex",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "LedgerStore",
        "ExplorerIndex", "LedgerFixtures", .grdb,
      ]),
    tests(
      "JoinFiles",
      ["Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Joining", "JoinFiles"]),
    tests("KeyFiles", ["CanonicalCoding", "LedgerCrypto", "KeyFiles"]),
    tests("LedgerFiles", ["Chain", "LedgerFiles", "CheckoutFixtures"]),
    tests(
      "LedgerStore",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs", "EchonetLite",
        "Metering", "LedgerStore", "Verification", "LedgerFixtures", "ProcessFixtures",
        "store-replay", .grdb,
      ]),
    tests("QRCodes", ["QRCodes"]),
  ])

/// Services of a node: actors that perform what machines decide.
let node = wing(
  "Node",
  [
    adapter("NodeConfiguration", [.configuration]),
    service(
      "NodeServices",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Clocks", "Ledger", "Chain", "Proofs",
        "MulticastUDP", "Metering", "Wire", "PeerProtocol", "PeerTransport", "PeerFiles",
        "LedgerStore", .logging, .serviceLifecycle,
      ]),
    service(
      "MeterServices",
      [
        "Product", "Quantities", "CanonicalCoding", "LedgerCrypto", "Clocks", "Ledger", "Chain",
        "EchonetLite",
        "EchonetControl", "RouteBSerial", "Metering", "LedgerStore", "NodeServices", .logging,
        .serviceLifecycle,
      ]),
    system("CMosquitto", "libmosquitto", apt: "libmosquitto-dev"),
    adapter("MQTT", ["CMosquitto"]),
    service(
      "HomeAssistant",
      [
        "Product", "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "LedgerStore",
        "NodeServices", "EchonetLite",
        "MeterServices", "MQTT", .logging, .serviceLifecycle,
      ]),
    adapter(
      "LightNode",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Product", "Ledger", "Chain", "Proofs",
        "Metering", "Wire", "PeerProtocol", "PeerTransport", "KeyFiles",
      ]),
    tests("HomeAssistant", ["HomeAssistant", "Ledger"]),
    tests(
      "LightNode",
      ["CanonicalCoding", "LedgerCrypto", "Chain", "PeerProtocol", "LightNode", "LedgerFixtures"]),
    tests("MQTT", ["MQTT"]),
    tests(
      "MeterServices",
      [
        "Product", "Quantities", "CanonicalCoding", "Ledger", "EchonetLite", "EchonetControl",
        "Metering", "MeterServices",
      ]),
    tests("NodeConfiguration", ["NodeConfiguration", "CheckoutFixtures"]),
    tests(
      "NodeServices",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Clocks", "Ledger", "Chain", "LedgerStore",
        "NodeServices", "LedgerFixtures", .logging,
      ]),
  ])

/// The exchange's checks and desk, and the audit of a whole ledger.
let exchange = wing(
  "Exchange",
  [
    method("TruthChecks", ["Quantities"]),
    service(
      "ExchangeDesk",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Clocks", "Ledger", "LedgerStore",
        "NodeServices", "TruthChecks", .logging, .serviceLifecycle,
      ]),
    adapter(
      "Verification",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "LedgerStore",
        "LedgerFiles",
      ]),
    tests(
      "ExchangeDesk",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Clocks", "Ledger", "Chain", "LedgerStore",
        "NodeServices", "TruthChecks", "ExchangeDesk", "LedgerFixtures", .logging,
      ]),
    tests("TruthChecks", ["Quantities", "TruthChecks", "TruthFixtures"]),
    tests(
      "Verification",
      [
        "Quantities", "CanonicalCoding", "Ledger", "Chain", "LedgerFiles", "Verification",
        "LedgerFixtures",
      ]),
  ])

/// What people and scripts see over HTTP.
let web = wing(
  "Web",
  [
    system("CZlib", "zlib", apt: "zlib1g-dev"),
    pure("Markup"),
    pure("Charts", ["Markup"]),
    service(
      "WebService",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "CZlib", .httpTypes, .hummingbird,
        .hummingbirdCore, .logging, .nioCore, .nioHTTPTypes, .serviceLifecycle,
      ]),
    service(
      "AdminAPI",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs", "Wire",
        "PeerProtocol", "PeerFiles", "LedgerStore", "NodeServices", "WebService", .httpTypes,
        .logging, .nioCore,
        .nioHTTP1, .nioHTTPTypes, .nioHTTPTypesHTTP1, .nioPosix, .serviceLifecycle,
      ]),
    surface(
      "HTTPAPI",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Clocks", "Product", "Ledger", "Chain",
        "Proofs", "Certificates", "EchonetLite", "Metering", "Wire", "PeerProtocol", "LedgerStore",
        "ExplorerIndex", "LedgerFiles", "NodeServices", "MeterServices", "WebService", .httpTypes,
        .logging, .serviceLifecycle,
      ]),
    surface(
      "CertificatePages",
      [
        "Quantities", "LedgerCrypto", "Product", "Ledger", "Certificates", "LedgerFiles",
        "QRCodes", "Markup", "Charts",
      ]),
    surface(
      "Explorer",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Clocks", "Product", "Ledger", "Chain",
        "Proofs", "Certificates", "Joining", "EchonetLite", "MulticastUDP", "RouteB", "Metering",
        "Wire", "PeerProtocol", "PeerTransport", "LedgerStore", "ExplorerIndex", "KeyFiles",
        "QRCodes", "JoinFiles", "NodeServices", "MeterServices", "HomeEnergy", "Markup",
        "Charts", "WebService", "HTTPAPI", "CertificatePages", .httpTypes, .logging,
        .serviceLifecycle,
      ],
      resources: [
        .embedInCode("Assets/icon.svg"), .embedInCode("Assets/live.js"),
        .embedInCode("Assets/style.css"), .embedInCode("Assets/icon.png"),
        .embedInCode("Assets/manifest.webmanifest"),
      ]),
    tests("AdminAPI", ["WebService", "AdminAPI"]),
    tests("CertificatePages", ["Quantities", "Certificates", "CertificatePages"]),
    tests("Markup", ["Markup"]),
    tests("Charts", ["Markup", "Charts"]),
    tests(
      "Explorer",
      [
        "Quantities", "LedgerCrypto", "Ledger", "HomeEnergy", "ExplorerIndex", "KeyFiles",
        "MeterServices", "Explorer", .httpTypes, .logging,
      ]),
    tests(
      "HTTPAPI",
      [
        "Quantities", "CanonicalCoding", "Clocks", "Ledger", "Chain", "EchonetLite", "Metering",
        "LedgerStore", "ExplorerIndex", "WebService", "HTTPAPI", "LedgerFixtures",
        "CheckoutFixtures", .httpTypes,
      ]),
    tests(
      "WebService", ["Quantities", "WebService", .httpTypes, .logging, .nioCore, .serviceLifecycle]),
  ])

/// Whole networks, houses and processes to try everything with; nothing that runs at home.
let trials = wing(
  "Trials",
  [
    pure(
      "LedgerFixtures",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs",
        "Certificates",
      ]),
    fixture("CheckoutFixtures", ["CanonicalCoding"]),
    fixture("TruthFixtures", ["Quantities", "TruthChecks", "CheckoutFixtures"]),
    fixture("ProcessFixtures", ["CheckoutFixtures"]),
    tool("store-replay", ["Quantities", "CanonicalCoding", "Ledger", "Chain", "LedgerStore"]),
    method("HouseModel", ["Quantities", "CanonicalCoding", "EchonetLite"]),
    pure(
      "Simulation",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Wire", "PeerProtocol",
        "LedgerFixtures",
      ]),
    adapter(
      "DemoStreet",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "EchonetLite",
        "Metering", "LedgerStore", "LedgerFiles", "KeyFiles", "Verification", "AdminAPI",
        "HouseModel",
      ]),
    tests("DemoStreet", ["Ledger", "LedgerStore", "CheckoutFixtures", "DemoStreet"]),
    tests("HouseModel", ["Quantities", "CanonicalCoding", "EchonetLite", "HouseModel"]),
    tests(
      "Simulation",
      [
        "Quantities", "CanonicalCoding", "Ledger", "Chain", "LedgerStore", "Verification",
        "LedgerFixtures", "Simulation",
      ]),
  ])

/// Executables: they parse arguments, compose, give an exit code.
let tools = wing(
  "Tools",
  [
    adapter("CommandLineTool", [.argumentParser, .unixSignals]),
    adapter(
      "NodeCheckup",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Product", "Ledger", "Chain",
        "RouteBSerial", "LedgerStore", "LedgerFiles", "KeyFiles", "JoinFiles", "NodeServices",
        "MeterServices", "AdminAPI",
      ]),
    tool(
      "hinata-verify",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Product", "Ledger", "Chain",
        "Proofs", "Certificates", "Metering", "LedgerStore", "LedgerFiles", "Verification",
        "CommandLineTool", .argumentParser,
      ]),
    tool(
      "hinata-house",
      [
        "Quantities", "CanonicalCoding", "Clocks", "Product", "EchonetLite", "MulticastUDP",
        "EchonetControl", "HouseModel", "CommandLineTool", .argumentParser, .logging,
        .serviceLifecycle, .unixSignals,
      ]),
    tool(
      "hinatad",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Clocks", "Product", "Ledger", "Chain",
        "EchonetLite", "EchonetControl", "MulticastUDP", "RouteB", "RouteBSerial", "Metering",
        "Wire", "PeerProtocol", "PeerTransport", "PeerFiles", "LedgerStore", "ExplorerIndex",
        "LedgerFiles", "KeyFiles", "JoinFiles", "NodeConfiguration", "NodeServices",
        "MeterServices", "MQTT",
        "HomeAssistant", "ExchangeDesk", "WebService", "AdminAPI", "HTTPAPI", "Explorer",
        "CommandLineTool", .argumentParser, .logging, .serviceLifecycle, .unixSignals,
      ]),
    tool(
      "hinata",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Clocks", "Product", "Ledger", "Chain",
        "Proofs", "Certificates", "Joining", "Wallet", "EchonetLite", "EchonetControl", "RouteB",
        "RouteBSerial", "Metering", "Wire", "PeerProtocol", "PeerTransport", "PeerFiles",
        "LedgerStore", "ExplorerIndex", "LedgerFiles", "KeyFiles", "QRCodes", "JoinFiles",
        "NodeServices",
        "MeterServices", "LightNode", "WebService", "AdminAPI", "HTTPAPI", "CertificatePages",
        "Explorer", "HouseModel", "DemoStreet", "CommandLineTool", "NodeCheckup", .argumentParser,
        .httpTypes, .logging, .serviceLifecycle, .unixSignals,
      ]),
    tool("hinata-sim", ["Product", "Simulation", "CommandLineTool", .argumentParser]),
    tests("CommandLineTool", ["CommandLineTool", .argumentParser]),
    tests(
      "NodeCheckup",
      ["Product", "LedgerStore", "KeyFiles", "MeterServices", "LedgerFixtures", "NodeCheckup"]),
    tests(
      "Scenario",
      [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs",
        "Certificates", "Joining", "RouteBSerial", "Metering", "LedgerStore", "LedgerFiles",
        "KeyFiles",
        "EchonetLite", "EchonetControl", "MulticastUDP",
        "JoinFiles", "NodeServices", "MeterServices", "Verification", "AdminAPI", "HTTPAPI",
        "Explorer", "LedgerFixtures", "CheckoutFixtures", "ProcessFixtures", "HouseModel",
        "DemoStreet", "Simulation", "hinata", "hinatad", "hinata-house", "hinata-sim",
        "hinata-verify",
      ],
      exclude: [
        "chromium.py", "explorer_walk.py", "foreign_controller.py", "join_walk.py",
        "office_walk.py",
        "momonga_reads_dongle.py", "terminal_street.py",
        "pychonet_finds_node.py", "pychonet_reads_house.py",
        "schemathesis.toml",
      ]),
  ])

/// Speed against limits measured in the same run.
let benchmarks: [Target] = [
  .target(
    name: "RawLimits", path: "Benchmarks/RawLimits",
    linkerSettings: [
      .linkedLibrary("crypto"), .linkedLibrary("sodium"), .linkedLibrary("sqlite3"),
    ]),
  .executableTarget(
    name: "hinata-bench",
    dependencies: [
      "RawLimits", "Quantities", "CanonicalCoding", "LedgerCrypto", "Clocks", "Ledger", "Chain",
      "Proofs", "Certificates", "EchonetLite", "Metering", "Wire", "PeerProtocol", "PeerTransport",
      "PeerFiles", "LedgerStore", "ExplorerIndex", "LedgerFiles", "NodeServices", "TruthChecks",
      "Verification", "WebService", "HTTPAPI", "Explorer", "LedgerFixtures", "TruthFixtures",
      "ProcessFixtures", "HouseModel", "Simulation", "DemoStreet", "CommandLineTool", .hummingbird,
      .logging, .serviceLifecycle,
    ], path: "Benchmarks/HinataBench", swiftSettings: strict),
]

let house =
  ground + ledger + devices + energy + peers + storage + node + exchange + web + trials + tools

func needs(_ room: Room) -> [String?] {
  room.target.dependencies.map { if case .byNameItem(let name, _) = $0 { name } else { nil } }
}

/// The pure modules with the C libraries below them, and the tests that need nothing else.
let core = house.filter { room in
  switch room.target.type {
  case .system: house.contains { $0.isPure && needs($0).contains(room.target.name) }
  case .test:
    needs(room).allSatisfy { name in house.contains { $0.isPure && $0.target.name == name } }
  default: room.isPure
  }
}

let package = Package(
  name: "hinata",
  products: isCoreOnly
    ? []
    : [
      .library(name: "EchonetLite", targets: ["EchonetLite", "RouteB"]),
      .library(
        name: "EchonetNetwork", targets: ["EchonetControl", "RouteBSerial"]),
      .library(
        name: "HinataLedger",
        targets: [
          "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs", "Metering",
          "Wire", "PeerProtocol", "Certificates", "Wallet", "Joining",
        ]),
      .library(name: "HinataFiles", targets: ["LedgerFiles"]),
    ],
  dependencies: isCoreOnly
    ? []
    : [
      .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
      .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
      .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
      .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0"),
      .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
      .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
      .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
      .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
      .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
      .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
      .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
      .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
      .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
  targets: (isCoreOnly ? core.map(\.target) : house.map(\.target) + benchmarks)
    + [
      .testTarget(
        name: "LayeringTests", dependencies: ["CheckoutFixtures"], swiftSettings: strict)
    ])
