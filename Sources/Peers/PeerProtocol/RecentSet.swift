// SPDX-License-Identifier: Apache-2.0

/// The newest values of a stream, at most so many, found in constant time.
struct RecentSet<Value: Hashable & Sendable>: Sendable {
  private var values: Set<Value> = []
  private var order: [Value] = []
  private var oldest = 0
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  func contains(_ value: Value) -> Bool { values.contains(value) }

  /// Remembers a value.
  /// - Returns: whether it was new.
  @discardableResult
  mutating func insert(_ value: Value) -> Bool {
    guard values.insert(value).inserted else { return false }
    if order.count < limit {
      order.append(value)
    } else {
      values.remove(order[oldest])
      order[oldest] = value
      oldest = (oldest + 1) % limit
    }
    return true
  }
}
