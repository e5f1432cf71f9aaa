// SPDX-License-Identifier: Apache-2.0

import CLibcrypto
public import CanonicalCoding

/// SHA-256 by libcrypto's low-level interface. Source: FIPS 180-4; Docs/design.md §4.
public struct SHA256: Sendable {
  var state = hinata_sha256_state()

  /// A computation over no bytes yet.
  public init() { hinata_sha256_start(&state) }

  /// Takes more bytes.
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { hinata_sha256_update(&state, $0.baseAddress, $0.count) }
  }

  /// Takes 32 more bytes.
  public mutating func update(_ value: Bytes32) {
    value.withBytes { hinata_sha256_update(&state, $0.baseAddress, $0.count) }
  }

  /// The digest of all bytes taken; the computation may not go on.
  public mutating func finish() -> Bytes32 {
    withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { digest in
      guard let address = digest.baseAddress else { return .zero }
      hinata_sha256_finish(&state, address.assumingMemoryBound(to: UInt8.self))
      return Bytes32(loading: address)
    }
  }

  /// The digest of `bytes`.
  public static func digest(_ bytes: [UInt8]) -> Bytes32 {
    bytes.withUnsafeBytes { digest($0) }
  }

  /// The digest of a run of bytes.
  public static func digest(_ bytes: UnsafeRawBufferPointer) -> Bytes32 {
    withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { digest in
      guard let address = digest.baseAddress else { return .zero }
      hinata_sha256(bytes.baseAddress, bytes.count, address.assumingMemoryBound(to: UInt8.self))
      return Bytes32(loading: address)
    }
  }

  /// The digest of a tag byte and two digests: an inner node of a Merkle tree.
  public static func digest(tag: UInt8, _ left: Bytes32, _ right: Bytes32) -> Bytes32 {
    withUnsafeTemporaryAllocation(byteCount: 65, alignment: 8) { buffer in
      buffer[0] = tag
      left.withBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1...]).copyMemory(from: $0) }
      right.withBytes {
        UnsafeMutableRawBufferPointer(rebasing: buffer[33...]).copyMemory(from: $0)
      }
      return digest(UnsafeRawBufferPointer(buffer))
    }
  }

  /// The digest of a name (ASCII, its length first) and bytes: ids of different kinds never meet.
  public static func digest(name: StaticString, _ bytes: [UInt8]) -> Bytes32 {
    var input: [UInt8] = [UInt8(name.utf8CodeUnitCount)]
    name.withUTF8Buffer { input.append(contentsOf: $0) }
    input.append(contentsOf: bytes)
    return digest(input)
  }
}
