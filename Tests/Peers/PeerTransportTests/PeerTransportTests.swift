// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation
import LedgerCrypto
import LedgerFixtures
import NIOCore
import NIOPosix
import PeerProtocol
import PeerTransport
import Testing
import Wire

/// The events of a transport, one after the other.
private final class Reader {
  private var iterator: AsyncStream<TransportEvent>.AsyncIterator

  init(_ transport: PeerTransport) { iterator = transport.events.makeAsyncIterator() }

  func next() async -> TransportEvent? { await iterator.next() }

  /// The next event as a link that stands.
  func linked() async throws -> (link: Link, info: LinkInfo) {
    guard case .linked(let link, let info)? = await next() else { throw Unexpected() }
    return (link, info)
  }

  func message() async throws -> Message {
    guard case .received(_, let message, _)? = await next() else { throw Unexpected() }
    return message
  }
}

private struct Unexpected: Error {}

@Suite("Links over TCP and TLS")
struct PeerTransportTests {
  private let left = LedgerFixture.key("left")
  private let right = LedgerFixture.key("right")

  @Test("Both sides prove their keys, and messages come as they were sent, in order")
  func link() async throws {
    let (server, client) = (try PeerTransport(left), try PeerTransport(right))
    let port = try await server.listen(host: "127.0.0.1", port: 0)
    let (atServer, atClient) = (Reader(server), Reader(client))
    client.connect(
      attempt: 7, to: PeerTarget(host: "127.0.0.1", port: UInt16(port), key: left.publicKey))
    let near = try await atClient.linked()
    let far = try await atServer.linked()
    #expect(near.info.key == left.publicKey)
    #expect(near.info.attempt == 7)
    #expect(near.info.port == UInt16(port))
    #expect(far.info.key == right.publicKey)
    #expect(far.info.attempt == nil)
    #expect(far.info.host == HostAddress(dotted: "127.0.0.1"))
    for number in 0..<50 as Range<UInt64> {
      client.send(.ping(Ping(number: number)), on: near.link)
    }
    for number in 0..<50 as Range<UInt64> {
      #expect(try await atServer.message() == .ping(Ping(number: number)))
    }
    let ids = LedgerFixture().admissions
    let large = Message.transactionDelivery(
      TransactionDelivery(transactions: (0..<2000).map { ids[$0 % ids.count] }))
    server.send(large, on: far.link)
    #expect(try await atClient.message() == large)
    server.close(far.link)
    guard case .unlinked(near.link)? = await atClient.next() else {
      throw Unexpected()
    }
    await server.shutDown()
    await client.shutDown()
  }

  @Test("Bytes without TLS, and a port where nobody listens, lead to no link")
  func noTLS() async throws {
    let server = try PeerTransport(left)
    let port = try await server.listen(host: "127.0.0.1", port: 0)
    let raw = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connect(host: "127.0.0.1", port: port).get()
    // On a busy machine the server may have closed before they were sent.
    try? await raw.writeAndFlush(ByteBuffer(bytes: WireFrame.bytes(of: .ping(Ping(number: 1)))))
    // The server closes what is no TLS; nobody hears of it as a link.
    try await raw.closeFuture.get()
    let client = try PeerTransport(right)
    let reader = Reader(client)
    client.connect(attempt: 1, to: PeerTarget(host: "127.0.0.1", port: 1, key: nil))
    guard case .failed(attempt: 1)? = await reader.next() else { throw Unexpected() }
    await client.shutDown()
    await server.shutDown()
    #expect(await Reader(server).next() == nil)
  }

  @Test("Attempts that come to nothing, however many, take no place from others")
  func manyFailures() async throws {
    let (server, client) = (try PeerTransport(left), try PeerTransport(right))
    let port = try await server.listen(host: "127.0.0.1", port: 0)
    let reader = Reader(client)
    for attempt in 1...200 as ClosedRange<UInt64> {
      client.connect(attempt: attempt, to: PeerTarget(host: "127.0.0.1", port: 1, key: nil))
      // One connection may be spoken of twice: as refused and as closed.
      while case .failed(let number)? = await reader.next(), number != attempt {}
    }
    client.connect(
      attempt: 201, to: PeerTarget(host: "127.0.0.1", port: UInt16(port), key: nil))
    while let event = await reader.next() {
      if case .linked = event { break }
      guard case .failed(let number) = event, number < 201 else { throw Unexpected() }
    }
    await client.shutDown()
    await server.shutDown()
  }

  @Test("A second listener on one port is told what is wrong")
  func portTaken() async throws {
    let (first, second) = (try PeerTransport(left), try PeerTransport(right))
    let port = try await first.listen(host: "127.0.0.1", port: 0)
    await #expect(throws: TransportError.self) {
      _ = try await second.listen(host: "127.0.0.1", port: port)
    }
    await first.shutDown()
    await second.shutDown()
  }
}
