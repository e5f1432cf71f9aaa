// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import CheckoutFixtures
import Foundation
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerFixtures
import ProcessFixtures
import Quantities
import Testing

@testable import Simulation

/// A second implementation: a program in Python that was written from `Docs/protocol.md` alone,
/// with nothing but its language's own library.
extension Stories {
  private static let program = Checkout.root
    .appendingPathComponent("Tests/Protocol/recompute.py").path

  /// What the second implementation makes of a chain file.
  static func recompute(_ network: String, _ chain: String) throws -> Executable.Result {
    try Executable.run("/usr/bin/env", ["python3", program, network, chain, "--json"])
  }

  private static func networkFile(_ genesis: Genesis) throws -> Data {
    let rules = genesis.rules
    var numbers: [String: Any] = [:]
    for ((key, _), value) in zip(NetworkRules.ranges, rules.numbers) { numbers[key] = value }
    guard case .seconds(let period) = rules.blockPeriod else {
      throw StoryError(description: "the simulator's networks have periods of seconds")
    }
    numbers["blockPeriod"] = period
    let members = genesis.members.map {
      ["kind": "\($0.kind)", "name": $0.name, "key": $0.key.value.hex]
    }
    return try JSONSerialization.data(withJSONObject: [
      "name": rules.name, "time": "\(rules.time)", "membership": "\(rules.membership)",
      "easiestTarget": String(rules.easiestTarget, radix: 16), "rules": numbers,
      "members": members,
    ])
  }

  private static func write(_ blocks: [Block], _ genesis: Genesis, to path: String) throws {
    var file = try ChainFileWriter(path: path, genesis: genesis)
    for block in blocks { try file.append(header: block.sealed.bytes, body: block.bodyBytes) }
    try file.finish()
  }

  @Test(
    "protocol: a program in another language that knows the page alone agrees on every root",
    .works)
  func protocolPage() throws {
    let folder = Stories.temporary.appendingPathComponent("protocol")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var kinds: Set<String> = []
    let plans =
      ([501, 503, 507] as [UInt64]).map { Plan(nodes: 8, milliseconds: 12 * 3_600_000, seed: $0) }
      // One whose homes leave for good, so that the operator restarts it.
      + [Plan(nodes: 16, milliseconds: 42_336_000, seed: 2, leaving: 6)]
    for plan in plans {
      let seed = plan.seed
      let world = try World(plan)
      #expect(world.run().violations.map(\.description) == [])
      let contents = world.nodes[0].storage.contents
      let blocks = contents.chain.compactMap { contents.blocks[$0] }
      let genesis = world.fixture.genesis
      let network = folder.appendingPathComponent("\(seed).json")
      try Self.networkFile(genesis).write(to: network)
      let path = folder.appendingPathComponent("\(seed).chain").path
      try Self.write(blocks, genesis, to: path)
      let result = try Self.recompute(network.path, path)
      #expect(result.status == 0, "\(seed): \(result.output) \(result.errors)")
      let said = try Stories.json(result.output)
      let tip = try #require(blocks.last).header
      #expect(said["network"] as? String == genesis.network.hex)
      #expect(said["tip"] as? String == tip.hash.hex)
      #expect(said["state root"] as? String == tip.stateRoot.hex)
      kinds.formUnion((said["transactions"] as? [String: Any] ?? [:]).keys)
      try refusesChanged(blocks, genesis, network.path, folder)
    }
    #expect(
      kinds.isSuperset(of: [
        "admit member", "register site", "report", "mint", "transfer", "retire", "record final",
        "restart",
      ]), "\(kinds)")
  }

  /// One bit of what a block binds is another: the program says at which block, and by what.
  private func refusesChanged(
    _ blocks: [Block], _ genesis: Genesis, _ network: String, _ folder: URL
  ) throws {
    let height = blocks.count / 2
    let block = blocks[height]
    var bytes = block.transactions[0].bytes
    bytes[bytes.count - 1] ^= 1
    var changed = blocks
    changed[height] = Block(
      sealed: block.sealed,
      transactions: [try EncodedTransaction(exactly: bytes)] + block.transactions.dropFirst())
    let path = folder.appendingPathComponent("changed.chain").path
    try Self.write(changed, genesis, to: path)
    let result = try Self.recompute(network, path)
    #expect(result.status == 1)
    #expect(try Stories.json(result.output)["block"] as? Int == height)
  }
}
