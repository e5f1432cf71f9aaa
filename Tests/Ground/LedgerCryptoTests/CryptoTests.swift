// SPDX-License-Identifier: Apache-2.0

import CSodium
import CanonicalCoding
import LedgerCrypto
import Testing

@Suite("Hashes, signatures and Merkle trees")
struct CryptoTests {
  @Test("SHA-256 gives the digests of FIPS 180-4, in one go and in pieces")
  func sha256() {
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(SHA256.digest(Array("abc".utf8)).hex == abc)
    let long = [UInt8]((0..<1000).map { UInt8($0 & 255) })
    for cut in [0, 1, 55, 56, 63, 64, 65, 128, 999] {
      var hash = SHA256()
      hash.update(Array(long[..<cut]))
      hash.update(Array(long[cut...]))
      #expect(hash.finish() == SHA256.digest(long))
    }
  }

  @Test("The nonce search finds the first nonce whose plain digest meets the target")
  func search() throws {
    var message = [UInt8](repeating: 7, count: 178)
    let target = try #require(Bytes32(hex: "00ff" + String(repeating: "f", count: 60)))
    let search = try #require(NonceSearch(message: message, target: target))
    let found = try #require(search.search(from: 0, count: 100_000))
    func digest(_ nonce: UInt64) -> Bytes32 {
      for index in 0..<8 {
        message[170 + index] = UInt8(truncatingIfNeeded: nonce >> UInt64(56 - 8 * index))
      }
      return SHA256.digest(message)
    }
    #expect(digest(found) <= target)
    for nonce in 0..<found { #expect(digest(nonce) > target) }
    #expect(search.search(from: 0, count: found) == nil)
    #expect(NonceSearch(message: [UInt8](repeating: 0, count: 188), target: target) == nil)
  }

  @Test("RFC 8032's first vector signs and verifies; every changed bit does not")
  func signatures() throws {
    let seed = try #require(
      Bytes32(hex: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    let key = KeyPair(seed: seed)
    #expect(
      key.publicKey.value.hex
        == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    let signature = key.sign([])
    #expect(
      signature.bytes.hex
        == "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e"
        + "39701cf9b46bd25bf5f0595bbe24655141438e7a100b")
    #expect(signature.isValid(for: [], by: key.publicKey))
    for position in 0..<64 {
      var bytes = signature.bytes
      bytes[position] ^= 1
      #expect(try !Signature(exactly: bytes).isValid(for: [], by: key.publicKey))
    }
  }

  /// The secret key times the hash of R, the public key and a message: what R's own scalar is added
  /// to. Source: RFC 8032 §5.1.6.
  private static func answer(
    to point: [UInt8], _ message: [UInt8], by key: KeyPair
  ) -> [UInt8] {
    func reduced(_ wide: [UInt8]) -> [UInt8] {
      var scalar = [UInt8](repeating: 0, count: 32)
      crypto_core_ed25519_scalar_reduce(&scalar, wide)
      return scalar
    }
    var extended = [UInt8](repeating: 0, count: 64)
    crypto_hash_sha512(&extended, key.seed.bytes, 32)
    var secret = Array(extended[..<32])
    secret[0] &= 248
    secret[31] = (secret[31] & 127) | 64
    var wide = [UInt8](repeating: 0, count: 64)
    let input = point + key.publicKey.value.bytes + message
    crypto_hash_sha512(&wide, input, UInt64(input.count))
    var product = [UInt8](repeating: 0, count: 32)
    crypto_core_ed25519_scalar_mul(
      &product, reduced(wide), reduced(secret + [UInt8](repeating: 0, count: 32)))
    return product
  }

  @Test("A signature with a part of small order in R is valid by the cofactored law, as in a batch")
  func smallOrderPart() throws {
    // The point of order 8, from the list of small-order points that libsodium refuses as keys.
    let torsion = try #require(
      [UInt8](hex: "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"))
    let key = KeyPair(seed: SHA256.digest(Array("torsion".utf8)))
    let nonce = SHA256.digest(Array("nonce".utf8)).bytes + [UInt8](repeating: 0, count: 32)
    var r = [UInt8](repeating: 0, count: 32)
    crypto_core_ed25519_scalar_reduce(&r, nonce)
    var base = [UInt8](repeating: 0, count: 32)
    #expect(crypto_scalarmult_ed25519_base_noclamp(&base, r) == 0)
    var mixed = [UInt8](repeating: 0, count: 32)
    #expect(crypto_core_ed25519_add(&mixed, base, torsion) == 0)
    let message = Array("law 7".utf8)
    let product = Self.answer(to: mixed, message, by: key)
    var s = [UInt8](repeating: 0, count: 32)
    crypto_core_ed25519_scalar_add(&s, r, product)
    let signature = try Signature(exactly: mixed + s)
    #expect(
      crypto_sign_verify_detached(
        signature.bytes, message, UInt64(message.count), key.publicKey.value.bytes) != 0,
      "libsodium alone would refuse it, and a batch would take it")
    #expect(signature.isValid(for: message, by: key.publicKey))
    #expect(!signature.isValid(for: message + [0], by: key.publicKey))
    #expect(!PublicKey(Bytes32(torsion) ?? .zero).isValid)
  }

  @Test("A point R has one form of bytes: another one of the same point is no signature")
  func otherFormOfPoint() throws {
    let key = KeyPair(seed: SHA256.digest(Array("forms".utf8)))
    let message = Array("law 7".utf8)
    // R is the point of nothing: y = 1, or the same by the modulus: 2²⁵⁵ − 18.
    let nothing: [UInt8] = [1] + [UInt8](repeating: 0, count: 31)
    let other: [UInt8] = [0xEE] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
    for (point, isValid) in [(nothing, true), (other, false)] {
      let signature = try Signature(exactly: point + Self.answer(to: point, message, by: key))
      #expect(signature.isValid(for: message, by: key.publicKey) == isValid)
    }
  }

  @Test("Every leaf of trees of 1 to 40 leaves proves itself and no other", arguments: 1...40)
  func merkle(_ count: Int) throws {
    let leaves = (0..<count).map { SHA256.digest([UInt8($0)]) }
    let root = MerkleTree.root(of: leaves)
    for index in leaves.indices {
      let proof = try #require(MerkleTree.proof(for: index, in: leaves))
      #expect(proof.root(from: leaves[index]) == root)
      #expect(proof.root(from: SHA256.digest([200])) != root)
      #expect(try MerkleProof(exactly: proof.bytes) == proof)
    }
    #expect(MerkleTree.proof(for: count, in: leaves) == nil)
  }
}
