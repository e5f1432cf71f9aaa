// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import ServiceLifecycle
import Synchronization

/// Sends what happens to everybody who listens. Source: HTML, server-sent events.
public final class EventHub: Sendable {
  /// Something that happened.
  public struct Event: Sendable {
    let text: String

    /// An event of a name with a form.
    public init(_ name: String, _ form: some Form) {
      text = "event: \(name)\ndata: \(String(decoding: form.json, as: UTF8.self))\n\n"
    }

    static let beat = Event(text: ": still here\n\n")

    private init(text: String) { self.text = text }
  }

  /// Listeners at once; each holds at most `waiting` events, the oldest are lost to one that is
  /// slow.
  public static let listenerLimit = 256
  static let waiting = 64

  private struct State {
    var next = 0
    var listeners: [Int: AsyncStream<Event>.Continuation] = [:]
  }

  private let state = Mutex(State())

  /// A hub without listeners.
  public init() {}

  /// How many listen.
  public var count: Int { state.withLock { $0.listeners.count } }

  /// Tells all.
  public func send(_ event: Event) {
    for listener in state.withLock({ $0.listeners.values }) { listener.yield(event) }
  }

  /// Tells all that the connection lives, so that what stands between keeps it.
  public func beat() { send(.beat) }

  private func listen() -> (AsyncStream<Event>, AsyncStream<Event>.Continuation)? {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Event.self, bufferingPolicy: .bufferingNewest(EventHub.waiting))
    let number: Int? = state.withLock {
      guard $0.listeners.count < EventHub.listenerLimit else { return nil }
      $0.next += 1
      $0.listeners[$0.next] = continuation
      return $0.next
    }
    guard let number else { return nil }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { $0.listeners[number] = nil }
    }
    return (stream, continuation)
  }

  /// The answer that goes on for as long as the client listens. It takes a place among the
  /// listeners when its body begins: a request for the head alone takes none.
  public func answer() throws(Problem) -> Answer {
    guard count < EventHub.listenerLimit else { throw full }
    return Answer(streaming: "text/event-stream") { writer in
      guard let (stream, continuation) = self.listen() else { throw self.full }
      defer { continuation.finish() }
      try await writer.write(Array("retry: 5000\n\n".utf8))
      try await withGracefulShutdownHandler {
        for await event in stream { try await writer.write(Array(event.text.utf8)) }
      } onGracefulShutdown: {
        continuation.finish()
      }
    }
  }

  private var full: Problem {
    Problem(
      .serviceUnavailable, "\(EventHub.listenerLimit) clients listen already; ask again later",
      headers: [.retryAfter: "60"])
  }
}
