// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation
import Ledger
import LedgerCrypto
import LedgerFixtures
import NIOCore
import NIOEmbedded
import NIOPosix
import NIOTLS
import PeerProtocol
import Testing
import Wire

@testable import PeerTransport

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

  private static func transport(_ key: KeyPair) throws -> PeerTransport {
    try PeerTransport(key, rules: LedgerFixture.rules())
  }

  @Test("Both sides prove their keys, and messages come as they were sent, in order")
  func link() async throws {
    let (server, client) = (try Self.transport(left), try Self.transport(right))
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
    client.send(.getTransactions(GetTransactions(ids: ids.map(\.id))), on: near.link)
    _ = try await atServer.message()
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
    let server = try Self.transport(left)
    let port = try await server.listen(host: "127.0.0.1", port: 0)
    let raw = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connect(host: "127.0.0.1", port: port).get()
    // On a busy machine the server may have closed before they were sent.
    try? await raw.writeAndFlush(ByteBuffer(bytes: WireFrame.bytes(of: .ping(Ping(number: 1)))))
    // The server closes what is no TLS; nobody hears of it as a link.
    try await raw.closeFuture.get()
    let client = try Self.transport(right)
    let reader = Reader(client)
    client.connect(attempt: 1, to: PeerTarget(host: "127.0.0.1", port: 1, key: nil))
    guard case .failed(attempt: 1)? = await reader.next() else { throw Unexpected() }
    await client.shutDown()
    await server.shutDown()
    #expect(await Reader(server).next() == nil)
  }

  @Test("Attempts that come to nothing, however many, take no place from others")
  func manyFailures() async throws {
    let (server, client) = (try Self.transport(left), try Self.transport(right))
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
    let (first, second) = (try Self.transport(left), try Self.transport(right))
    let port = try await first.listen(host: "127.0.0.1", port: 0)
    await #expect(throws: TransportError.self) {
      _ = try await second.listen(host: "127.0.0.1", port: port)
    }
    await first.shutDown()
    await second.shutDown()
  }

  @Test("A large frame that nobody asked for is refused at its head, and no byte of it is kept")
  func unasked() async throws {
    let (server, client) = (try Self.transport(left), try Self.transport(right))
    let port = try await server.listen(host: "127.0.0.1", port: 0)
    let (atServer, atClient) = (Reader(server), Reader(client))
    client.connect(
      attempt: 1, to: PeerTarget(host: "127.0.0.1", port: UInt16(port), key: left.publicKey))
    let (near, far) = (try await atClient.linked(), try await atServer.linked())
    _ = far
    let ids = LedgerFixture().admissions
    client.send(
      .transactionDelivery(
        TransactionDelivery(transactions: (0..<2000).map { ids[$0 % ids.count] })), on: near.link)
    guard case .malformed(far.link, let error)? = await atServer.next() else { throw Unexpected() }
    #expect(error.reason == .outOfRange)
    await server.shutDown()
    await client.shutDown()
  }

  /// Links of `server` to peers that read nothing; the first was sent much.
  private func unread(
    _ server: PeerTransport, _ events: Reader, count: Int
  ) async throws -> (links: [Link], peers: [PeerTransport]) {
    let port = try await server.listen(host: "127.0.0.1", port: 0)
    var (links, peers) = ([Link](), [PeerTransport]())
    for _ in 0..<count {
      let client = try Self.transport(right)
      client.connect(
        attempt: 1, to: PeerTarget(host: "127.0.0.1", port: UInt16(port), key: left.publicKey))
      client.pause(try await Reader(client).linked().link, milliseconds: 600_000)
      links.append(try await events.linked().link)
      peers.append(client)
    }
    let ids = LedgerFixture().admissions
    let delivery = TransactionDelivery(transactions: (0..<2000).map { ids[$0 % ids.count] })
    for _ in 0..<30 { server.send(.transactionDelivery(delivery), on: links[0]) }
    return (links, peers)
  }

  @Test(
    "A link whose peer reads nothing ends when it is told to, and so does a transport with many",
    .timeLimit(.minutes(1)))
  func unread() async throws {
    let server = try Self.transport(left)
    let events = Reader(server)
    let (links, peers) = try await unread(server, events, count: 40)
    server.close(links[0])
    guard case .unlinked(links[0])? = await events.next() else { throw Unexpected() }
    await server.shutDown()
    for peer in peers { await peer.shutDown() }
  }

  /// A link over a channel without a socket, whose clock a test moves.
  private func embedded() throws -> (EmbeddedChannel, PeerTransport) {
    let transport = try Self.transport(left)
    let proven = ProvenKey()
    proven.key = right.publicKey
    let handler = LinkHandler(Link(1), attempt: nil, transport: transport, proven: proven)
    let channel = EmbeddedChannel(handler: handler)
    try channel.connect(to: SocketAddress(ipAddress: "203.0.113.9", port: 40_000)).wait()
    channel.pipeline.fireUserInboundEventTriggered(
      TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
    return (channel, transport)
  }

  @Test("A frame that begins and does not go on ends its link; one that comes slowly does not")
  func halfSent() throws {
    for isSlow in [false, true] {
      let (channel, transport) = try embedded()
      transport.send(
        .getTransactions(GetTransactions(ids: LedgerFixture().admissions.map(\.id))), on: Link(1))
      let head: [UInt8] = [0, 8, 0, 1, TransactionDelivery.kind]
      try channel.writeInbound(ByteBuffer(bytes: head + [UInt8](repeating: 0, count: 100)))
      for _ in 0..<5 {
        if isSlow {
          try channel.writeInbound(
            ByteBuffer(bytes: [UInt8](repeating: 0, count: LinkHandler.frameStep)))
        }
        channel.embeddedEventLoop.advanceTime(by: LinkHandler.frameTime)
      }
      #expect(channel.isActive == isSlow)
      _ = try? channel.finish()
    }
  }

  @Test("A quiet link between frames is left alone, whatever the time")
  func quiet() throws {
    let (channel, _) = try embedded()
    try channel.writeInbound(ByteBuffer(bytes: WireFrame.bytes(of: .ping(Ping(number: 1)))))
    channel.embeddedEventLoop.advanceTime(by: LinkHandler.frameTime * 100)
    #expect(channel.isActive)
    _ = try? channel.finish()
  }
}
