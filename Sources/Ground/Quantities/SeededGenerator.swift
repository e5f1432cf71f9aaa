// SPDX-License-Identifier: Apache-2.0

/// Chance as a value: a small generator whose sequence follows from its seed alone, for protocol
/// choices and simulations that can be replayed. No secrets come from it. Source: SplitMix64
/// (Steele, Lea and Flood, 2014).
public struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// A generator of this seed.
  public init(seed: UInt64) { state = seed }

  /// The next number of the sequence.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number below `bound`, or 0 when the bound is 0.
  public mutating func below(_ bound: UInt64) -> UInt64 {
    bound == 0 ? 0 : next() % bound
  }

  /// True `count` times in `of`.
  public mutating func happens(_ count: UInt64, of total: UInt64) -> Bool { below(total) < count }

  /// One of `items`, or nil when there are none.
  public mutating func pick<Item>(_ items: [Item]) -> Item? {
    items.isEmpty ? nil : items[Int(below(UInt64(items.count)))]
  }
}
