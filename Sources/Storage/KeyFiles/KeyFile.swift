// SPDX-License-Identifier: Apache-2.0

import CSodium
public import CanonicalCoding
import Foundation
public import LedgerCrypto

/// Why a key file cannot be used.
public enum KeyFileError: Error, Sendable, CustomStringConvertible {
  /// There is no such file, or it cannot be read.
  case missing(path: String)
  /// The file exists; a key is never overwritten.
  case exists(path: String)
  /// Others than the owner may read the file.
  case open(path: String, permissions: Int)
  /// The file is no key file of this version.
  case malformed(path: String)
  /// The password is not the one that the key was sealed with.
  case wrongPassword(path: String)
  /// There was not enough memory for Argon2id, or the disk refused the file.
  case system(path: String, reason: String)

  /// The text for people.
  public var description: String {
    switch self {
    case .missing(let path):
      "There is no key file at \(path). Make one with: hinata key new \(path)"
    case .exists(let path): "\(path) exists already; a key file is never overwritten."
    case .open(let path, let permissions):
      "\(path) may be read by others (mode \(String(permissions, radix: 8))). "
        + "Close it with: chmod 600 \(path)"
    case .malformed(let path): "\(path) is no key file of this version of Hinata."
    case .wrongPassword(let path): "The password does not open \(path)."
    case .system(let path, let reason): "\(path): \(reason)"
    }
  }
}

/// An Ed25519 key in a file that only its owner may read, sealed by a password: Argon2id makes the
/// key of a secretbox around the seed. Source: Docs/design.md §4; libsodium (crypto_pwhash,
/// crypto_secretbox).
///
/// Text: JSON with `version`, `publicKey`, `salt`, `nonce`, `sealed` in hexadecimal and the costs.
public enum KeyFile {
  private struct Form: Codable {
    let version: Int
    let publicKey: String
    let operations: UInt64
    let memoryBytes: Int
    let salt: String
    let nonce: String
    let sealed: String

    var box: PasswordBox {
      PasswordBox(
        operations: operations, memoryBytes: memoryBytes, salt: salt, nonce: nonce, sealed: sealed)
    }
  }

  /// How dear guessing a password is.
  public enum Cost: Sendable {
    /// Argon2id moderate: 256 MiB, under a second.
    case usual
    /// Argon2id at its least, for tests and demos.
    case least

    var operations: UInt64 { self == .usual ? 3 : 1 }
    var memoryBytes: Int { self == .usual ? 268_435_456 : 8192 }
  }

  /// A new random seed.
  public static func randomSeed() -> Bytes32 {
    var bytes = [UInt8](repeating: 0, count: 32)
    guard sodium_init() >= 0 else { return .zero }
    randombytes_buf(&bytes, 32)
    return Bytes32(bytes) ?? .zero
  }

  /// Seals `seed` in a new file with mode 0600.
  public static func write(
    seed: Bytes32, to path: String, password: String, cost: Cost = .usual
  ) throws(KeyFileError) {
    guard !FileManager.default.fileExists(atPath: path) else { throw .exists(path: path) }
    let box = try PasswordBox(sealing: seed.bytes, password: password, cost: cost, path: path)
    let form = Form(
      version: 1, publicKey: KeyPair(seed: seed).publicKey.value.hex,
      operations: box.operations, memoryBytes: box.memoryBytes, salt: box.salt, nonce: box.nonce,
      sealed: box.sealed)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    do {
      let folder = (path as NSString).deletingLastPathComponent
      if !folder.isEmpty {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true)
      }
      let data = try encoder.encode(form)
      guard
        FileManager.default.createFile(
          atPath: path, contents: data, attributes: [.posixPermissions: 0o600])
      else { throw KeyFileError.system(path: path, reason: "the file cannot be written") }
    } catch let error as KeyFileError {
      throw error
    } catch { throw .system(path: path, reason: "\(error)") }
  }

  /// Opens a key file.
  public static func open(_ path: String, password: String) throws(KeyFileError) -> KeyPair {
    let form = try load(path)
    guard let bytes = Bytes32(try form.box.open(password: password, path: path)) else {
      throw .malformed(path: path)
    }
    let pair = KeyPair(seed: bytes)
    guard pair.publicKey.value.hex == form.publicKey else { throw .malformed(path: path) }
    return pair
  }

  /// The public half of a key file, without its password.
  public static func publicKey(_ path: String) throws(KeyFileError) -> PublicKey {
    guard let value = Bytes32(hex: try load(path).publicKey) else { throw .malformed(path: path) }
    return PublicKey(value)
  }

  private static func load(_ path: String) throws(KeyFileError) -> Form {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .missing(path: path)
    }
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0
    guard mode & 0o077 == 0 else { throw .open(path: path, permissions: mode) }
    guard let form = try? JSONDecoder().decode(Form.self, from: data), form.version == 1 else {
      throw .malformed(path: path)
    }
    return form
  }
}
