// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import LedgerCrypto

/// A secret of 32 bytes as words that can be written on paper, read aloud and typed again: each
/// word of five letters says 16 bits, and a last one finds slips. Source: D. S. Wilkerson, "A
/// Proposal for Proquints", arXiv:0901.4016.
public enum PaperWords {
  private static let consonants = Array("bdfghjklmnprstvz")
  private static let vowels = Array("aiou")

  /// The 17 words.
  public static func words(_ secret: Bytes32) -> [String] {
    let bytes = secret.bytes + check(secret)
    return stride(from: 0, to: bytes.count, by: 2).map { word(bytes[$0], bytes[$0 + 1]) }
  }

  /// The secret that words say, or nil where a word is wrong or missing. Case, dashes and line ends
  /// do not matter.
  public static func secret(_ text: String) -> Bytes32? {
    let words = text.lowercased().split { !$0.isLetter }
    var bytes: [UInt8] = []
    for word in words {
      guard let pair = pair(word) else { return nil }
      bytes += pair
    }
    guard bytes.count == 34, let secret = Bytes32(bytes.prefix(32)),
      Array(bytes.suffix(2)) == check(secret)
    else { return nil }
    return secret
  }

  private static func check(_ secret: Bytes32) -> [UInt8] {
    Array(SHA256.digest(name: "hinata/paper", secret.bytes).bytes.prefix(2))
  }

  private static func word(_ high: UInt8, _ low: UInt8) -> String {
    let bits = Int(high) << 8 | Int(low)
    return String([
      consonants[bits >> 12 & 15], vowels[bits >> 10 & 3], consonants[bits >> 6 & 15],
      vowels[bits >> 4 & 3], consonants[bits & 15],
    ])
  }

  private static func pair(_ word: Substring) -> [UInt8]? {
    guard word.count == 5 else { return nil }
    var bits = 0
    for (place, letter) in word.enumerated() {
      let letters = place.isMultiple(of: 2) ? consonants : vowels
      guard let value = letters.firstIndex(of: letter) else { return nil }
      bits = bits << (place.isMultiple(of: 2) ? 4 : 2) | value
    }
    return [UInt8(bits >> 8), UInt8(bits & 0xFF)]
  }
}
