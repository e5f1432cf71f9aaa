// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation
import KeyFiles
import LedgerCrypto
import Testing

@Suite("Key files")
struct KeyFileTests {
  private let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("hinata-key-\(UUID().uuidString)").path

  private func failure(_ password: String) -> KeyFileError? {
    do {
      _ = try KeyFile.open(path, password: password)
      return nil
    } catch { return error }
  }

  @Test("A key comes back with its password alone, from a file that only its owner may read")
  func roundTrip() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let seed = KeyFile.randomSeed()
    try KeyFile.write(seed: seed, to: path, password: "さくら", cost: .least)
    #expect(try KeyFile.open(path, password: "さくら").seed == seed)
    #expect(try KeyFile.publicKey(path) == KeyPair(seed: seed).publicKey)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(!text.contains(seed.hex))
    #expect("\(try KeyFile.open(path, password: "さくら"))".contains(seed.hex) == false)
    if case .wrongPassword? = failure("さくらんぼ") {} else { Issue.record("a wrong password opened") }
  }

  @Test("An open, damaged or missing file and an overwritten key are refused")
  func refusals() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    if case .missing? = failure("x") {} else { Issue.record("missing") }
    try KeyFile.write(seed: KeyFile.randomSeed(), to: path, password: "x", cost: .least)
    #expect(throws: KeyFileError.self) {
      try KeyFile.write(seed: KeyFile.randomSeed(), to: path, password: "x", cost: .least)
    }
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    if case .open? = failure("x") {} else { Issue.record("others may read it") }
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    var text = try String(contentsOfFile: path, encoding: .utf8)
    text = text.replacing("\"version\" : 1", with: "\"version\" : 2")
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    if case .malformed? = failure("x") {} else { Issue.record("another version") }
  }
}
