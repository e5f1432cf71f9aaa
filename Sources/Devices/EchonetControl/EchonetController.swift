// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import EchonetLite

/// A controller on a home's links: asks devices, one request at a time to each node, hears what
/// they announce, and answers who asks it. It performs the actions of the pure `NodeSession`s and
/// `SelfNode` and decides nothing itself.
public actor EchonetController {
  /// Something a device sent unasked (INF or INFC), at the time of its arrival.
  public struct Announcement: Sendable {
    public let address: String
    public let message: EchonetFrame.Message
    public let bytes: [UInt8]
  }

  /// Addresses that may be found on a home's network.
  private static let addressLimit = 256
  /// Objects of one address: as many as an instance list holds.
  private static let objectLimit = 84

  private let links: [any EchonetLink]
  private let clock = MillisecondClock()
  private var sessions: [String: NodeSession] = [:]
  private var waiting:
    [UInt64: (
      request: NodeSession.Request, continuation: CheckedContinuation<NodeSession.Answer, Never>
    )] = [:]
  private var nextRequest: UInt64 = 0
  private var nextTransaction: UInt16
  private var found: [String: Set<EchonetObject>] = [:]
  private var wakeUp: Task<Void, Never>?
  private var hasEnded = false
  private var selfNode: SelfNode
  /// What devices announce.
  public nonisolated let announcements: AsyncStream<Announcement>
  private let announced: AsyncStream<Announcement>.Continuation

  /// A controller on `links`; the first that reaches an address is the one by which it is asked.
  /// - Parameters:
  ///   - transaction: the first transaction id; one that differs from the last run's keeps answers
  ///     of before a restart apart.
  ///   - unique: 13 bytes by which other nodes know this one for good.
  public init(_ links: [any EchonetLink], transaction: UInt16 = 1, unique: [UInt8] = []) {
    self.links = links
    selfNode = SelfNode(unique: unique)
    nextTransaction = transaction
    (announcements, announced) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(4096))
  }

  /// Says that it is there, and reads the links until they are closed.
  public func run() async {
    nextTransaction &+= 1
    let start = EchonetFrame(nextTransaction, selfNode.start).bytes
    for link in links { link.sendToAll(start) }
    await withTaskGroup(of: Void.self) { group in
      for link in links {
        group.addTask { await link.read { await self.take($0) } }
      }
    }
    hasEnded = true
    announced.finish()
    wakeUp?.cancel()
    for (request, continuation) in waiting.values {
      continuation.resume(returning: .none(to: request))
    }
    waiting = [:]
  }

  /// Asks an object; a node that never answers gives an incomplete answer, and so does a task that
  /// is cancelled: the end of a program does not wait for a silent meter.
  public func ask(
    _ address: String, _ object: EchonetObject, set: [EchonetProperty] = [], get: [UInt8]
  ) async -> NodeSession.Answer {
    nextRequest += 1
    let request = NodeSession.Request(id: nextRequest, object: object, set: set, get: get)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        guard !hasEnded, !Task.isCancelled else {
          return continuation.resume(returning: .none(to: request))
        }
        waiting[request.id] = (request, continuation)
        perform(session(address) { $0.submit(request, at: now) }, to: address)
      }
    } onCancel: {
      Task { await self.giveUp(request) }
    }
  }

  private func giveUp(_ request: NodeSession.Request) {
    waiting.removeValue(forKey: request.id)?.continuation.resume(returning: .none(to: request))
  }

  /// Looks for nodes by multicast (Get D6 and INF_REQ D5) and at the listed addresses, repeatedly,
  /// since start-up loses answers.
  /// - Parameter waits: the pauses in milliseconds after each try.
  /// - Returns: the objects found, by address.
  public func discover(
    addresses: [String] = [], waits: [UInt64] = [500, 1500]
  ) async -> [String: [EchonetObject]] {
    for wait in waits {
      for (service, code) in [(EchonetService.get, UInt8(0xD6)), (.infReq, 0xD5)] {
        let message = EchonetFrame.Message(
          source: .controller, destination: .nodeProfile, service: service,
          properties: [EchonetProperty(code)])
        nextTransaction &+= 1
        let bytes = EchonetFrame(nextTransaction, message).bytes
        for link in links { link.sendToAll(bytes) }
        for address in addresses { send(bytes, to: address) }
      }
      try? await clock.sleep(wait)
    }
    return found.mapValues { $0.sorted() }
  }

  /// What is known of the objects of all nodes that were asked.
  public func health() -> [String: [EchonetObject: NodeSession.Health]] {
    sessions.mapValues(\.health)
  }

  /// Counts a tolerance that a reader of values used.
  public func note(_ tolerance: Tolerance, _ address: String, _ object: EchonetObject) {
    _ = session(address) { session in
      session.note(tolerance, object)
      return []
    }
  }

  private var now: UInt64 { clock.now }

  private func session(
    _ address: String, _ body: (inout NodeSession) -> [NodeSession.Action]
  ) -> [NodeSession.Action] {
    if sessions[address] == nil {
      nextTransaction &+= 0x0101
      sessions[address] = NodeSession(
        limits: link(to: address)?.limits ?? .init(), transaction: nextTransaction)
    }
    guard var session = sessions[address] else { return [] }
    let actions = body(&session)
    sessions[address] = session
    return actions
  }

  private func link(to address: String) -> (any EchonetLink)? {
    links.first { $0.reaches(address) }
  }

  private func send(_ bytes: [UInt8], to address: String) {
    link(to: address)?.send(bytes, to: address)
  }

  private func take(_ event: EchonetLinkEvent) {
    switch event {
    case .received(let bytes, let sender): receive(bytes, from: sender)
    case .held(let address): perform(session(address) { $0.hold(at: now) }, to: address)
    case .released(let address): perform(session(address) { $0.release(at: now) }, to: address)
    }
  }

  private func receive(_ bytes: [UInt8], from sender: String) {
    guard let frame = try? EchonetFrame(exactly: bytes), case .message(let message) = frame.content
    else {
      // A flood of made-up senders costs no more than so many places.
      if sessions[sender] != nil || sessions.count < EchonetController.addressLimit {
        note(.brokenFrame, sender, .nodeProfile)
      }
      return
    }
    switch message.service {
    case .getRes, .getSNA, .setRes, .setCSNA:
      learn(message, from: sender)
      guard sessions[sender] != nil else { return }
      perform(
        session(sender) { $0.receive(message, transaction: frame.transaction, at: now) },
        to: sender)
    case .inf, .infC:
      learn(message, from: sender)
      if message.service == .infC {
        confirm(message, frame.transaction, to: sender)
      }
      announced.yield(.init(address: sender, message: message, bytes: bytes))
    case .get, .infReq, .setI, .setC, .setGet:
      guard link(to: sender)?.isNear(sender) ?? false else { return }
      for reply in selfNode.answer(message, at: now) {
        let answer = EchonetFrame(frame.transaction, reply.message).bytes
        if reply.toGroup {
          link(to: sender)?.sendToAll(answer)
        } else {
          send(answer, to: sender)
        }
      }
    case .infCRes, .setGetRes, .setISNA, .infSNA, .setGetSNA: break
    }
  }

  private func learn(_ message: EchonetFrame.Message, from sender: String) {
    guard message.source.classCode == EchonetObject.nodeProfile.classCode else { return }
    for property in message.properties where property.code == 0xD5 || property.code == 0xD6 {
      guard !property.data.isEmpty,
        found[sender] != nil || found.count < EchonetController.addressLimit
      else { continue }
      let room = EchonetController.objectLimit - found[sender, default: []].count
      found[sender, default: []].formUnion(InstanceList.decode(property.data).prefix(max(0, room)))
    }
  }

  private func confirm(
    _ message: EchonetFrame.Message, _ transaction: UInt16, to sender: String
  ) {
    let answer = EchonetFrame.Message(
      source: .controller, destination: message.source, service: .infCRes,
      properties: message.properties.map { EchonetProperty($0.code) })
    send(EchonetFrame(transaction, answer).bytes, to: sender)
  }

  private func perform(_ actions: [NodeSession.Action], to address: String) {
    for action in actions {
      switch action {
      case .send(let bytes): send(bytes, to: address)
      case .finish(let answer):
        waiting.removeValue(forKey: answer.request.id)?.continuation.resume(returning: answer)
      }
    }
    planWakeUp()
  }

  private func planWakeUp() {
    wakeUp?.cancel()
    guard let next = sessions.values.compactMap(\.deadline).min() else { return }
    let wait = next > now ? next - now : 0
    wakeUp = Task { [clock] in
      guard (try? await clock.sleep(wait + 1)) != nil else { return }
      self.tick()
    }
  }

  private func tick() {
    for address in sessions.keys.sorted() {
      perform(session(address) { $0.tick(at: now) }, to: address)
    }
    planWakeUp()
  }
}
