// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import Ledger
import LedgerFiles
import LedgerFixtures
import Testing
import Verification

@Suite("Chain files")
struct ChainFileTests {
  private func written(_ chain: FixtureChain) throws -> String {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("chain-\(UUID().uuidString).chain").path
    var writer = try ChainFileWriter(path: path, genesis: chain.fixture.genesis)
    for block in chain.blocks {
      try writer.append(header: block.sealed.bytes, body: block.bodyBytes)
    }
    try writer.finish()
    return path
  }

  private func chain(_ days: Int) throws -> FixtureChain {
    var fixture = LedgerFixture()
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 90 * 86_400)
    for _ in 0..<days {
      let reports = try (0..<2).map {
        try fixture.report($0, generated: [7, 9], consumed: [5, 9])
      }
      try chain.seal(reports.map { .report($0) })
    }
    return chain
  }

  @Test("A chain comes out as it went in, on one core and on two, and is verified from the file")
  func roundTrip() async throws {
    let chain = try chain(20)
    let path = try written(chain)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let file = try ChainFileReader(path: path)
    #expect(file.top == 21 && file.genesis == chain.fixture.genesis)
    for jobs in [1, 2, 5] {
      var options = CheckOptions()
      options.jobs = jobs
      var seen: [UInt64] = []
      let verdict = await ChainVerdict(checking: .file(file), options: options) { done, _ in
        seen.append(done)
      }
      #expect(verdict.finding == nil && verdict.tip == chain.context.hash.hex)
      #expect(seen == Array(1...21))
      #expect(verdict.supply == chain.supply)
    }
  }

  @Test("A check that was broken off goes on from its file; a reorganised chain is begun anew")
  func resumed() async throws {
    let path = try written(try chain(5))
    let longer = try chain(9)
    let later = try written(longer)
    let point = path + ".check"
    defer {
      for file in [path, later, point] { try? FileManager.default.removeItem(atPath: file) }
    }
    var options = CheckOptions()
    options.resume = point
    let first = await ChainVerdict(
      checking: .file(try ChainFileReader(path: path)), options: options)
    #expect(first.finding == nil && first.resumed == 0)
    var checked: [UInt64] = []
    let second = await ChainVerdict(
      checking: .file(try ChainFileReader(path: later)), options: options,
      each: { checked.append($0.block.header.height) })
    #expect(second.finding == nil && second.resumed == 6 && checked == [7, 8, 9, 10])
    #expect(second.supply == longer.supply && second.transactions == 22)
    var other = try FixtureChain(LedgerFixture())
    try other.seal(encoded: other.fixture.admissions, after: 91 * 86_400)
    let fork = try written(other)
    defer { try? FileManager.default.removeItem(atPath: fork) }
    let third = await ChainVerdict(
      checking: .file(try ChainFileReader(path: fork)), options: options)
    #expect(third.finding == nil && third.resumed == 0)
    // A point that lies about the state is worth nothing.
    var bytes = try Data(contentsOf: URL(fileURLWithPath: point))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: point))
    let fourth = await ChainVerdict(
      checking: .file(try ChainFileReader(path: fork)), options: options)
    #expect(fourth.finding == nil && fourth.resumed == 0)
  }

  @Test("A cut file and a flipped byte anywhere are refused with a word")
  func damaged() throws {
    let path = try written(try chain(1))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    for index in stride(from: 0, to: bytes.count, by: 7) {
      var changed = bytes
      changed[index] ^= 4
      try changed.write(to: URL(fileURLWithPath: path))
      #expect(throws: ChainFileError.self, "byte \(index)") { try ChainFileReader(path: path) }
      try bytes.prefix(index).write(to: URL(fileURLWithPath: path))
      #expect(throws: ChainFileError.self) { try ChainFileReader(path: path) }
    }
    #expect(throws: ChainFileError.self) { try ChainFileReader(path: "/nowhere") }
  }
}
