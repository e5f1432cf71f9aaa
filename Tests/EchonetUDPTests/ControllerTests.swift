import CanonicalCoding
import EchonetControl
import EchonetLite
import EchonetUDP
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

  @Test("An address that no interface has is refused with a hint")
  func noAddress() async throws {
    await #expect(throws: EndpointError.self) {
      _ = try await EchonetEndpoint.bind("192.0.2.1", withMulticast: false)
    }
  }
}
