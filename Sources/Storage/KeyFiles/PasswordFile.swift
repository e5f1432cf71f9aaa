// SPDX-License-Identifier: Apache-2.0

import CSodium
public import Foundation

/// A file that tells whether a password is the right one, and nothing else: Argon2id with its salt
/// and costs. Readable by its owner alone. Source: libsodium (crypto_pwhash_str).
public struct PasswordFile: Sendable {
  /// Passwords shorter than this are refused.
  public static let shortest = 8
  private let file: URL

  /// The file at a place, whether there is one or not.
  public init(_ file: URL) { self.file = file }

  /// Whether a password was set.
  public var exists: Bool { FileManager.default.fileExists(atPath: file.path) }

  /// Sets a password.
  /// - Throws: `KeyFileError` where it cannot be written.
  public func set(_ password: String) throws(KeyFileError) {
    var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
    guard
      crypto_pwhash_str(
        &text, password, UInt64(password.utf8.count),
        UInt64(crypto_pwhash_opslimit_interactive()), crypto_pwhash_memlimit_interactive()) == 0
    else { throw .system(path: file.path, reason: "not enough memory for Argon2id") }
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let temporary = file.appendingPathExtension("new")
    guard
      FileManager.default.createFile(
        atPath: temporary.path, contents: Data(bytes), attributes: [.posixPermissions: 0o600]),
      rename(temporary.path, file.path) == 0
    else { throw .system(path: file.path, reason: "it cannot be written; check its folder") }
  }

  /// Whether this is the password.
  public func matches(_ password: String) -> Bool {
    guard let data = FileManager.default.contents(atPath: file.path),
      data.count < Int(crypto_pwhash_STRBYTES)
    else { return false }
    var text = data.map { CChar(bitPattern: $0) }
    text += [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES) - text.count)
    return crypto_pwhash_str_verify(text, password, UInt64(password.utf8.count)) == 0
  }
}
