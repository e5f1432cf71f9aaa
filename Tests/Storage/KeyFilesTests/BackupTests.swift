// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation
import KeyFiles
import LedgerCrypto
import Testing

@Suite("Backups of keys")
struct BackupTests {
  private static func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-backup-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  @Test("Words stay as they are, come back in any case and form, and find a slip in each place")
  func words() throws {
    let rest = String(repeating: "0123456789abcdef", count: 3)
    let seed = try #require(Bytes32(hex: "7f0000013f760723" + rest))
    let words = PaperWords.words(seed)
    #expect(words.count == 17)
    // The examples of the proposal: 127.0.0.1 and 63.118.7.35.
    #expect(words.prefix(4).joined(separator: " ") == "lusab babad gutuk bisog")
    #expect(PaperWords.secret(words.joined(separator: " ")) == seed)
    #expect(PaperWords.secret(words.joined(separator: "-\n").uppercased()) == seed)
    for place in words.indices {
      var wrong = words
      wrong[place] = wrong[place] == "babab" ? "babad" : "babab"
      #expect(PaperWords.secret(wrong.joined(separator: " ")) == nil)
    }
    #expect(PaperWords.secret(words.dropLast().joined(separator: " ")) == nil)
    #expect(PaperWords.secret("") == nil && PaperWords.secret("hello world") == nil)
  }

  @Test("A backup brings keys and settings back, into an empty folder alone, by its password alone")
  func backup() throws {
    let (old, new) = (try Self.folder(), try Self.folder())
    defer { for folder in [old, new] { try? FileManager.default.removeItem(at: folder) } }
    let seed = KeyFile.randomSeed()
    try KeyFile.write(
      seed: seed, to: old.appendingPathComponent("keys/site.key").path, password: "inner",
      cost: .least)
    try Data("{}".utf8).write(to: old.appendingPathComponent("home.json"))
    try Data("much".utf8).write(to: old.appendingPathComponent("ledger.sqlite"))
    let file = old.appendingPathComponent("home.backup").path
    let names = try BackupFile.write(folder: old, to: file, password: "outer", cost: .least)
    #expect(names == ["home.json", "keys/site.key"])
    #expect(throws: KeyFileError.self) {
      try BackupFile.write(folder: old, to: file, password: "outer", cost: .least)
    }
    #expect(throws: KeyFileError.self) {
      try BackupFile.restore(file, to: new, password: "other")
    }
    #expect(try BackupFile.restore(file, to: new, password: "outer") == names)
    let key = try KeyFile.open(
      new.appendingPathComponent("keys/site.key").path, password: "inner")
    #expect(key.seed == seed)
    #expect(throws: KeyFileError.self) {
      try BackupFile.restore(file, to: new, password: "outer")
    }
  }
}
