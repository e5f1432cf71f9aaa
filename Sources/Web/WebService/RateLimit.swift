// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A bucket of requests for each client: it fills at a rate and holds a burst.
final class RateLimit: Sendable {
  private struct Bucket {
    var left: Double
    var at: ContinuousClock.Instant
  }

  private let perSecond: Double
  private let burst: Double
  private let buckets = Mutex<[String: Bucket]>([:])
  /// Of more clients than this those are forgotten who asked longest ago.
  private static let most = 4096

  /// A limit of so many requests a second; 0 is none.
  init(perSecond: Int, burst: Int) {
    self.perSecond = Double(perSecond)
    self.burst = Double(burst)
  }

  /// How many clients are known.
  var clients: Int { buckets.withLock { $0.count } }

  /// Takes one request out of a client's bucket.
  /// - Returns: nil where there was one, or the seconds until there is.
  func take(_ client: String, now: ContinuousClock.Instant = .now) -> Int? {
    guard perSecond > 0 else { return nil }
    return buckets.withLock { buckets in
      var bucket = buckets[client] ?? Bucket(left: burst, at: now)
      let elapsed = (now - bucket.at).components
      let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
      bucket.left = min(burst, bucket.left + max(0, seconds) * perSecond)
      bucket.at = now
      let isAllowed = bucket.left >= 1
      if isAllowed { bucket.left -= 1 }
      if buckets[client] == nil, buckets.count >= RateLimit.most { forget(&buckets, now) }
      buckets[client] = bucket
      return isAllowed ? nil : max(1, Int(((1 - bucket.left) / perSecond).rounded(.up)))
    }
  }

  private func forget(_ buckets: inout [String: Bucket], _ now: ContinuousClock.Instant) {
    let oldest = buckets.sorted { $0.value.at < $1.value.at }.prefix(RateLimit.most / 4)
    for (client, _) in oldest { buckets[client] = nil }
  }
}
