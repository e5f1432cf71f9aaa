// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import GRDB
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing
import Verification

@testable import LedgerStore

@Suite("The ledger's file")
struct LedgerStoreTests {
  private func flip(_ path: String, at offset: Int) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    data[offset] ^= 0xFF
    try data.write(to: URL(fileURLWithPath: path))
  }

  @Test("What was connected is there after reopening, and queries find it")
  func reopen() throws {
    let folder = try Folder()
    let history = try BlockHistory(count: 12)
    let tip = try history.store(in: folder).tipHash
    let store = try LedgerStore.reading(folder: folder.path, genesis: history.fixture.genesis)
    #expect(try ActiveChain(store).tipHash == tip)
    #expect(tip == history.scenario.context.hash)
    let site = history.fixture.homes[0].site.id
    let reports = try store.reports(of: site, in: Interval(0)..<Interval(UInt32.max))
    #expect(reports.count == 6)
    for (report, id, height) in reports {
      #expect(try store.place(of: id)?.height == height)
      #expect(report.site == site)
    }
    var entries = 0
    try store.visitEntries { key, bytes in
      entries += 1
      #expect(history.scenario.state.entries[key]?.bytes == bytes)
    }
    #expect(entries == history.scenario.state.entries.count)
  }

  @Test("A reorganisation undoes one block and connects two, and its transactions wait again")
  func reorganisation() async throws {
    let folder = try Folder()
    var fixture = LedgerFixture()
    var base = try FixtureChain(fixture)
    try base.seal(encoded: fixture.admissions, after: 86_400)
    let report = EncodedTransaction(
      .report(try fixture.report(0, generated: [5], consumed: [5])))
    let other = EncodedTransaction(
      .report(try fixture.report(1, generated: [6], consumed: [6])))
    var left = base
    try left.seal(encoded: [report])
    var right = base
    try right.seal(encoded: [other], after: 700)
    try right.seal(
      [
        .setStanding(
          SetStanding(
            operator: fixture.operatorId, member: fixture.homes[0].member.id, isSuspended: true,
            change: 1, network: fixture.network, signedBy: fixture.operatorKey))
      ])
    let chain = try ActiveChain(try LedgerStore(folder: folder.path, genesis: fixture.genesis))
    let now = NetworkTime(seconds: 1 << 39)
    for block in base.blocks[1...] + left.blocks[2...] { _ = try chain.accept(block, now: now) }
    #expect(chain.tipHash == left.context.hash)
    let first = try chain.accept(right.blocks[2], now: now)
    let tie = MostWorkLaw.replaces(
      (UInt256(1), left.context.hash), by: (UInt256(1), right.blocks[2].header.hash))
    if case .advanced = first { #expect(tie) } else { #expect(!tie) }
    _ = try chain.accept(right.blocks[3], now: now)
    #expect(chain.tipHash == right.context.hash)
    #expect(try chain.store.pending() == [report])
    #expect(await ChainVerdict(checking: chain.store).finding == nil)
  }

  @Test("A reorganisation deeper than the undo data replays the chain to the same state")
  func deepReorganisation() async throws {
    let folder = try Folder()
    var fixture = LedgerFixture()
    var base = try FixtureChain(fixture)
    try base.seal(encoded: fixture.admissions, after: 86_400)
    var fork = base
    let depth = Int(LedgerStore.undoDepth) + 5
    var other = fixture
    for _ in 0..<depth {
      let report = try fixture.report(0, generated: [5], consumed: [5])
      try base.seal([.report(report)], after: 1800)
    }
    for _ in 0...depth {
      let report = try other.report(1, generated: [7], consumed: [7])
      try fork.seal([.report(report)], after: 1900)
    }
    let chain = try ActiveChain(try LedgerStore(folder: folder.path, genesis: fixture.genesis))
    let now = NetworkTime(seconds: 1 << 39)
    for block in base.blocks[1...] { _ = try chain.accept(block, now: now) }
    #expect(chain.tipHash == base.context.hash)
    for block in fork.blocks[2...] { _ = try chain.accept(block, now: now) }
    #expect(chain.tipHash == fork.context.hash)
    #expect(await ChainVerdict(checking: chain.store).finding == nil)
    #expect(try chain.store.pending().count == depth)
  }

  @Test("A fork with an invalid body is given up, whole, and its block named")
  func invalidFork() async throws {
    let folder = try Folder()
    let fixture = LedgerFixture()
    var base = try FixtureChain(fixture)
    try base.seal(encoded: fixture.admissions, after: 86_400)
    let chain = try ActiveChain(try LedgerStore(folder: folder.path, genesis: fixture.genesis))
    let now = NetworkTime(seconds: 1 << 39)
    _ = try chain.accept(base.blocks[1], now: now)
    let bad = try base.block(fixture.admissions)
    #expect {
      _ = try chain.accept(bad, now: now)
    } throws: { error in
      if case BlockRefusal.transaction(let index, _, let violation) = error {
        return index == 0 && violation.law == 7
      }
      return false
    }
    #expect(chain.tipHash == base.context.hash)
    #expect(await ChainVerdict(checking: chain.store).finding == nil)
    if case .known = try chain.accept(bad, now: now) {} else { Issue.record("it was tried again") }
  }

  @Test("Files that are foreign, damaged, newer or of another network are refused, untouched")
  func refusedFiles() throws {
    let folder = try Folder()
    let genesis = LedgerFixture().genesis
    let file = URL(fileURLWithPath: folder.ledger)
    func refusal(_ genesis: Genesis) -> StoreError? {
      do {
        _ = try LedgerStore(folder: folder.path, genesis: genesis)
        return nil
      } catch { return error }
    }
    let text = Data("just some notes\n".utf8) + Data(count: 4096)
    try text.write(to: file)
    guard case .foreign? = refusal(genesis) else { return record("text was taken") }
    #expect(try Data(contentsOf: file) == text)
    try FileManager.default.removeItem(at: file)
    let other = try DatabaseQueue(path: folder.ledger)
    try other.write { try $0.execute(sql: "CREATE TABLE t (x)") }
    try other.close()
    guard case .foreign? = refusal(genesis) else { return record("another database was taken") }
    try FileManager.default.removeItem(at: file)
    let store = try LedgerStore(folder: folder.path, genesis: genesis)
    try store.close()
    let elsewhere = LedgerFixture(rules: LedgerFixture.rules(rate: 999)).genesis
    guard case .otherNetwork? = refusal(elsewhere) else { return record("another network's file") }
    let newer = try DatabaseQueue(path: folder.ledger)
    try newer.write {
      try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99-future')")
    }
    try newer.close()
    guard case .newer? = refusal(genesis) else { return record("a newer file was taken") }
    try DatabaseQueue(path: folder.ledger).write {
      try $0.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '99-future'")
    }
    // A byte of the first table's page header: SQLite's own check finds it.
    try flip(folder.ledger, at: 4096)
    let damaged = try Data(contentsOf: file)
    guard case .damaged? = refusal(genesis) else { return record("a damaged file was taken") }
    #expect(try Data(contentsOf: file) == damaged)
  }

  private func record(_ text: String) { Issue.record(Comment(rawValue: text)) }

  @Test("A missing folder is said to be missing")
  func missing() throws {
    let folder = try Folder()
    #expect {
      _ = try LedgerStore.reading(folder: folder.path, genesis: LedgerFixture().genesis)
    } throws: { error in
      if case StoreError.missing = error { return true }
      return false
    }
  }

  @Test("A waiting transaction that does not decode is refused, and one that got in stops nobody")
  func badPending() async throws {
    let folder = try Folder()
    let fixture = LedgerFixture()
    let store = try LedgerStore(folder: folder.path, genesis: fixture.genesis)
    let bad = EncodedTransaction(
      .retire(
        Retire(
          owner: fixture.homes[0].member.id, lot: LotId(.zero), part: .all, purpose: "a\nb",
          beneficiary: "c", network: fixture.network, signedBy: fixture.homes[0].memberKey)))
    #expect(throws: StoreError.self) { try store.addPending(bad) }
    try await store.pool.write { db in
      try db.execute(
        sql: "INSERT INTO pending (hash, bytes) VALUES (?, ?)",
        arguments: [Data([1]), Data(bad.bytes)])
    }
    try store.addPending(fixture.admissions[0])
    #expect(try store.pending() == [fixture.admissions[0]])
    #expect(try ActiveChain(store).tip.height == 0, "a node starts on it")
  }

  @Test("A reader of one moment does not see what is written after it")
  func frozen() async throws {
    let folder = try Folder()
    let history = try BlockHistory(count: 8)
    let chain = try ActiveChain(
      try LedgerStore(folder: folder.path, genesis: history.fixture.genesis))
    let now = NetworkTime(seconds: 1 << 39)
    for block in history.blocks.prefix(4) { _ = try chain.accept(block, now: now) }
    let moment = try chain.store.frozen()
    let height = chain.tip.height
    for block in history.blocks.dropFirst(4) { _ = try chain.accept(block, now: now) }
    #expect(try moment.height() == height && chain.store.height() == chain.tip.height)
    #expect(chain.tip.height > height)
    #expect(await ChainVerdict(checking: moment).finding == nil)
    #expect(await ChainVerdict(checking: chain.store).finding == nil)
  }

  @Test("An upgrade keeps the file as it was, and the version before opens that again")
  func upgradeAndBack() throws {
    let folder = try Folder()
    let path = folder.file("a.sqlite")
    func open(_ migrations: Int) throws -> DatabasePool {
      var migrator = DatabaseMigrator()
      for number in 1...migrations {
        migrator.registerMigration("\(number)-table") { db in
          try db.execute(sql: "PRAGMA application_id = 7")
          try db.execute(sql: "CREATE TABLE t\(number) (value INTEGER)")
        }
      }
      return try DatabaseFile.open(path, applicationId: 7, migrator: migrator, keepsOld: true)
    }
    let before = try open(1)
    try before.write { try $0.execute(sql: "INSERT INTO t1 VALUES (5)") }
    try before.close()
    try open(2).close()
    #expect(throws: StoreError.self) { try open(1) }
    for file in ["a.sqlite", "a.sqlite-wal", "a.sqlite-shm"] {
      try? FileManager.default.removeItem(atPath: folder.file(file))
    }
    try FileManager.default.moveItem(atPath: folder.file("a.sqlite.1-table"), toPath: path)
    #expect(try open(1).read { try Int.fetchOne($0, sql: "SELECT value FROM t1") } == 5)
  }

  @Test("Every commit is synced: a power cut takes nothing that was said to be kept")
  func synced() throws {
    let folder = try Folder()
    let pool = try DatabaseFile.open(
      folder.file("a.sqlite"), applicationId: 1, migrator: DatabaseMigrator())
    #expect(try pool.write { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
  }

  @Test("A full disk stops the writing with a clear error; nothing is lost or half-written")
  func diskFull() async throws {
    let folder = try Folder()
    let history = try BlockHistory(count: 32)
    let chain = try ActiveChain(
      try LedgerStore(folder: folder.path, genesis: history.fixture.genesis))
    let now = NetworkTime(seconds: 1 << 39)
    _ = try chain.accept(history.blocks[0], now: now)
    func limit(_ pages: Int64) throws {
      try chain.store.pool.write { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
    }
    let pages =
      try await chain.store.pool.read { try Int64.fetchOne($0, sql: "PRAGMA page_count") } ?? 0
    try limit(pages + 2)
    var refused: BlockRefusal?
    var height = chain.tip.height
    for block in history.blocks.dropFirst() {
      do { _ = try chain.accept(block, now: now) } catch {
        refused = error
        break
      }
      height = chain.tip.height
    }
    guard case .ownFault(let reason)? = refused else {
      return record("the full disk was not our own fault: \(String(describing: refused))")
    }
    #expect(reason.contains("full"))
    #expect(chain.tip.height == height)
    #expect(await ChainVerdict(checking: chain.store).finding == nil)
    try limit(1 << 30)
    let again = try ActiveChain(
      try LedgerStore(folder: folder.path, genesis: history.fixture.genesis))
    for block in history.blocks.dropFirst() { _ = try again.accept(block, now: now) }
    #expect(again.tipHash == history.scenario.context.hash)
  }

  @Test(
    "Any flipped byte of any block is found, with block, law and, where it can be told, transaction"
  )
  func flips() async throws {
    let folder = try Folder()
    let history = try BlockHistory(count: 4)
    let store = try history.store(in: folder).store
    var random = SeededGenerator(seed: 7)
    var named = 0
    for _ in 0..<150 {
      let height = Int64.random(in: 0...(Int64(try store.height())), using: &random)
      let column = ["header", "body"].randomElement(using: &random) ?? "body"
      let before = try store.read {
        try Data.fetchOne(
          $0, sql: "SELECT \(column) FROM block WHERE status = 1 AND height = ?",
          arguments: [height])
      }
      let good = try #require(before)
      var bad = good
      let offset = Int.random(in: 0..<bad.count, using: &random)
      bad[offset] ^= UInt8.random(in: 1...255, using: &random)
      func put(_ bytes: Data) throws {
        try store.write {
          try $0.execute(
            sql: "UPDATE block SET \(column) = ? WHERE status = 1 AND height = ?",
            arguments: [bytes, height])
        }
      }
      try put(bad)
      let finding = await ChainVerdict(checking: store).finding
      // A flipped header may be found at the next block, whose parent it then is not.
      let place = try #require(finding?.height, "byte \(offset) of \(column) \(height)")
      #expect(place == UInt64(height) && finding?.law != nil)
      if column == "body", finding?.transaction != nil { named += 1 }
      try put(good)
    }
    #expect(named > 40, "transactions are named where they can be told")
    #expect(await ChainVerdict(checking: store).finding == nil)
  }

  @Test("A state that is not what the chain gives is found")
  func forgedState() async throws {
    let folder = try Folder()
    let history = try BlockHistory(count: 3)
    let store = try history.store(in: folder).store
    try store.write { db in
      let kind = StateKey.Kind.coins.rawValue
      let row = try Row.fetchOne(db, sql: "SELECT entity, entry FROM state WHERE kind = \(kind)")
      var entry: Data = row?["entry"] ?? Data()
      entry[0] ^= 1
      try db.execute(
        sql: "UPDATE state SET entry = ? WHERE kind = ? AND entity = ?",
        arguments: [entry, kind, row?["entity"] as Int64?])
    }
    #expect(await ChainVerdict(checking: store).finding?.reason.contains("coins") == true)
    #expect(throws: ChainFault.self) { _ = try ActiveChain(store) }
  }

  @Test("Waiting transactions survive a restart, and leave when they are sealed")
  func pending() throws {
    let folder = try Folder()
    let fixture = LedgerFixture()
    var store: LedgerStore? = try LedgerStore(folder: folder.path, genesis: fixture.genesis)
    for transaction in fixture.admissions { try store?.addPending(transaction) }
    try store?.addPending(fixture.admissions[0])
    store = nil
    let chain = try ActiveChain(try LedgerStore(folder: folder.path, genesis: fixture.genesis))
    #expect(try chain.store.pending() == fixture.admissions)
    var memory = try FixtureChain(fixture)
    try memory.seal(encoded: Array(fixture.admissions.prefix(2)), after: 86_400)
    _ = try chain.accept(memory.blocks[1], now: NetworkTime(seconds: 1 << 39))
    #expect(try chain.store.pending() == Array(fixture.admissions.suffix(2)))
  }
}
