// SPDX-License-Identifier: Apache-2.0

/// Wrong tries at a household's password, counted by who tries: guessing slows the guesser, and not
/// the household. Pure: the caller hands in the time.
struct LoginTries: Sendable {
  typealias Instant = ContinuousClock.Instant

  /// Wrong tries of one client before a pause, and the pause.
  static let tries = 5
  static let pause = Duration.seconds(60)
  /// Wrong tries of all clients in a pause's time before those wait who have never been right: who
  /// has many addresses tries no more often.
  static let triesOfAll = 60
  /// Clients that are remembered, and those of them that were right once.
  static let clients = 256

  private struct Client {
    var wrong = 0
    var pausedUntil: Instant?
    var last: Instant
    var wasRight = false
  }

  private var known: [String: Client] = [:]
  private var recent: [Instant] = []

  /// How long a client has to wait before it may try; nil: it may.
  func wait(_ client: String, at now: Instant) -> Duration? {
    let own = known[client]
    if let until = own?.pausedUntil, until > now { return until - now }
    let wrong = recent.filter { now - $0 < LoginTries.pause }
    guard own?.wasRight != true, wrong.count >= LoginTries.triesOfAll, let first = wrong.first
    else { return nil }
    return LoginTries.pause - (now - first)
  }

  /// Counts a try.
  mutating func count(_ client: String, isRight: Bool, at now: Instant) {
    var own = known[client] ?? Client(last: now)
    own.last = now
    own.wrong = isRight ? 0 : own.wrong + 1
    own.wasRight = own.wasRight || isRight
    if own.wrong >= LoginTries.tries {
      (own.wrong, own.pausedUntil) = (0, now + LoginTries.pause)
    }
    known[client] = own
    if !isRight {
      recent = recent.filter { now - $0 < LoginTries.pause } + [now]
    }
    guard known.count > LoginTries.clients else { return }
    // Who was right once goes last.
    let least = known.min { left, right in
      (left.value.wasRight ? 1 : 0, left.value.last) < (
        right.value.wasRight ? 1 : 0, right.value.last
      )
    }
    if let least { known[least.key] = nil }
  }
}
