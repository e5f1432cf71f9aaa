// SPDX-License-Identifier: Apache-2.0

/// The dialogue with a Wi-SUN module and, through it, the session with the smart meter: scan, join,
/// send, renew, and notice when it has died. Pure: the caller hands in milliseconds of a steady
/// clock and performs the actions. Source: SKSTACK-IP command reference; Docs/echonet.md §7, §8.
public struct RouteBSession: Sendable {
  /// Waiting times in milliseconds and how often things are tried.
  public struct Limits: Hashable, Sendable {
    /// For the answer to a command.
    public var command: UInt64 = 5000
    /// For the end of a join after its command.
    public var join: UInt64 = 60_000
    /// For the meter's instance list after a join.
    public var greeting: UInt64 = 5000
    /// For the module to renew a session by itself.
    public var renewal: UInt64 = 60_000
    /// Between two datagrams.
    public var sendInterval: UInt64 = 1000
    /// Without any word from the meter after requests: the session is dead.
    public var silence: UInt64 = 120_000
    /// Without word of the sending time's limit being over.
    public var limited: UInt64 = 3_600_000
    /// Before trying again after everything failed; it doubles up to the longest.
    public var rest: UInt64 = 30_000
    public var longestRest: UInt64 = 1_800_000
    /// The unit of a scan's length: a scan takes 28 channels × (2^duration + 1) of it.
    public var scanUnit: UInt64 = 10
    /// Durations of scans, one after the other.
    public var scans: ClosedRange<Int> = 4...8
    /// Joins before the meter counts as refusing, and before a remembered network is scanned anew.
    public var joins = 3

    /// Limits for a real module.
    public init() {}
  }

  /// What the caller has to do.
  public enum Action: Hashable, Sendable {
    /// Write these bytes to the line.
    case write([UInt8])
    /// A frame came from the meter.
    case received([UInt8])
    /// Frames cannot be sent now, or can be again.
    case hold, release
    /// Keep this network for the next start; nil: forget the one that was kept.
    case remember(RouteBNetwork?)
    case state(RouteBState)
    /// Close the line and open it again.
    case reopen
  }

  /// What was counted since the start.
  public struct Counts: Hashable, Sendable, Codable {
    public var joins = 0
    /// Sessions that ended otherwise than by their lifetime.
    public var losses = 0
    public var sent = 0
    public var received = 0
    /// Datagrams of others than the meter, or in the clear: dropped.
    public var foreign = 0
    /// Bytes on the line that were nothing.
    public var garbage = 0

    /// Nothing yet.
    public init() {}
  }

  enum Phase: Hashable, Sendable {
    case closed
    case preparing
    case scanning(duration: Int)
    case addressing
    case joining(attempt: Int)
    case greeting
    case open
    case renewing
    case resting
  }

  let credentials: RouteBCredentials
  let limits: Limits
  var input = SKStackInput()
  var dialect = SKStackDialect.dual
  var phase = Phase.closed
  var state = RouteBState.preparing
  /// Commands still to be sent, and the one whose answer is awaited.
  var steps: [SKStackCommand] = []
  var pending: SKStackCommand?
  var commandTries = 0
  var hasFlippedDialect = false
  var hasInformation = false
  var commandDeadline: UInt64 = 0
  var phaseDeadline: UInt64 = .max
  /// Fields of the `EPANDESC` that is just being told.
  var panFields: [String: String] = [:]
  var found: RouteBNetwork?
  /// The network in use, and whether it was scanned since the start of this attempt.
  public internal(set) var network: RouteBNetwork?
  var wasScanned = false
  var meter = ""
  var restTime: UInt64
  var outgoing: [[UInt8]] = []
  /// The frame that was handed to the module and of which nothing is said yet.
  var sending: [UInt8]?
  var nextSend: UInt64 = 0
  var limitedUntil: UInt64?
  var isHeld = true
  var unanswered = 0
  var firstUnanswered: UInt64 = 0
  var failedSends = 0
  /// What was counted since the start.
  public internal(set) var counts = Counts()

  /// A session with the meter that knows these credentials.
  /// - Parameter remembered: the network of the last run, which is joined without a scan.
  public init(
    _ credentials: RouteBCredentials, remembered: RouteBNetwork? = nil, limits: Limits = .init()
  ) {
    self.credentials = credentials
    self.limits = limits
    network = remembered
    restTime = limits.rest
  }

  /// When `tick` has something to do; nil when idle.
  public var deadline: UInt64? {
    var times: [UInt64] = []
    if pending != nil { times.append(commandDeadline) }
    if phaseDeadline != .max { times.append(phaseDeadline) }
    if let limitedUntil { times.append(limitedUntil) }
    if canSend, pending == nil, !outgoing.isEmpty { times.append(nextSend) }
    if canSend, unanswered > 1 { times.append(firstUnanswered + limits.silence) }
    return times.min()
  }

  var canSend: Bool { phase == .open && limitedUntil == nil }

  /// The line is open, for the first time or again.
  public mutating func opened(at now: UInt64) -> [Action] {
    input.reset()
    pending = nil
    outgoing = []
    limitedUntil = nil
    hasInformation = false
    steps = [
      .version, .echoOff, .information, .password(credentials), .routeBId(credentials),
    ]
    return enter(.preparing, at: now) + show(.preparing) + nextStep(at: now)
  }

  /// The line is gone, or could not be opened for this reason.
  public mutating func closed(reason: String, at now: UInt64) -> [Action] {
    if phase == .open || phase == .renewing { counts.losses += 1 }
    pending = nil
    steps = []
    outgoing = []
    return enter(.closed, at: now) + show(.noDongle(reason: reason))
  }

  /// Takes in bytes from the line.
  public mutating func receive(_ bytes: [UInt8], at now: UInt64) -> [Action] {
    guard phase != .closed else { return [] }
    return input.take(bytes).flatMap { take($0, at: now) }
  }

  /// Sends a frame to the meter. While the session is not open it is dropped: `hold` was said
  /// before.
  public mutating func send(_ frame: [UInt8], at now: UInt64) -> [Action] {
    guard canSend else { return [] }
    if outgoing.count == 16 { outgoing.removeFirst() }
    outgoing.append(frame)
    return nextFrame(at: now)
  }

  /// Lets time pass.
  public mutating func tick(at now: UInt64) -> [Action] {
    if let pending, now >= commandDeadline { return commandTimedOut(pending, at: now) }
    if let until = limitedUntil, now >= until { return setLimited(nil, at: now) }
    if now >= phaseDeadline { return phaseTimedOut(at: now) }
    if canSend, unanswered > 1, now >= firstUnanswered + limits.silence {
      return lost(at: now)
    }
    return nextFrame(at: now)
  }

  // MARK: Changes of phase

  /// Goes into a phase: what was awaited in the last one no longer is.
  mutating func enter(_ next: Phase, for time: UInt64? = nil, at now: UInt64) -> [Action] {
    phase = next
    phaseDeadline = time.map { now + $0 } ?? .max
    return holdOrRelease()
  }

  /// Says so when frames can no longer be sent, or can again.
  mutating func holdOrRelease() -> [Action] {
    guard isHeld == canSend else { return [] }
    isHeld = !canSend
    if isHeld { outgoing = [] }
    unanswered = 0
    return [isHeld ? .hold : .release]
  }

  mutating func show(_ next: RouteBState) -> [Action] {
    guard next != state || next == .preparing else { return [] }
    state = next
    return [.state(next)]
  }

  mutating func setLimited(_ until: UInt64?, at now: UInt64) -> [Action] {
    limitedUntil = until
    guard phase == .open else { return holdOrRelease() }
    return show(until == nil ? .open : .limited) + holdOrRelease() + nextFrame(at: now)
  }

  /// The session has died or was ended: join again.
  mutating func lost(at now: UInt64) -> [Action] {
    counts.losses += 1
    wasScanned = false
    return join(attempt: 1, at: now)
  }

  /// Everything failed: wait, longer each time, then begin anew.
  mutating func rest(_ state: RouteBState, at now: UInt64) -> [Action] {
    let time = restTime
    restTime = min(restTime * 2, limits.longestRest)
    return enter(.resting, for: time, at: now) + show(state)
  }

  private mutating func phaseTimedOut(at now: UInt64) -> [Action] {
    switch phase {
    case .scanning(let duration): scanEnded(duration, at: now)
    case .joining(let attempt): joinFailed(attempt, at: now)
    case .greeting: begin(at: now)
    case .renewing: lost(at: now)
    case .resting: [.reopen]
    case .closed, .preparing, .addressing, .open: []
    }
  }

  /// The meter is there: frames can be sent.
  mutating func begin(at now: UInt64) -> [Action] {
    restTime = limits.rest
    return enter(.open, at: now) + show(limitedUntil == nil ? .open : .limited)
      + nextFrame(at: now)
  }
}
