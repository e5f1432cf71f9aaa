// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Synchronization
import Testing

/// Runs stories side by side, each on threads of its own, which it may block: many that wait on a
/// clock, or two that take all the machine gives, and never both, so that no busy story makes a
/// clock's story late.
struct SideBySide: SuiteTrait, TestTrait, TestScoping {
  /// What a story mostly does.
  enum Kind: Sendable { case waits, works }

  let kind: Kind
  var isRecursive: Bool { false }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    await Lanes.shared.enter(kind)
    let began = ContinuousClock.now
    do {
      try await withTaskExecutorPreference(OwnThreads(label: test.name)) { try await function() }
      await Lanes.shared.leave()
      print("story \((ContinuousClock.now - began).components.seconds) s: \(test.name)")
    } catch {
      await Lanes.shared.leave()
      throw error
    }
  }
}

extension Trait where Self == SideBySide {
  /// A story that mostly waits on its clock.
  static var waits: SideBySide { SideBySide(kind: .waits) }
  /// A story that takes whatever the machine gives.
  static var works: SideBySide { SideBySide(kind: .works) }
}

/// Who runs now, and who waits: first all that wait on clocks, then all that work.
private actor Lanes {
  static let shared = Lanes()

  private var kind = SideBySide.Kind.waits
  private var active = 0
  private var waiting: [(kind: SideBySide.Kind, go: CheckedContinuation<Void, Never>)] = []

  private static func limit(_ kind: SideBySide.Kind) -> Int { kind == .waits ? 8 : 2 }

  func enter(_ kind: SideBySide.Kind) async {
    await withCheckedContinuation {
      waiting.append((kind, $0))
      admit()
    }
  }

  func leave() {
    active -= 1
    admit()
  }

  private func admit() {
    if active == 0, let next = waiting.first {
      kind = waiting.contains { $0.kind == .waits } ? .waits : next.kind
    }
    while active < Lanes.limit(kind), let next = waiting.firstIndex(where: { $0.kind == kind }) {
      active += 1
      waiting.remove(at: next).go.resume()
    }
  }
}

/// Threads that one story may block without keeping others from theirs.
private final class OwnThreads: TaskExecutor {
  private let queue: DispatchQueue

  init(label: String) { queue = DispatchQueue(label: label, attributes: .concurrent) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// Addresses and ports of the loopback that one story has for itself.
struct StoryPlace {
  private static let taken = Atomic<Int>(0)

  /// The third part of its addresses 127.0.N.x.
  let network: Int
  /// The first of 400 ports.
  let firstPort: Int

  /// A place that no other story of this run has.
  init() {
    let number = StoryPlace.taken.wrappingAdd(1, ordering: .relaxed).newValue
    network = 10 + number
    firstPort = 10_000 + 400 * number
  }

  /// The address 127.0.N.`host`.
  func address(_ host: Int) -> String { "127.0.\(network).\(host)" }
}
