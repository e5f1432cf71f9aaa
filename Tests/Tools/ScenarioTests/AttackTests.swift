// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import CheckoutFixtures
import DemoStreet
import Foundation
import ProcessFixtures
import Testing

/// Strangers against a real node, by a program in another language that knows the page of the
/// protocol and the network file, and has no key that anybody let in.
extension Stories {
  /// An attack, and what comes of its links.
  private struct Attack {
    let name: String
    /// Whether it comes from where honest members are.
    var isNextDoor = false
    var links = 64
    /// Whether the node ends all links of it; those that only wait may stay.
    let isEnded: Bool
  }

  private static let attacks = [
    Attack(name: "silent", isEnded: false),
    Attack(name: "junk", isNextDoor: true, links: 4, isEnded: true),
    Attack(name: "half", isEnded: false),
    Attack(name: "huge", links: 8, isEnded: true),
    Attack(name: "unread", isEnded: false),
    Attack(name: "headers", links: 12, isEnded: false),
    Attack(name: "transactions", links: 8, isEnded: true),
    Attack(name: "notes", links: 8, isEnded: false),
    Attack(name: "approvals", links: 8, isEnded: false),
  ]

  /// Resident bytes of a process now and at most since the last call, and its processor seconds.
  /// Source: proc(5).
  private struct Usage {
    let resident: Int
    let most: Int
    let seconds: Double

    init(_ number: Int32) throws {
      let folder = "/proc/\(number)"
      let status = try String(contentsOfFile: "\(folder)/status", encoding: .utf8)
      func bytes(_ name: String) -> Int {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
      }
      (resident, most) = (bytes("VmRSS:"), bytes("VmHWM:"))
      let stat = try String(contentsOfFile: "\(folder)/stat", encoding: .utf8)
      let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
      let ticks = fields.dropFirst(11).prefix(2).compactMap { Double($0) }
      seconds = ticks.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
      // The greatest is counted anew from here on.
      try "5".write(toFile: "\(folder)/clear_refs", atomically: false, encoding: .utf8)
    }
  }

  @Test(
    "attacks: strangers on every link cost a node little, bar no member, and stop no block", .waits)
  func attacks() async throws {
    let street = try Stories.street("attacked", factor: 600)
    try street.prepare()
    defer { street.end() }
    try street.startHouse(1)
    for role in street.roles.prefix(3) { try street.start(role) }
    let victim = StreetRole.home(1)
    let number = try #require(street.processIdentifier(victim))
    try await Stories.until("the home among its peers, and its first report on the chain") {
      let chain = try? await street.admin(victim)?.get("chain", as: ChainForm.self)
      return try chain?.peers == 2 && chain?.height ?? 0 > 2 && Stories.firstReport(street) != nil
    }
    print("attack         greeted  ended  MB at most  MB after  CPU seconds")
    for (index, attack) in Self.attacks.enumerated() {
      try await attacked(street, attack, by: index, number)
    }
    let admin = try #require(street.admin(victim))
    let peers = try await admin.get("peers", as: PeersForm.self)
    let honest = Set(peers.peers.filter { !$0.agent.hasPrefix("attacker") }.map(\.key))
    #expect(honest.count == 2)
    #expect(!peers.bans.contains { honest.contains($0.key) })
    #expect(street.dead == nil)
    let log = try Stories.log(victim, of: street)
    #expect(!log.contains("the clock is wrong"), "strangers state the time of another year")
  }

  /// The victim's height, once it is beyond what it was and the operator's too.
  private func grows(_ street: Street, beyond height: UInt64) async throws {
    try await Stories.until("blocks from others after height \(height)") {
      let own = try? await street.admin(.home(1))?.get("chain", as: ChainForm.self)
      let theirs = try? await street.admin(.operator)?.get("chain", as: ChainForm.self)
      return own?.height ?? 0 > height && own?.tip == theirs?.tip
    }
  }

  private func attacked(
    _ street: Street, _ attack: Attack, by index: Int, _ number: Int32
  ) async throws {
    let admin = try #require(street.admin(.home(1)))
    let height = try await admin.get("chain", as: ChainForm.self).height
    let before = try Usage(number)
    let result = try Executable.run(
      "/usr/bin/env",
      [
        "python3", Checkout.root.appendingPathComponent("Tests/Attacks/attack.py").path,
        attack.name, street.plan.genesis, "127.0.0.1:\(street.plan.firstPort + 2)",
        Stories.temporary.appendingPathComponent("attackers").path, "--source",
        attack.isNextDoor ? "127.0.0.1" : "127.0.7.\(index + 1)", "--links", "\(attack.links)",
        "--seconds", "3",
      ])
    guard result.status == 0 else { throw StoryError(description: result.errors) }
    let said = try Stories.json(result.output)
    let after = try Usage(number)
    let greeted = Stories.count(said["greeted"])
    let ended = Stories.count(said["ended"])
    let row = [
      attack.name.padding(toLength: 14, withPad: " ", startingAt: 0), "\(greeted)", "\(ended)",
      "\(after.most >> 20)", "\(after.resident >> 20)",
      String(format: "%.1f", after.seconds - before.seconds),
    ]
    print(row.joined(separator: "  "))
    #expect(attack.name == "silent" || greeted > 0, "\(said)")
    if attack.isEnded { #expect(ended == greeted, "\(attack.name): \(said)") }
    #expect(after.most < 256 << 20, "\(attack.name): \(after.most >> 20) MB")
    try await grows(street, beyond: height)
  }

  private static func count(_ value: Any?) -> Int { (value as? NSNumber)?.intValue ?? -1 }
}
