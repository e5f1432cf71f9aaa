// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import Ledger
import LedgerFixtures
import LedgerStore
import Quantities

/// A folder of its own for one test, removed at its end.
final class Folder {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  var ledger: String { file(LedgerStore.fileName) }
}

/// Blocks of two homes with reports, mints and transfers, and forks that lose and win.
struct BlockHistory {
  var scenario: FixtureChain
  /// In the order in which a node would hear of them, forks included.
  private(set) var blocks: [Block] = []
  let fixture: LedgerFixture

  init(count: Int) throws {
    var fixture = LedgerFixture()
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 40 * 86_400)
    blocks.append(chain.blocks[1])
    for number in 0..<count {
      let report = try fixture.report(
        number % 2, generated: [500, 800, 300], consumed: [100, 900, 200])
      let mint = fixture.mint(
        number % 2, first: report.first, length: 3, amount: 1600)
      let transactions = [
        EncodedTransaction(.report(report)), EncodedTransaction(.mint(mint)),
      ]
      if number % 5 == 4 {
        // A fork of one block that comes first, and is then outweighed by two.
        var fork = chain
        try fork.seal(encoded: Array(transactions.prefix(1)), after: 601)
        blocks.append(fork.blocks[fork.blocks.count - 1])
      }
      try chain.seal(encoded: transactions)
      blocks.append(chain.blocks[chain.blocks.count - 1])
    }
    scenario = chain
    self.fixture = fixture
  }

  /// Makes all blocks so far final, with four blocks more.
  mutating func settle() throws {
    let known = scenario.blocks.count
    for _ in 0..<2 { try scenario.settle() }
    blocks += scenario.blocks[known...]
  }

  /// Length (4 bytes) and bytes of each block.
  var replayBytes: [UInt8] {
    var output = ByteWriter()
    for block in blocks {
      let bytes = block.bytes
      output.writeFixed(UInt32(bytes.count))
      output.writeBytes(bytes)
    }
    return output.bytes
  }

  /// A store that took all blocks.
  func store(in folder: Folder) throws -> ActiveChain {
    let chain = try ActiveChain(try LedgerStore(folder: folder.path, genesis: fixture.genesis))
    for block in blocks { _ = try chain.accept(block, now: NetworkTime(seconds: 1 << 39)) }
    return chain
  }
}

extension ActiveChain {
  /// The file under a chain of these tests.
  var store: LedgerStore {
    guard let store = storage as? LedgerStore else { preconditionFailure("a chain over a file") }
    return store
  }
}
