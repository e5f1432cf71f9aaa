// SPDX-License-Identifier: Apache-2.0

/// Milliseconds since it was made, by a clock that nobody sets: what the pure sessions count time
/// in.
public struct MillisecondClock: Sendable {
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant

  /// A clock that begins at 0.
  public init() { start = clock.now }

  /// Milliseconds since the clock was made.
  public var now: UInt64 {
    let elapsed = (clock.now - start).components
    return UInt64(clamping: elapsed.seconds * 1000 + elapsed.attoseconds / 1_000_000_000_000_000)
  }

  /// Waits for so many milliseconds.
  /// - Throws: `CancellationError`.
  public func sleep(_ milliseconds: UInt64) async throws {
    try await clock.sleep(for: .milliseconds(milliseconds))
  }
}
