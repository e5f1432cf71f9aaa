// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import KeyFiles
import LedgerCrypto
import Logging
import Testing

@testable import Explorer

@Suite("Who may see a home's pages")
struct ExplorerTests {
  @Test("A home is opened by its code once and by its password after, and not by trying")
  func access() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-home-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let access = try HouseholdAccess(folder: folder, logger: logger)
    let file = folder.appendingPathComponent(HouseholdAccess.codeFile)
    let code = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .newlines)
    let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
    #expect(code.count == 8 && mode as? Int == 0o600)
    #expect(throws: HouseholdAccess.Refusal.self) {
      try access.setUp(code: "0", password: "long enough", client: "192.168.1.5")
    }
    #expect(throws: HouseholdAccess.Refusal.self) {
      try access.setUp(code: code, password: "short", client: "192.168.1.5")
    }
    let token = try access.setUp(code: code, password: "long enough", client: "192.168.1.5")
    #expect(token.count == 64 && !FileManager.default.fileExists(atPath: file.path))
    #expect(throws: HouseholdAccess.Refusal.self) {
      try access.setUp(code: code, password: "another one", client: "192.168.1.5")
    }
    #expect(try access.logIn(password: "long enough", client: "192.168.1.5") != token)
    for _ in 0..<5 {
      #expect(throws: HouseholdAccess.Refusal.self) {
        try access.logIn(password: "wrong", client: "192.168.1.5")
      }
    }
    let refused = #expect(throws: HouseholdAccess.Refusal.self) {
      try access.logIn(password: "long enough", client: "192.168.1.5")
    }
    #expect(refused?.status == .tooManyRequests, "after five wrong tries even the right one waits")
    #expect(
      try access.logIn(password: "long enough", client: "192.168.1.9").isEmpty == false,
      "who guesses holds up nobody else")
    let later = try HouseholdAccess(folder: folder, logger: logger)
    #expect(!FileManager.default.fileExists(atPath: file.path), "no second code")
    #expect(try later.logIn(password: "long enough", client: "192.168.1.5").isEmpty == false)
  }

  @Test("Guesses at a key's password are counted apart: a right log-in forgives none of them")
  func keys() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-office-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let access = try HouseholdAccess(folder: folder, logger: logger)
    let code = try String(
      contentsOf: folder.appendingPathComponent(HouseholdAccess.codeFile), encoding: .utf8
    ).trimmingCharacters(in: .newlines)
    _ = try access.setUp(code: code, password: "long enough", client: "192.168.1.5")
    let file = folder.appendingPathComponent("operator.key")
    #expect(throws: KeyFileError.self, "a file that is not there is no wrong password") {
      try access.key(file, password: "right")
    }
    let seed = KeyFile.randomSeed()
    try KeyFile.write(seed: seed, to: file.path, password: "right", cost: .least)
    #expect(
      try access.key(file, password: "right").publicKey == KeyPair(seed: seed).publicKey)
    for _ in 0..<5 {
      let wrong = #expect(throws: HouseholdAccess.Refusal.self) {
        try access.key(file, password: "wrong")
      }
      #expect(wrong?.status == HouseholdAccess.Refusal.wrong.status)
      _ = try access.logIn(password: "long enough", client: "192.168.1.5")
    }
    let paused = #expect(throws: HouseholdAccess.Refusal.self) {
      try access.key(file, password: "right")
    }
    #expect(paused?.status == .tooManyRequests)
  }
}
