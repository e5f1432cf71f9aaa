// SPDX-License-Identifier: Apache-2.0

import Quantities

/// A share of messages and bytes that refills with time.
struct TokenBucket {
  private var tokens: UInt64
  private let perSecond: UInt64
  private let burst: UInt64
  private var refilled: UInt64

  init(perSecond: UInt64, at now: UInt64) {
    self.perSecond = perSecond
    burst = perSecond * 60
    tokens = burst
    refilled = now
  }

  /// Takes `count`; false when the share is used up.
  mutating func take(_ count: UInt64, at now: UInt64) -> Bool {
    let gained = (now.subtractingDownToZero(refilled)) * perSecond / 1000
    if gained > 0 {
      tokens = min(burst, tokens + gained)
      refilled = now
    }
    guard tokens >= count else {
      tokens = 0
      return false
    }
    tokens -= count
    return true
  }
}
