// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in CI alone: a later compiler's new warning must not stop a home's build.
let strict: [SwiftSetting] =
  [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

/// The wings of the house, in order, and the modules of each: a module's folder stands in its wing's.
let wings: [(name: String, modules: [String])] = [
  (
    "Ground",
    ["CLibcrypto", "CSodium", "CanonicalCoding", "LedgerCrypto", "Quantities", "Terminal"]
  ),
  ("Ledger", ["Certificates", "Chain", "Joining", "Ledger", "Proofs", "Wallet"]),
  (
    "Devices",
    ["EchonetControl", "EchonetLite", "EchonetUDP", "MulticastUDP", "RouteB", "RouteBSerial"]
  ),
  ("Energy", ["Metering"]),
  ("Peers", ["PeerProtocol", "PeerTransport", "Wire"]),
  (
    "Storage",
    [
      "CQRCode", "CertificateFiles", "ChainFiles", "ExplorerIndex", "JoinFiles", "KeyFiles",
      "LedgerStore", "NetworkFiles", "QRCodes",
    ]
  ),
  ("Node", ["CMosquitto", "HomeAssistant", "MQTT", "NodeConfiguration", "NodeServices"]),
  ("Exchange", ["ExchangeDesk", "TruthChecks", "Verification"]),
  ("Web", ["CZlib", "CertificatePages", "Explorer", "HTTPAPI", "WebService"]),
  (
    "Trials",
    [
      "DemoNetwork", "HouseModel", "LedgerFixtures", "Neighbourhood", "ProcessFixtures",
      "Simulation", "StoreReplay", "TruthFixtures",
    ]
  ),
  (
    "Tools",
    ["CommandLineTool", "hinata", "hinata-house", "hinata-sim", "hinata-verify", "hinatad"]
  ),
]

/// The folder of a module below Sources, or below Tests with `suffix`.
func place(_ module: String, below top: String = "Sources", suffix: String = "") -> String {
  guard let wing = wings.first(where: { $0.modules.contains(module) }) else {
    return "\(top)/\(module)\(suffix)"
  }
  return "\(top)/\(wing.name)/\(module)\(suffix)"
}

/// A module of the pure core: no I/O, clock, randomness or logging.
func pure(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: place(name), swiftSettings: strict)
}

/// A module that touches one outside thing.
func adapter(
  _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: place(name), resources: resources,
    swiftSettings: strict)
}

let core: [Target.Dependency] = [
  "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain",
]

/// An executable: parses arguments, composes, gives an exit code.
func tool(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name,
    dependencies: dependencies + [
      "CommandLineTool", .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    path: place(name), swiftSettings: strict)
}

/// The tests of a module.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: dependencies,
    path: name == "Scenario"
      ? "Tests/Tools/ScenarioTests" : place(name, below: "Tests", suffix: "Tests"),
    exclude: [
      "Ledger": ["Vectors"], "Wire": ["Vectors"],
      "Scenario": [
        "explorer_walk.py", "momonga_reads_dongle.py", "pychonet_reads_house.py",
        "schemathesis.toml",
      ],
    ][name] ?? [],
    swiftSettings: strict)
}

let everything: [Target.Dependency] =
  core + [
    "EchonetControl", "EchonetLite", "EchonetUDP", "ExchangeDesk", "Explorer", "ExplorerIndex",
    "HTTPAPI", "JoinFiles", "Joining", "KeyFiles", "LedgerStore", "Metering", "NetworkFiles",
    "NodeConfiguration", "NodeServices", "PeerProtocol", "PeerTransport", "Proofs", "RouteB",
    "RouteBSerial", "Terminal", "WebService", "Wire",
    .product(name: "Logging", package: "swift-log"),
    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    .product(name: "UnixSignals", package: "swift-service-lifecycle"),
  ]

let package = Package(
  name: "hinata",
  products: [
    .library(name: "EchonetLite", targets: ["EchonetLite", "RouteB"]),
    .library(
      name: "EchonetNetwork",
      targets: ["EchonetControl", "EchonetUDP", "RouteBSerial"]),
    .library(
      name: "HinataLedger",
      targets: [
        "Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger", "Chain", "Proofs", "Metering",
        "Wire", "PeerProtocol", "Certificates", "Wallet", "Joining",
      ]),
    .library(name: "HinataFiles", targets: ["ChainFiles", "CertificateFiles"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CSodium", path: place("CSodium"), pkgConfig: "libsodium",
      providers: [.apt(["libsodium-dev"])]),
    .target(
      name: "CLibcrypto", path: place("CLibcrypto"), linkerSettings: [.linkedLibrary("crypto")]),
    pure("Quantities"),
    pure("CanonicalCoding"),
    pure("LedgerCrypto", ["CanonicalCoding", "CLibcrypto", "CSodium"]),
    pure("Ledger", ["Quantities", "CanonicalCoding", "LedgerCrypto"]),
    pure("Chain", ["Ledger", "Quantities", "CanonicalCoding", "LedgerCrypto"]),
    pure("Wire", core + ["Proofs"]),
    pure("PeerProtocol", core + ["Proofs", "Wire"]),
    pure("EchonetLite", ["Quantities", "CanonicalCoding"]),
    pure(
      "Metering", ["EchonetLite", "Ledger", "LedgerCrypto", "Quantities", "CanonicalCoding"]),
    pure("HouseModel", ["EchonetLite", "Quantities", "CanonicalCoding"]),
    adapter(
      "MulticastUDP",
      [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    adapter("EchonetControl", ["EchonetLite", "CanonicalCoding"]),
    adapter(
      "EchonetUDP",
      [
        "EchonetControl", "EchonetLite", "MulticastUDP",
        .product(name: "Logging", package: "swift-log"),
      ]),
    pure("RouteB"),
    adapter(
      "RouteBSerial",
      [
        "EchonetControl", "EchonetLite", "RouteB",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    adapter(
      "PeerTransport",
      [
        "PeerProtocol", "Wire", "LedgerCrypto", "CanonicalCoding",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
      ]),
    adapter(
      "ExplorerIndex",
      core + ["LedgerStore", "Proofs", .product(name: "GRDB", package: "GRDB.swift")]),
    adapter(
      "LedgerStore",
      core + [
        "Metering", "Proofs", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),
    adapter("NetworkFiles", core + ["PeerProtocol", "Wire"]),
    adapter("KeyFiles", core + ["CSodium"]),
    adapter(
      "NodeServices",
      core + [
        "Metering", "EchonetControl", "EchonetLite", "LedgerStore", "MulticastUDP", "NetworkFiles",
        "PeerProtocol", "PeerTransport", "Proofs", "RouteBSerial", "Wire",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    .systemLibrary(
      name: "CMosquitto", path: place("CMosquitto"), pkgConfig: "libmosquitto",
      providers: [.apt(["libmosquitto-dev"])]),
    adapter("MQTT", ["CMosquitto"]),
    adapter(
      "HomeAssistant",
      [
        "CanonicalCoding", "Ledger", "LedgerCrypto", "LedgerStore", "MQTT", "NodeServices",
        "Quantities", .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    .systemLibrary(
      name: "CZlib", path: place("CZlib"), pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    adapter(
      "WebService",
      [
        "CanonicalCoding", "CZlib", "LedgerCrypto", "Quantities",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    adapter(
      "HTTPAPI",
      core + [
        "CertificateFiles", "Certificates", "ChainFiles", "EchonetLite", "ExplorerIndex",
        "LedgerStore", "Metering", "NetworkFiles", "NodeServices", "PeerProtocol", "Proofs",
        "Terminal", "WebService", "Wire",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    adapter(
      "Explorer",
      core + [
        "CertificateFiles", "CertificatePages", "Certificates", "EchonetLite", "ExplorerIndex",
        "HTTPAPI", "JoinFiles", "Joining", "KeyFiles", "LedgerStore", "Metering", "NodeServices",
        "PeerProtocol", "QRCodes", "RouteB", "Terminal",
        "WebService",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      resources: [
        .embedInCode("Assets/icon.svg"), .embedInCode("Assets/live.js"),
        .embedInCode("Assets/style.css"),
      ]),
    adapter(
      "Neighbourhood",
      core + [
        "DemoNetwork", "HTTPAPI", "HouseModel", "KeyFiles", "LedgerStore", "NetworkFiles",
      ]),
    pure("Terminal"),
    adapter(
      "CommandLineTool", [.product(name: "ArgumentParser", package: "swift-argument-parser")]),
    pure("DemoNetwork", core),
    adapter("ChainFiles", core),
    adapter("TruthChecks", ["Ledger", "Quantities"]),
    adapter(
      "ExchangeDesk",
      core + [
        "LedgerStore", "NodeServices", "TruthChecks",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    .systemLibrary(
      name: "CQRCode", path: place("CQRCode"), pkgConfig: "libqrencode",
      providers: [.apt(["libqrencode-dev"])]),
    pure("Certificates", core + ["Proofs"]),
    pure("Wallet", core),
    adapter("CertificateFiles", core + ["Certificates", "Proofs"]),
    adapter("QRCodes", ["CQRCode"]),
    adapter("CertificatePages", core + ["CertificateFiles", "Certificates", "QRCodes"]),
    pure("Joining", ["Quantities", "CanonicalCoding", "LedgerCrypto", "Ledger"]),
    adapter("JoinFiles", core + ["Joining", "KeyFiles", "NetworkFiles", "QRCodes"]),
    adapter("Verification", core + ["ChainFiles", "LedgerStore"]),
    adapter(
      "NodeConfiguration", [.product(name: "Configuration", package: "swift-configuration")]),
    tool(
      "hinata-verify",
      core + [
        "CertificateFiles", "Certificates", "ChainFiles", "Verification", "LedgerStore",
        "Metering", "NetworkFiles", "Terminal",
      ]),
    tool(
      "hinata-house",
      [
        "HouseModel", "EchonetLite", "EchonetUDP", "MulticastUDP", "NodeServices", "Quantities",
        "CanonicalCoding", "Terminal", .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ]),
    tool("hinatad", everything + ["HomeAssistant", "MQTT"]),
    tool(
      "hinata",
      everything + [
        "CertificateFiles", "CertificatePages", "Certificates", "ChainFiles", "DemoNetwork",
        "HouseModel", "Neighbourhood", "Verification", "Wallet",
      ]),
    pure("Simulation", core + ["PeerProtocol", "Wire", "LedgerFixtures"]),
    tool("hinata-sim", ["Simulation", "Terminal"]),
    .target(
      name: "LedgerFixtures", dependencies: core, path: place("LedgerFixtures"),
      swiftSettings: strict),
    tests("Ledger", core + ["LedgerFixtures", "Proofs"]),
    tests("Wire", core + ["Wire", "Proofs", "LedgerFixtures"]),
    tests(
      "PeerProtocol", core + ["PeerProtocol", "Proofs", "Wire", "LedgerFixtures", "Simulation"]),
    tests(
      "PeerTransport",
      core + [
        "PeerTransport", "PeerProtocol", "Wire", "LedgerFixtures",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    tests("Simulation", core + ["Simulation", "PeerProtocol", "Wire", "LedgerFixtures"]),
    tests("LedgerCrypto", ["LedgerCrypto", "CanonicalCoding", "CSodium"]),
    tests("EchonetLite", ["EchonetLite", "HouseModel", "CanonicalCoding", "Quantities"]),
    tests("Metering", core + ["Metering", "HouseModel", "EchonetLite"]),
    tests("Wallet", core + ["LedgerFixtures", "Wallet"]),
    tests(
      "Certificates",
      core + [
        "CertificateFiles", "Certificates", "ChainFiles", "LedgerFixtures", "LedgerStore",
        "Proofs", "Verification",
      ]),
    tests("Layering", []),
    .target(
      name: "RawLimits", path: "Benchmarks/RawLimits",
      linkerSettings: [
        .linkedLibrary("crypto"), .linkedLibrary("sodium"), .linkedLibrary("sqlite3"),
      ]),
    .executableTarget(
      name: "hinata-bench",
      dependencies: core + [
        "Certificates", "ChainFiles", "EchonetLite", "Explorer", "ExplorerIndex", "HTTPAPI",
        "HouseModel", "LedgerFixtures", "LedgerStore", "Metering", "Neighbourhood",
        "NodeServices", "PeerProtocol", "ProcessFixtures", "Proofs", "Verification",
        "PeerTransport", "RawLimits",
        "Simulation", "Terminal", "TruthChecks",
        "TruthFixtures", "WebService", "Wire",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ], path: "Benchmarks/HinataBench", swiftSettings: strict),
    .target(
      name: "TruthFixtures", dependencies: ["TruthChecks", "Quantities"],
      path: place("TruthFixtures"), swiftSettings: strict),
    tests("TruthChecks", ["TruthChecks", "TruthFixtures", "Quantities"]),
    .target(name: "ProcessFixtures", path: place("ProcessFixtures"), swiftSettings: strict),
    .executableTarget(
      name: "store-replay", dependencies: core + ["LedgerStore"], path: place("StoreReplay"),
      swiftSettings: strict),
    tests(
      "LedgerStore",
      core + [
        "EchonetLite", "LedgerStore", "LedgerFixtures", "Metering", "Verification", "store-replay",
        "ProcessFixtures", .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    tests(
      "WebService",
      [
        "Quantities", "WebService", .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    tests(
      "Explorer",
      core + [
        "Explorer", "HTTPAPI", "WebService",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    tests("ExplorerIndex", core + ["ExplorerIndex", "LedgerFixtures", "LedgerStore"]),
    tests(
      "NodeServices",
      core + [
        "NodeServices", "LedgerFixtures", "LedgerStore", "PeerProtocol", "Wire",
        .product(name: "Logging", package: "swift-log"),
      ]),
    tests(
      "ExchangeDesk",
      core + [
        "ExchangeDesk", "LedgerFixtures", "LedgerStore", "NodeServices", "TruthChecks",
        .product(name: "Logging", package: "swift-log"),
      ]),
    tests(
      "EchonetUDP",
      [
        "EchonetControl", "EchonetUDP", "EchonetLite", "CanonicalCoding", "MulticastUDP",
        .product(name: "Logging", package: "swift-log"),
      ]),
    tests("RouteB", ["CanonicalCoding", "EchonetLite", "HouseModel", "Quantities", "RouteB"]),
    tests("Joining", core + ["JoinFiles", "Joining"]),
    tests("KeyFiles", ["KeyFiles", "LedgerCrypto", "CanonicalCoding"]),
    tests("NetworkFiles", core + ["NetworkFiles", "PeerProtocol", "LedgerFixtures"]),
    tests(
      "Scenario",
      core + [
        "CertificateFiles", "Certificates", "DemoNetwork", "Explorer", "HTTPAPI", "HouseModel",
        "JoinFiles", "Joining", "KeyFiles", "LedgerFixtures", "LedgerStore", "Neighbourhood",
        "NetworkFiles", "NodeServices", "Proofs", "ProcessFixtures", "RouteBSerial",
        "Verification", "hinata", "hinatad", "hinata-house", "hinata-sim",
        "hinata-verify",
      ]),
    tests("Chain", core + ["LedgerFixtures", "Proofs"]),
    pure("Proofs", ["Chain", "Ledger", "CanonicalCoding", "LedgerCrypto"]),
  ])
