// SPDX-License-Identifier: Apache-2.0

import Logging
import MulticastUDP
import Synchronization
import Testing

@Suite("UDP on a home's network", .serialized)
struct MulticastTests {
  private static let group = "224.0.23.77"

  private static func bind(_ address: String, _ logger: Logger) async throws -> MulticastEndpoint {
    try await MulticastEndpoint.bind(
      address, port: 18_991, group: group, hearsOwn: false, logger: logger)
  }

  @Test(
    "A socket that the system takes away, as when the network is down, is opened again",
    .timeLimit(.minutes(2)))
  func lostNetwork() async throws {
    let said = Said()
    let logger = Logger(label: "test") { _ in said }
    let own = try await MulticastTests.bind("127.0.0.45", logger)
    let meter = try await MulticastTests.bind("127.0.0.46", logger)
    // Out of reach for a socket of the loopback: the send fails, and with it the socket.
    for endpoint in [own, meter] { endpoint.send([1], to: "192.0.2.1") }
    while said.count < 2 || own.address == nil || meter.address == nil { await Task.yield() }
    own.send([2], to: "127.0.0.46")
    own.send([3], to: MulticastTests.group)
    var heard: Set<[UInt8]> = []
    for await datagram in meter.incoming where datagram.sender == own.address {
      heard.insert(datagram.bytes)
      if heard == [[2], [3]] { break }
    }
    #expect(said.count == 2, "both sockets were lost, and each loss was said once")
    await own.close()
    await meter.close()
  }

  /// Counts what is logged.
  private struct Said: LogHandler {
    final class Lines: Sendable { let count = Mutex(0) }
    private let lines = Lines()
    var count: Int { lines.count.withLock { $0 } }
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.count.withLock { $0 += 1 } }
  }

  @Test("An address that no interface has is refused with a hint")
  func noAddress() async throws {
    await #expect(throws: EndpointError.self) {
      _ = try await MulticastEndpoint.bind("192.0.2.1", port: 18_990, group: nil, hearsOwn: true)
    }
  }

  @Test("An interface stands for whatever address it has; one that is not there is refused")
  func interfaces() async throws {
    let own = try await MulticastEndpoint.bind("lo", port: 18_990, group: nil, hearsOwn: true)
    #expect(own.address == "127.0.0.1")
    await own.close()
    #expect(own.address == nil)
    await #expect(throws: EndpointError.self) {
      _ = try await MulticastEndpoint.bind("eth99", port: 18_990, group: nil, hearsOwn: true)
    }
  }

  @Test("The machine's interfaces are named with their addresses, the loopback last")
  func machine() throws {
    let all = HomeInterface.all
    #expect(all.contains { $0.name == "lo" && $0.address == "127.0.0.1" })
    let firstLoopback = try #require(all.firstIndex { $0.address.hasPrefix("127.") })
    #expect(all[firstLoopback...].allSatisfy { $0.address.hasPrefix("127.") })
  }
}
