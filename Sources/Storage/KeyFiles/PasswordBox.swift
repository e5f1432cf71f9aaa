// SPDX-License-Identifier: Apache-2.0

import CSodium
import CanonicalCoding
import LedgerCrypto

/// Bytes sealed by a password: Argon2id makes the key of a secretbox. All fields but the costs are
/// hexadecimal. Source: libsodium (crypto_pwhash, crypto_secretbox).
struct PasswordBox: Codable {
  let operations: UInt64
  let memoryBytes: Int
  let salt: String
  let nonce: String
  let sealed: String

  /// A box with these parts.
  init(operations: UInt64, memoryBytes: Int, salt: String, nonce: String, sealed: String) {
    self.operations = operations
    self.memoryBytes = memoryBytes
    self.salt = salt
    self.nonce = nonce
    self.sealed = sealed
  }

  /// Seals bytes. `path` names the file in errors.
  init(
    sealing bytes: [UInt8], password: String, cost: KeyFile.Cost, path: String
  ) throws(KeyFileError) {
    let salt = Array(KeyFile.randomSeed().bytes.prefix(Int(crypto_pwhash_SALTBYTES)))
    let nonce = Array(KeyFile.randomSeed().bytes.prefix(Int(crypto_secretbox_NONCEBYTES)))
    let key = try PasswordBox.key(password, salt, cost.operations, cost.memoryBytes, path)
    var sealed = [UInt8](repeating: 0, count: bytes.count + Int(crypto_secretbox_MACBYTES))
    crypto_secretbox_easy(&sealed, bytes, UInt64(bytes.count), nonce, key)
    operations = cost.operations
    memoryBytes = cost.memoryBytes
    self.salt = salt.hex
    self.nonce = nonce.hex
    self.sealed = sealed.hex
  }

  /// The bytes again.
  func open(password: String, path: String) throws(KeyFileError) -> [UInt8] {
    guard let salt = [UInt8](hex: salt), salt.count == Int(crypto_pwhash_SALTBYTES),
      let nonce = [UInt8](hex: nonce), nonce.count == Int(crypto_secretbox_NONCEBYTES),
      let sealed = [UInt8](hex: sealed), sealed.count >= Int(crypto_secretbox_MACBYTES),
      memoryBytes <= 1 << 31, operations <= 100
    else { throw .malformed(path: path) }
    let key = try PasswordBox.key(password, salt, operations, memoryBytes, path)
    var bytes = [UInt8](repeating: 0, count: sealed.count - Int(crypto_secretbox_MACBYTES))
    guard crypto_secretbox_open_easy(&bytes, sealed, UInt64(sealed.count), nonce, key) == 0 else {
      throw .wrongPassword(path: path)
    }
    return bytes
  }

  private static func key(
    _ password: String, _ salt: [UInt8], _ operations: UInt64, _ memory: Int, _ path: String
  ) throws(KeyFileError) -> [UInt8] {
    guard sodium_init() >= 0 else {
      throw .system(path: path, reason: "libsodium does not start")
    }
    var key = [UInt8](repeating: 0, count: Int(crypto_secretbox_KEYBYTES))
    let text = Array(password.utf8).map { CChar(bitPattern: $0) }
    guard
      crypto_pwhash(
        &key, UInt64(key.count), text, UInt64(text.count), salt, operations, memory,
        crypto_pwhash_ALG_ARGON2ID13) == 0
    else { throw .system(path: path, reason: "there is not enough memory for Argon2id") }
    return key
  }
}
