// SPDX-License-Identifier: Apache-2.0

import CheckoutFixtures
import Foundation
import ProcessFixtures
import Synchronization
import Testing

/// Programs from PyPI in virtual environments under `.build`.
enum PyPI {
  private static let lock = Mutex(())

  /// A folder of programs with these packages; made on first use.
  static func programs(_ name: String, _ packages: [String], importing module: String) throws -> URL
  {
    try lock.withLock { _ in try make(name, packages, importing: module) }
  }

  /// A Python that drives Chromium.
  static func browser() throws -> String {
    try programs(
      "browser", ["selenium==4.51.0", "axe-playwright-python==0.1.8"], importing: "selenium"
    ).appendingPathComponent("python").path
  }

  private static func make(
    _ name: String, _ packages: [String], importing module: String
  ) throws -> URL {
    let folder = Checkout.root.appendingPathComponent(".build/\(name)")
    let programs = folder.appendingPathComponent("bin")
    let python = programs.appendingPathComponent("python").path
    if (try? Executable.run(python, ["-c", "import \(module)"]).status) == 0 { return programs }
    let made = try Executable.run("/usr/bin/env", ["python3", "-m", "venv", folder.path])
    try #require(made.status == 0, "\(made.errors)")
    let installed = try Executable.run(
      programs.appendingPathComponent("pip").path, ["install", "--quiet"] + packages)
    try #require(installed.status == 0, "\(installed.errors)")
    return programs
  }
}

/// Two network namespaces joined by a cable.
struct Namespaces {
  private let names: [String]

  /// Whether this machine lets us make namespaces.
  static let areAllowed: Bool = {
    guard (try? ip(["netns", "add", "hinata-try"])) == 0 else { return false }
    return (try? ip(["netns", "delete", "hinata-try"])) == 0
  }()

  private static func ip(_ arguments: [String]) throws -> Int32 {
    try Executable.run("/usr/bin/env", ["ip"] + arguments).status
  }

  init() throws {
    let number = StoryPlace().network
    names = ["hinata-\(number)a", "hinata-\(number)b"]
    remove()
    for name in names { _ = try Namespaces.ip(["netns", "add", name]) }
    _ = try Namespaces.ip([
      "link", "add", "veth-a", "netns", names[0], "type", "veth", "peer", "name", "veth-b",
      "netns", names[1],
    ])
    for (index, name) in names.enumerated() {
      let device = index == 0 ? "veth-a" : "veth-b"
      let steps = [
        ["addr", "add", "10.77.0.\(index + 1)/24", "dev", device],
        ["link", "set", device, "up"], ["link", "set", "lo", "up"],
        ["route", "add", "224.0.0.0/4", "dev", device],
      ]
      for step in steps { _ = try Namespaces.ip(["-n", name] + step) }
    }
  }

  /// Changes the network of one of the two, as `ip` does.
  func change(_ index: Int, _ arguments: [String]) throws {
    _ = try Namespaces.ip(["-n", names[index]] + arguments)
  }

  func remove() {
    for name in names { _ = try? Namespaces.ip(["netns", "delete", name]) }
  }

  /// Devices that `hinata setup` finds from an address or interface of one of the two.
  func devices(from index: Int, at place: String) throws -> [[String: Any]] {
    let setup = try Executable.run(
      "/usr/bin/env", command(index, "hinata", ["setup", "--address", place, "--json"]))
    guard setup.status == 0 else { return [] }
    return try Stories.json(setup.output)["devices"] as? [[String: Any]] ?? []
  }

  /// What runs `name` inside one of the two.
  func command(_ index: Int, _ name: String, _ arguments: [String]) -> [String] {
    ["ip", "netns", "exec", names[index], Executable.file(name).path] + arguments
  }

  /// A process of `name` inside one of the two.
  func process(in index: Int, _ name: String, _ arguments: [String]) -> (
    process: Process, output: Pipe, errors: Pipe
  ) {
    Executable.process("/usr/bin/env", command(index, name, arguments))
  }
}
