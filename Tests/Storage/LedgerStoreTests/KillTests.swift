// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation
import GRDB
import LedgerFixtures
import LedgerStore
import ProcessFixtures
import Quantities
import Testing
import Verification

@Suite("A killed process loses nothing")
struct KillTests {

  private func replay(_ folder: Folder, _ genesis: String, _ blocks: String) throws -> (
    Process, FileHandle
  ) {
    let (process, output, _) = Executable.process(
      "store-replay", [folder.path, genesis, blocks])
    try process.run()
    return (process, output.fileHandleForReading)
  }

  /// Reads lines until `count` came or the process ended.
  private func lines(_ handle: FileHandle, _ count: Int) throws -> [String] {
    var text = ""
    while text.split(separator: "\n").count < count {
      let data = handle.availableData
      if data.isEmpty { break }
      text += String(decoding: data, as: UTF8.self)
    }
    return text.split(separator: "\n").map(String.init)
  }

  @Test("kill -9 at 50 moments of a replay: the file is whole, and no connected block is missing")
  func kill() async throws {
    let history = try BlockHistory(count: 120)
    let inputs = try Folder()
    try Data(history.fixture.genesis.bytes).write(to: URL(fileURLWithPath: inputs.file("genesis")))
    try Data(history.replayBytes).write(to: URL(fileURLWithPath: inputs.file("blocks")))
    var random = SeededGenerator(seed: 50)
    var folder = try Folder()
    var reached: UInt64 = 0
    for _ in 0..<50 {
      if reached >= 110 {
        folder = try Folder()
        reached = 0
      }
      let (process, output) = try replay(
        folder, inputs.file("genesis"), inputs.file("blocks"))
      var seen = try lines(output, Int.random(in: 1...40, using: &random))
      // A few more microseconds, so that the kill falls anywhere within a transaction.
      var spin = Int.random(in: 0...200_000, using: &random)
      while spin > 0 { spin -= 1 }
      Foundation.kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      seen += try lines(output, Int.max)
      let told = seen.compactMap { UInt64($0.split(separator: " ").last ?? "") }.max() ?? 0
      let queue = try DatabaseQueue(path: folder.ledger)
      let check = try await queue.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
      #expect(check == "ok")
      try queue.close()
      let store = try LedgerStore.reading(folder: folder.path, genesis: history.fixture.genesis)
      let verdict = await ChainVerdict(checking: store)
      #expect(verdict.finding == nil)
      reached = try store.height()
      #expect(reached >= told, "a block that was told as connected is gone")
    }
  }
}
