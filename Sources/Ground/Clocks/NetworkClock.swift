// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Quantities

/// The network's time as this process sees it: the wall's clock, or in demos a faster one that runs
/// from an anchor which all processes of the demo share.
public struct NetworkClock: Sendable {
  /// Seconds of the wall's clock since 1970 at which the network's clock stood at `start`.
  public let anchor: Double
  public let start: NetworkTime
  /// How much faster than the wall's it runs.
  public let factor: UInt32

  /// A clock from an anchor on; with factor 1 and equal anchors it is the wall's.
  public init(anchor: Double, start: NetworkTime, factor: UInt32) {
    self.anchor = anchor
    self.start = start
    self.factor = factor
  }

  /// The wall's clock.
  public static let wall = NetworkClock(anchor: 0, start: NetworkTime(seconds: 0), factor: 1)

  /// The network's time now.
  public var now: NetworkTime {
    let elapsed = max(0, Date().timeIntervalSince1970 - anchor) * Double(factor)
    return start.advanced(by: UInt64(elapsed))
  }

  /// Waits until the network's clock shows `time`.
  /// - Throws: `CancellationError` when the task is cancelled.
  public func sleep(until time: NetworkTime) async throws {
    let wall = anchor + Double(time.seconds(since: start)) / Double(factor)
    let wait = wall - Date().timeIntervalSince1970
    guard wait > 0 else { return try Task.checkCancellation() }
    try await Task.sleep(for: .milliseconds(Int64(wait * 1000) + 1))
  }

  /// Waits for `seconds` of the network's time.
  public func sleep(seconds: UInt64) async throws {
    try await sleep(until: now.advanced(by: seconds))
  }
}
