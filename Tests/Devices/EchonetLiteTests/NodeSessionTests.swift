// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import Testing

@Suite("The dialogue with a node")
struct NodeSessionTests {
  private let meter = EchonetObject(0x0288)
  private let codes: [UInt8] = [0xE0, 0xE1, 0xE3, 0xD3]

  private func request(_ id: UInt64 = 1, _ get: [UInt8]? = nil, set: [EchonetProperty] = [])
    -> NodeSession.Request
  { NodeSession.Request(id: id, object: meter, set: set, get: get ?? codes) }

  /// The frame that the actions send.
  private func sent(_ actions: [NodeSession.Action]) throws -> (UInt16, EchonetFrame.Message) {
    for action in actions {
      if case .send(let bytes) = action {
        let frame = try EchonetFrame(exactly: bytes)
        if case .message(let message) = frame.content { return (frame.transaction, message) }
      }
    }
    throw NothingSent()
  }

  private struct NothingSent: Error {}

  private func answer(
    _ values: [UInt8: [UInt8]], refused: [UInt8] = [], instance: UInt8 = 1
  ) -> EchonetFrame.Message {
    .init(
      source: EchonetObject(0x0288, instance: instance), destination: .controller,
      service: refused.isEmpty ? .getRes : .getSNA,
      properties: values.map { EchonetProperty($0.key, $0.value) }
        + refused.map { EchonetProperty($0) })
  }

  private func finished(_ actions: [NodeSession.Action]) -> NodeSession.Answer? {
    for action in actions { if case .finish(let answer) = action { return answer } }
    return nil
  }

  @Test("One request is in flight; the next goes out when the first is answered")
  func oneAtATime() throws {
    var session = NodeSession()
    let (first, message) = try sent(session.submit(request(1), at: 0))
    #expect(message.properties.map(\.code) == codes)
    #expect(session.submit(request(2, [0xE0]), at: 1).isEmpty)
    let actions = session.receive(
      answer([0xE0: [1], 0xE1: [1], 0xE3: [1], 0xD3: [1]]), transaction: first, at: 5)
    #expect(finished(actions)?.isComplete == true)
    #expect(try sent(actions).1.properties.map(\.code) == [0xE0])
  }

  @Test("short-answer: what a meter leaves out is asked again in smaller batches, which it keeps")
  func shortAnswer() throws {
    var session = NodeSession()
    let (first, _) = try sent(session.submit(request(), at: 0))
    #expect(
      session.receive(
        answer([0xE0: [1], 0xE3: [1], 0xD3: [1]]), transaction: first, at: 10
      ).isEmpty)
    let (second, message) = try sent(session.tick(at: 400))
    #expect(message.properties.map(\.code) == [0xE1])
    let actions = session.receive(answer([0xE1: [1]]), transaction: second, at: 410)
    #expect(finished(actions)?.values.count == 4)
    #expect(session.health[meter]?.batch == 4)
    #expect(session.health[meter]?.tolerances[.shortAnswer] == 1)
  }

  @Test("A property that stays away even when asked alone counts as refused, not as silence")
  func leftOut() throws {
    var session = NodeSession()
    let (first, _) = try sent(session.submit(request(1, [0xE1]), at: 0))
    let actions = session.receive(answer([:]), transaction: first, at: 10)
    #expect(finished(actions)?.refused == [0xE1])
    #expect(finished(actions)?.isComplete == true)
  }

  @Test("split-answer: one answer in two frames is put together")
  func split() throws {
    var session = NodeSession()
    let (first, _) = try sent(session.submit(request(), at: 0))
    _ = session.receive(answer([0xE0: [1], 0xE3: [2], 0xD3: [3]]), transaction: first, at: 10)
    let actions = session.receive(answer([:], refused: [0xE1]), transaction: first, at: 20)
    #expect(finished(actions)?.refused == [0xE1])
    #expect(session.health[meter]?.tolerances[.splitAnswer] == 1)
  }

  @Test("duplicate-answer: the second copy is dropped")
  func duplicate() throws {
    var session = NodeSession()
    let (first, _) = try sent(session.submit(request(1, [0xE0]), at: 0))
    _ = session.receive(answer([0xE0: [1]]), transaction: first, at: 10)
    #expect(session.receive(answer([0xE0: [9]]), transaction: first, at: 11).isEmpty)
    #expect(session.health[meter]?.tolerances[.duplicateAnswer] == 1)
  }

  @Test("late-answer: it is dropped, the request repeated, and the device gets more time")
  func late() throws {
    var session = NodeSession(limits: .init(timeout: 100))
    let (first, _) = try sent(session.submit(request(), at: 0))
    let (second, message) = try sent(session.tick(at: 100))
    #expect(first != second && message.properties.count == 4)
    #expect(session.receive(answer([0xE0: [9]]), transaction: first, at: 110).isEmpty)
    #expect(session.timeout(of: 1) == 200)
    #expect(session.health[meter]?.tolerances[.lateAnswer] == 1)
    let actions = session.receive(
      answer([0xE0: [1], 0xE1: [1], 0xE3: [1], 0xD3: [1]]), transaction: second, at: 120)
    #expect(finished(actions)?.values[0xE0] == [1])
  }

  @Test("strange-transaction: an answer to nothing is dropped")
  func strange() throws {
    var session = NodeSession()
    let (first, _) = try sent(session.submit(request(), at: 0))
    #expect(session.receive(answer([0xE0: [9]]), transaction: first &+ 99, at: 5).isEmpty)
    #expect(session.health[meter]?.tolerances[.strangeTransaction] == 1)
  }

  @Test("strange-instance: another instance of the class may answer, another class may not")
  func instance() throws {
    var session = NodeSession()
    let (first, _) = try sent(session.submit(request(1, [0xE0]), at: 0))
    let other = EchonetFrame.Message(
      source: EchonetObject(0x0279), destination: .controller, service: .getRes,
      properties: [EchonetProperty(0xE0, [9])])
    #expect(session.receive(other, transaction: first, at: 5).isEmpty)
    let actions = session.receive(
      answer([0xE0: [1]], instance: 0x1F), transaction: first, at: 6)
    #expect(finished(actions)?.values[0xE0] == [1])
    #expect(session.health[meter]?.tolerances[.strangeInstance] == 2)
  }

  @Test("Silence ends in an incomplete answer after the retries, then in pauses that double")
  func silence() throws {
    var session = NodeSession(limits: .init(timeout: 100, retries: 2, pause: 50))
    _ = session.submit(request(), at: 0)
    var now: UInt64 = 0
    for _ in 0..<2 {
      now += 100
      _ = try sent(session.tick(at: now))
    }
    let end = finished(session.tick(at: 300))
    #expect(end?.isComplete == false && end?.values.isEmpty == true)
    #expect(session.submit(request(2), at: 310).isEmpty, "the pause holds")
    #expect(session.deadline == 350)
    #expect(try sent(session.tick(at: 350)).1.service == .get)
  }

  @Test("A day is set and its history got in one turn, with no other request between")
  func setThenGet() throws {
    var session = NodeSession()
    let set = [EchonetProperty(0xE5, [1])]
    let (first, message) = try sent(session.submit(request(1, [0xE2], set: set), at: 0))
    #expect(message.service == .setC && message.properties == set)
    _ = session.submit(request(2, [0xE0]), at: 1)
    let accepted = EchonetFrame.Message(
      source: meter, destination: .controller, service: .setRes,
      properties: [EchonetProperty(0xE5)])
    let (_, next) = try sent(session.receive(accepted, transaction: first, at: 5))
    #expect(next.service == .get && next.properties.map(\.code) == [0xE2])
  }
}
