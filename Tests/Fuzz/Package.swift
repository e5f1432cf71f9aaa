// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// A package of its own: libFuzzer brings its own main and wants every module instrumented.
let package = Package(
  name: "hinata-fuzz",
  dependencies: [.package(name: "hinata", path: "../..")],
  targets: [
    .executableTarget(
      name: "hinata-fuzz",
      dependencies: [
        .product(name: "EchonetLite", package: "hinata"),
        .product(name: "HinataFiles", package: "hinata"),
        .product(name: "HinataLedger", package: "hinata"),
      ],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])])
  ])
