// SPDX-License-Identifier: Apache-2.0

public import ServiceLifecycle

/// Looks at a home's devices while somebody watches: at most once in `freshness`, however many
/// readers ask, and nobody waits longer than `patience` for a device that is slow.
public actor HomeWatch: Service {
  /// A look that is younger is not made anew.
  static let freshness = Duration.seconds(10)
  /// Nobody waits longer for one.
  static let patience = Duration.milliseconds(1500)

  /// What the devices said.
  public struct Look: Sendable {
    public let now: HomeNow
    /// Seconds since then.
    public let age: Int64
  }

  private let lookNow: @Sendable () async -> HomeNow
  private let demand: AsyncStream<Void>
  private let asks: AsyncStream<Void>.Continuation
  private var last: (now: HomeNow, at: ContinuousClock.Instant)?
  private var waiting: [AsyncStream<Void>.Continuation] = []

  /// A watch that looks in this way.
  public init(_ lookNow: @escaping @Sendable () async -> HomeNow) {
    self.lookNow = lookNow
    (demand, asks) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Looks whenever somebody wants to know, until shutdown.
  public func run() async {
    for await _ in demand.cancelOnGracefulShutdown() where !isFresh {
      let now = await lookNow()
      last = (now, .now)
      for waiter in waiting { waiter.finish() }
      waiting = []
    }
  }

  private var isFresh: Bool { last.map { .now - $0.at < HomeWatch.freshness } ?? false }

  /// The home now, or as it was a while ago where a device is slow; nil before the first look.
  public func look() async -> Look? {
    if !isFresh {
      let (looked, waiter) = AsyncStream<Void>.makeStream()
      waiting.append(waiter)
      asks.yield()
      await withTaskGroup(of: Void.self) { group in
        group.addTask { for await _ in looked {} }
        group.addTask { try? await Task.sleep(for: HomeWatch.patience) }
        await group.next()
        group.cancelAll()
      }
    }
    return last.map { Look(now: $0.now, age: (.now - $0.at).components.seconds) }
  }
}
