// SPDX-License-Identifier: Apache-2.0

import CLibcrypto
public import CanonicalCoding

/// The search for a nonce with the hash state kept up to the last block of the message.
/// One compression a nonce, since the tail fits one block. Source: Docs/design.md §6.1.
public struct NonceSearch: Sendable {
  private let prefix: hinata_sha256_state
  private let tail: [UInt8]
  private let target: [UInt8]

  /// A search over `message`, whose last 8 bytes are the nonce.
  /// - Returns: nil when the bytes after the last whole 64-byte block are not 8…55.
  public init?(message: [UInt8], target: Bytes32) {
    let whole = message.count / 64 * 64
    guard (8...55).contains(message.count - whole) else { return nil }
    var hash = SHA256()
    hash.update(Array(message[..<whole]))
    prefix = hash.state
    tail = Array(message[whole...])
    self.target = target.bytes
  }

  /// Tries `count` nonces from `first` on.
  /// - Returns: the first nonce whose digest is at most the target, or nil.
  public func search(from first: UInt64, count: UInt64) -> UInt64? {
    var found: UInt64 = 0
    var state = prefix
    return hinata_sha256_search(&state, tail, tail.count, first, count, target, &found) == 1
      ? found : nil
  }
}
