// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetControl
import EchonetLite
import MulticastUDP
import Testing

@Suite("The controller on real sockets", .serialized)
struct ControllerTests {
  @Test("INFC is confirmed with 7A and handed on; INF needs no answer")
  func announcements() async throws {
    let own = try await EchonetEndpoint.bind("127.0.0.41", withMulticast: false)
    let meter = try await EchonetEndpoint.bind("127.0.0.42", withMulticast: false)
    let controller = EchonetController([own])
    let listening = Task { await controller.run() }
    let counted = EchonetProperty(0xEA, [7, 0xE0, 8, 1, 0, 30, 0, 0, 0, 48, 57])
    for (transaction, service) in [(UInt16(1), EchonetService.inf), (2, .infC)] {
      let message = EchonetFrame.Message(
        source: EchonetObject(0x0288), destination: .controller, service: service,
        properties: [counted])
      meter.send(EchonetFrame(transaction, message).bytes, to: "127.0.0.41")
    }
    var heard: [EchonetService] = []
    for await announcement in controller.announcements {
      #expect(announcement.address == "127.0.0.42")
      #expect(announcement.message.properties == [counted])
      heard.append(announcement.message.service)
      if heard.count == 2 { break }
    }
    #expect(heard == [.inf, .infC])
    for await datagram in meter.incoming {
      let answer = try EchonetFrame(exactly: datagram.bytes)
      #expect(answer.transaction == 2)
      guard case .message(let message) = answer.content else {
        Issue.record("no message")
        break
      }
      #expect(message.service == .infCRes && message.properties == [EchonetProperty(0xEA)])
      #expect(message.destination == EchonetObject(0x0288))
      break
    }
    await own.close()
    await meter.close()
    await listening.value
  }

  @Test("broken-frame: bytes that are no frame are counted and do no harm")
  func broken() async throws {
    let own = try await EchonetEndpoint.bind("127.0.0.43", withMulticast: false)
    let meter = try await EchonetEndpoint.bind("127.0.0.44", withMulticast: false)
    let controller = EchonetController([own])
    let listening = Task { await controller.run() }
    meter.send([0x10, 0x81, 0x00], to: "127.0.0.43")
    let whole = EchonetFrame.Message(
      source: EchonetObject(0x0288), destination: .controller, service: .inf,
      properties: [EchonetProperty(0x80, [0x30])])
    meter.send(EchonetFrame(3, whole).bytes, to: "127.0.0.43")
    for await _ in controller.announcements { break }
    let health = await controller.health()
    #expect(health["127.0.0.44"]?[.nodeProfile]?.tolerances[.brokenFrame] == 1)
    await own.close()
    await meter.close()
    await listening.value
  }

  @Test("Who asks what this node is gets an answer, under the number of the question")
  func asked() async throws {
    let own = try await EchonetEndpoint.bind("127.0.0.49", withMulticast: false)
    let other = try await EchonetEndpoint.bind("127.0.0.50", withMulticast: false)
    let controller = EchonetController([own], unique: [9])
    let listening = Task { await controller.run() }
    let question = EchonetFrame.Message(
      source: .controller, destination: .nodeProfile, service: .get,
      properties: [EchonetProperty(0xD6), EchonetProperty(0xEE)])
    other.send(EchonetFrame(0x4711, question).bytes, to: "127.0.0.49")
    for await datagram in other.incoming {
      let answer = try EchonetFrame(exactly: datagram.bytes)
      #expect(answer.transaction == 0x4711)
      guard case .message(let message) = answer.content else {
        Issue.record("no message")
        break
      }
      #expect(message.service == .getSNA && message.source == .nodeProfile)
      #expect(
        message.properties == [
          EchonetProperty(0xD6, InstanceList.encode([.controller])), EchonetProperty(0xEE),
        ])
      break
    }
    await own.close()
    await other.close()
    await listening.value
  }

  @Test(
    "Whoever asks a silent meter and is told to end does not wait for it", .timeLimit(.minutes(1)))
  func cancelled() async throws {
    var limits = NodeSession.Limits()
    limits.timeout = 3_600_000
    let own = try await EchonetEndpoint.bind("127.0.0.47", withMulticast: false, limits: limits)
    let controller = EchonetController([own])
    let asking = Task { await controller.ask("127.0.0.48", EchonetObject(0x0288), get: [0xE0]) }
    while await controller.health().isEmpty { await Task.yield() }
    asking.cancel()
    #expect(await asking.value.values.isEmpty)
    await own.close()
  }

  @Test("An endpoint that leaves multicast alone asks nobody by the group")
  func leftAlone() async throws {
    let own = try await EchonetEndpoint.bind("127.0.0.49", withMulticast: false)
    let meter = try await EchonetEndpoint.bind("127.0.0.50")
    own.sendToAll([1])
    own.send([2], to: "127.0.0.50")
    for await datagram in meter.incoming where datagram.sender == "127.0.0.49" {
      #expect(datagram.bytes == [2])
      break
    }
    await own.close()
    await meter.close()
  }
}
