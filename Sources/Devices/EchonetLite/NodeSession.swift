// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding

/// The dialogue with one node: one request at a time, each answer matched by its transaction id,
/// time-outs, retries, batches that shrink to what the device can take. Pure: the caller hands in
/// milliseconds of a steady clock and performs the actions.
public struct NodeSession: Sendable {
  /// Waiting times in milliseconds.
  public struct Limits: Hashable, Sendable {
    /// How long an answer may take at first, and at most after late answers made it longer.
    public var timeout: UInt64
    /// The same for a request of more than one property.
    public var timeoutOfMany: UInt64
    public var longestTimeout: UInt64
    /// How long to wait for the second half of a split answer.
    public var splitGrace: UInt64
    /// How often a request is sent again.
    public var retries: Int
    /// The first pause after a request that failed for good; it doubles up to the longest.
    public var pause: UInt64
    public var longestPause: UInt64
    /// Properties in one request at first.
    public var batch: Int

    /// Limits for a home network. Unless given, pauses go by the waiting time: a second, doubling
    /// to a minute, where an answer may take five seconds.
    public init(
      timeout: UInt64 = 5000, timeoutOfMany: UInt64? = nil, longestTimeout: UInt64 = 60_000,
      splitGrace: UInt64 = 300,
      retries: Int = 2, pause: UInt64? = nil, longestPause: UInt64? = nil, batch: Int = 8
    ) {
      self.timeout = timeout
      self.timeoutOfMany = timeoutOfMany ?? timeout
      self.longestTimeout = longestTimeout
      self.splitGrace = splitGrace
      self.retries = retries
      self.pause = pause ?? max(1, timeout / 5)
      self.longestPause = longestPause ?? max(1, min(timeout, 1 << 32) * 12)
      self.batch = batch
    }
  }

  /// Something to ask.
  public struct Request: Hashable, Sendable {
    /// Chosen by the caller.
    public let id: UInt64
    public let object: EchonetObject
    /// Set first, with an answer wanted; then `get` follows in the same turn, so that nobody else
    /// can set the day or range in between.
    public let set: [EchonetProperty]
    public let get: [UInt8]

    /// A request to get, or to set and then get.
    public init(id: UInt64, object: EchonetObject, set: [EchonetProperty] = [], get: [UInt8]) {
      self.id = id
      self.object = object
      self.set = set
      self.get = get
    }
  }

  /// How a request ended.
  public struct Answer: Hashable, Sendable {
    public let request: Request
    /// The values got.
    public let values: [UInt8: [UInt8]]
    /// Properties that the device refused, or leaves out even when asked alone.
    public let refused: [UInt8]
    /// The device never answered what is neither in `values` nor in `refused`.
    public let isComplete: Bool

    /// No answer at all.
    public static func none(to request: Request) -> Answer {
      Answer(request: request, values: [:], refused: [], isComplete: false)
    }
  }

  /// What the caller has to do.
  public enum Action: Hashable, Sendable {
    case send([UInt8])
    case finish(Answer)
  }

  /// What is known of an object by asking it.
  public struct Health: Hashable, Sendable {
    /// Properties in one request that it can take.
    public var batch: Int
    public var answers = 0
    public var timeouts = 0
    public var tolerances: [Tolerance: Int] = [:]
  }

  private enum Phase: Hashable, Sendable { case setting, getting }

  private struct Current: Sendable {
    let request: Request
    var phase: Phase
    var values: [UInt8: [UInt8]] = [:]
    var refused: Set<UInt8> = []
    var asked: [UInt8] = []
    var transaction: UInt16 = 0
    var deadline: UInt64 = 0
    var attempts = 0
    var hasPart = false
  }

  private let controller: EchonetObject
  private let limits: Limits
  private var nextTransaction: UInt16
  private var queue: [Request] = []
  private var current: Current?
  private var pausedUntil: UInt64 = 0
  private var pause: UInt64
  private var recent: [(transaction: UInt16, wasAnswered: Bool)] = []
  private var isHeld = false
  /// How much longer than the limits say answers of this node may take now: 1, 2, 4 …
  public private(set) var patience: UInt64 = 1
  /// What is known of each object.
  public private(set) var health: [EchonetObject: Health] = [:]

  /// A dialogue by the object `controller`, whose first transaction id is `transaction`.
  public init(
    controller: EchonetObject = .controller, limits: Limits = Limits(), transaction: UInt16 = 1
  ) {
    self.controller = controller
    self.limits = limits
    nextTransaction = transaction
    pause = limits.pause
  }

  /// How long an answer with so many properties may take now, in milliseconds.
  public func timeout(of count: Int) -> UInt64 {
    min((count > 1 ? limits.timeoutOfMany : limits.timeout) * patience, limits.longestTimeout)
  }

  /// When `tick` has something to do; nil when idle.
  public var deadline: UInt64? {
    if let current { return current.deadline }
    return queue.isEmpty ? nil : pausedUntil
  }

  /// Takes in a request.
  public mutating func submit(_ request: Request, at now: UInt64) -> [Action] {
    queue.append(request)
    return startNext(at: now)
  }

  /// The node cannot be reached for now: what was asked is asked again once it can, if that is soon
  /// enough.
  public mutating func hold(at now: UInt64) -> [Action] {
    isHeld = true
    current?.deadline = now + limits.longestTimeout
    current?.hasPart = false
    return []
  }

  /// The node can be reached again.
  public mutating func release(at now: UInt64) -> [Action] {
    guard isHeld else { return [] }
    isHeld = false
    pause = limits.pause
    pausedUntil = now
    // What was lost on a line that broke says nothing about how much the device can take.
    health = health.mapValues { known in
      var known = known
      known.batch = limits.batch
      return known
    }
    guard let active = current else { return startNext(at: now) }
    return send(active, at: now)
  }

  /// Lets time pass.
  public mutating func tick(at now: UInt64) -> [Action] {
    guard var active = current, now >= active.deadline else { return startNext(at: now) }
    let object = active.request.object
    if isHeld { return finish(active, isComplete: false, at: now) }
    if active.hasPart {
      note(.shortAnswer, object)
      shrinkBatch(object)
      active.hasPart = false
      return advance(active, at: now)
    }
    changeHealth(of: object) { $0.timeouts += 1 }
    remember(active.transaction, wasAnswered: false)
    shrinkBatch(object)
    active.attempts += 1
    guard active.attempts <= limits.retries else {
      pausedUntil = now + pause
      pause = min(pause * 2, limits.longestPause)
      return finish(active, isComplete: false, at: now)
    }
    return send(active, at: now)
  }

  /// Takes in an answer (Get_Res, Set_Res and their refusals) from this node.
  public mutating func receive(
    _ message: EchonetFrame.Message, transaction: UInt16, at now: UInt64
  ) -> [Action] {
    guard var active = current, transaction == active.transaction else {
      noteStray(transaction, from: message.source)
      return []
    }
    let object = active.request.object
    guard message.source.classCode == object.classCode else {
      note(.strangeInstance, object)
      return []
    }
    if message.source.instance != object.instance { note(.strangeInstance, object) }
    changeHealth(of: object) { $0.answers += 1 }
    pause = limits.pause
    if active.phase == .setting {
      guard message.service == .setRes || message.service == .setCSNA else { return [] }
      active.refused.formUnion(message.properties.filter { !$0.data.isEmpty }.map(\.code))
      active.phase = .getting
      active.attempts = 0
      remember(transaction, wasAnswered: true)
      return advance(active, at: now)
    }
    guard message.service == .getRes || message.service == .getSNA else { return [] }
    return collect(message, into: &active, at: now)
  }

  private mutating func collect(
    _ message: EchonetFrame.Message, into active: inout Current, at now: UInt64
  ) -> [Action] {
    let object = active.request.object
    let known = Set(active.values.keys).union(active.refused)
    let isNew = message.properties.contains { !known.contains($0.code) }
    if active.hasPart { note(isNew ? .splitAnswer : .duplicateAnswer, object) }
    for property in message.properties where active.asked.contains(property.code) {
      if property.data.isEmpty {
        if active.values[property.code] == nil { active.refused.insert(property.code) }
      } else {
        active.values[property.code] = property.data
        active.refused.remove(property.code)
      }
    }
    let open = active.asked.filter { active.values[$0] == nil && !active.refused.contains($0) }
    if open.isEmpty {
      remember(active.transaction, wasAnswered: true)
      active.attempts = 0
      active.hasPart = false
      return advance(active, at: now)
    }
    if active.asked.count == 1 {
      // It answers, but not this: a property that it leaves out even when asked alone.
      active.refused.formUnion(open)
      return advance(active, at: now)
    }
    active.hasPart = true
    active.deadline = now + limits.splitGrace
    current = active
    return []
  }

  private mutating func startNext(at now: UInt64) -> [Action] {
    guard current == nil, now >= pausedUntil, !queue.isEmpty else { return [] }
    let request = queue.removeFirst()
    return advance(
      Current(request: request, phase: request.set.isEmpty ? .getting : .setting), at: now)
  }

  private mutating func advance(_ active: Current, at now: UInt64) -> [Action] {
    var active = active
    guard active.phase == .getting else { return send(active, at: now) }
    let open = active.request.get.filter {
      active.values[$0] == nil && !active.refused.contains($0)
    }
    guard !open.isEmpty else { return finish(active, isComplete: true, at: now) }
    active.asked = []
    return send(active, at: now)
  }

  private mutating func send(_ active: Current, at now: UInt64) -> [Action] {
    var active = active
    let object = active.request.object
    active.transaction = nextTransaction
    nextTransaction &+= 1
    active.hasPart = false
    let message: EchonetFrame.Message
    switch active.phase {
    case .setting:
      message = .init(
        source: controller, destination: object, service: .setC,
        properties: active.request.set)
    case .getting:
      let open = active.request.get.filter {
        active.values[$0] == nil && !active.refused.contains($0)
      }
      active.asked = Array(open.prefix(health[object, default: fresh].batch))
      message = .init(
        source: controller, destination: object, service: .get,
        properties: active.asked.map { EchonetProperty($0) })
    }
    active.deadline = now + (isHeld ? limits.longestTimeout : timeout(of: message.properties.count))
    current = active
    guard !isHeld else { return [] }
    return [.send(EchonetFrame(active.transaction, message).bytes)]
  }

  private mutating func finish(
    _ active: Current, isComplete: Bool, at now: UInt64
  ) -> [Action] {
    current = nil
    let answer = Answer(
      request: active.request, values: active.values, refused: active.refused.sorted(),
      isComplete: isComplete)
    return [.finish(answer)] + startNext(at: now)
  }

  private var fresh: Health { Health(batch: limits.batch) }

  private mutating func shrinkBatch(_ object: EchonetObject) {
    changeHealth(of: object) { $0.batch = max(1, $0.batch / 2) }
  }

  private mutating func changeHealth(of object: EchonetObject, _ change: (inout Health) -> Void) {
    var known = health[object] ?? fresh
    change(&known)
    health[object] = known
  }

  /// Counts a tolerance that was used on an object.
  public mutating func note(_ tolerance: Tolerance, _ object: EchonetObject) {
    changeHealth(of: object) { $0.tolerances[tolerance, default: 0] += 1 }
  }

  private mutating func remember(_ transaction: UInt16, wasAnswered: Bool) {
    recent.append((transaction, wasAnswered))
    if recent.count > 16 { recent.removeFirst() }
  }

  private mutating func noteStray(_ transaction: UInt16, from object: EchonetObject) {
    guard let known = recent.last(where: { $0.transaction == transaction }) else {
      note(.strangeTransaction, object)
      return
    }
    if known.wasAnswered {
      note(.duplicateAnswer, object)
    } else {
      note(.lateAnswer, object)
      if timeout(of: 1) < limits.longestTimeout { patience *= 2 }
    }
  }
}
