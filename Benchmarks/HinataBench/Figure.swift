// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One measured figure and its ratio to a limit measured in the same run.
struct Figure: Codable {
  let name: String
  let value: Double
  let unit: String
  let ratio: Double?
  let to: String

  /// `name  value unit  ratio  to what`.
  var row: [String] {
    [
      name, value >= 1000 ? "\(Int(value))" : "\(value)", unit,
      ratio.map { "\(($0 * 1000).rounded() / 1000)" } ?? "–", to,
    ]
  }
}

/// The best rates a second of two bodies that do `count` each, run in turn five times over: these
/// machines are noisy, noise only ever slows, and turns let it fall on both.
func rates(
  _ count: Int, limit: () throws -> Void, own: () throws -> Void
) rethrows -> (limit: Double, own: Double) {
  var best = (limit: 0.0, own: 0.0)
  for _ in 0..<5 {
    var start = ContinuousClock.now
    try limit()
    best.limit = max(best.limit, Double(count) / seconds(since: start))
    start = ContinuousClock.now
    try own()
    best.own = max(best.own, Double(count) / seconds(since: start))
  }
  return best
}

/// Seconds since `start`.
func seconds(since start: ContinuousClock.Instant) -> Double {
  let elapsed = (ContinuousClock.now - start).components
  return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
}
