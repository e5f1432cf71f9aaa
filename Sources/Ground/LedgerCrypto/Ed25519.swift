// SPDX-License-Identifier: Apache-2.0

import CSodium
public import CanonicalCoding

/// An Ed25519 public key of the prime-order subgroup. Source: RFC 8032;
/// Docs/decisions/0003-signature-equation.md.
public struct PublicKey: Hashable, Comparable, Sendable, Canonical, CustomStringConvertible {
  /// The encoded point.
  public let value: Bytes32

  /// The key with these bytes, unchecked; `isValid` says whether it may be admitted.
  public init(_ value: Bytes32) { self.value = value }

  /// Reads 32 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) { value = try input.readBytes32() }

  /// Appends 32 bytes.
  public func encode(to output: inout ByteWriter) { output.write(value) }

  /// Whether the point is canonical, on the curve, of the prime-order subgroup and not of small
  /// order. Only such keys are admitted, which makes the cofactored equation safe to batch.
  public var isValid: Bool { crypto_core_ed25519_is_valid_point(value.bytes) == 1 }

  /// Orders by bytes.
  public static func < (left: PublicKey, right: PublicKey) -> Bool { left.value < right.value }

  /// The first eight hexadecimal digits and an ellipsis.
  public var description: String { value.description }
}

/// An Ed25519 signature. Source: RFC 8032.
public struct Signature: Hashable, Sendable, Canonical, CustomStringConvertible {
  /// The point R and the scalar S.
  public let r: Bytes32
  public let s: Bytes32

  /// The signature with these halves.
  public init(r: Bytes32, s: Bytes32) {
    self.r = r
    self.s = s
  }

  /// Reads 64 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    r = try input.readBytes32()
    s = try input.readBytes32()
  }

  /// Appends 64 bytes.
  public func encode(to output: inout ByteWriter) {
    output.write(r)
    output.write(s)
  }

  /// The first eight hexadecimal digits and an ellipsis.
  public var description: String { r.description }

  /// Whether `key` signed `message`.
  ///
  /// The law is the cofactored equation 8·S·B = 8·R + 8·h·A. libsodium checks the cofactorless one,
  /// which implies it and settles all honest signatures; the rest go the slow way, so that a batch
  /// check and this one can never differ. Source: Docs/decisions/0003-signature-equation.md.
  public func isValid(for message: [UInt8], by key: PublicKey) -> Bool {
    isAcceptedBySodium(message, key) || satisfiesCofactoredEquation(message, key)
  }

  private func isAcceptedBySodium(_ message: [UInt8], _ key: PublicKey) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 96, alignment: 8) { buffer in
      for (index, part) in [r, s, key.value].enumerated() {
        part.withBytes {
          UnsafeMutableRawBufferPointer(rebasing: buffer[(index * 32)...]).copyMemory(from: $0)
        }
      }
      guard let start = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
        return false
      }
      return crypto_sign_verify_detached(start, message, UInt64(message.count), start + 64) == 0
    }
  }

  private func satisfiesCofactoredEquation(_ message: [UInt8], _ key: PublicKey) -> Bool {
    guard key.isValid, isReducedScalar(s), isCanonicalPoint(r) else { return false }
    var wide = [UInt8](repeating: 0, count: 64)
    let input = r.bytes + key.value.bytes + message
    guard crypto_hash_sha512(&wide, input, UInt64(input.count)) == 0 else { return false }
    var h = [UInt8](repeating: 0, count: 32)
    crypto_core_ed25519_scalar_reduce(&h, wide)
    var base = [UInt8](repeating: 0, count: 32)
    var product = [UInt8](repeating: 0, count: 32)
    // S = 0 and h = 0 have no honest signature: libsodium refuses them here and so does the law.
    guard crypto_scalarmult_ed25519_base_noclamp(&base, s.bytes) == 0,
      crypto_scalarmult_ed25519_noclamp(&product, h, key.value.bytes) == 0,
      let left = Signature.eightfold(base), let right = Signature.eightfold(product),
      let point = Signature.eightfold(r.bytes)
    else { return false }
    var sum = [UInt8](repeating: 0, count: 32)
    return crypto_core_ed25519_add(&sum, right, point) == 0 && sum == left
  }

  private func isReducedScalar(_ scalar: Bytes32) -> Bool {
    var reduced = [UInt8](repeating: 0, count: 32)
    crypto_core_ed25519_scalar_reduce(&reduced, scalar.bytes + [UInt8](repeating: 0, count: 32))
    return reduced == scalar.bytes
  }

  /// Whether bytes are the one form of their point: what adding nothing gives back.
  private func isCanonicalPoint(_ point: Bytes32) -> Bool {
    let nothing: [UInt8] = [1] + [UInt8](repeating: 0, count: 31)
    var same = [UInt8](repeating: 0, count: 32)
    return crypto_core_ed25519_add(&same, point.bytes, nothing) == 0 && same == point.bytes
  }

  private static func eightfold(_ point: [UInt8]) -> [UInt8]? {
    var value = point
    for _ in 0..<3 {
      var doubled = [UInt8](repeating: 0, count: 32)
      guard crypto_core_ed25519_add(&doubled, value, value) == 0 else { return nil }
      value = doubled
    }
    return value
  }
}

/// An Ed25519 key pair. The seed comes in as a value; it is never printed.
public struct KeyPair: Sendable, CustomStringConvertible {
  /// The public half.
  public let publicKey: PublicKey
  /// The 32 secret bytes from which both halves follow.
  public let seed: Bytes32
  private let secret: [UInt8]

  /// The pair that `seed` determines.
  public init(seed: Bytes32) {
    var open = [UInt8](repeating: 0, count: 32)
    var secret = [UInt8](repeating: 0, count: 64)
    crypto_sign_seed_keypair(&open, &secret, seed.bytes)
    publicKey = PublicKey(Bytes32(open) ?? .zero)
    self.secret = secret
    self.seed = seed
  }

  /// Signs `message`; the same message gives the same signature.
  public func sign(_ message: [UInt8]) -> Signature {
    var signature = [UInt8](repeating: 0, count: 64)
    crypto_sign_detached(&signature, nil, message, UInt64(message.count), secret)
    return Signature(
      r: Bytes32(signature[..<32]) ?? .zero, s: Bytes32(signature[32...]) ?? .zero)
  }

  /// The public key alone.
  public var description: String { "key pair \(publicKey)" }
}
