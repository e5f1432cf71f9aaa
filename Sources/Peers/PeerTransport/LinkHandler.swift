// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import LedgerCrypto
import NIOCore
import NIOSSL
import NIOTLS
import PeerProtocol
import Wire

/// One end of a link: frames in, events out, and no more taken in than was worked off.
final class LinkHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// Bytes taken in and not worked off above which the link is not read.
  static let readAhead = 128 << 10
  /// Within this time a frame that has begun must end, or so many bytes more of it must come.
  static let frameTime = TimeAmount.seconds(30)
  static let frameStep = 65_536

  private let link: Link
  private let attempt: UInt64?
  private let transport: PeerTransport
  private let proven: ProvenKey
  private let processor: NIOSingleStepByteToMessageProcessor<FrameReader>
  private var isLinked = false
  private var isPaused = false
  private var isReading = true
  private var outstanding = 0
  /// Frames that have come, and how far the one on its way had come when it was last looked at.
  private var frames: UInt64 = 0
  private var watched: (frames: UInt64, byteCount: Int)?

  init(_ link: Link, attempt: UInt64?, transport: PeerTransport, proven: ProvenKey) {
    self.link = link
    self.attempt = attempt
    self.transport = transport
    self.proven = proven
    processor = NIOSingleStepByteToMessageProcessor(
      FrameReader { [link, transport] kind, count in
        try transport.admit(kind, count, on: link)
      })
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.handshakeCompleted) = event as? TLSUserEvent { linked(context) }
    context.fireUserInboundEventTriggered(event)
  }

  private func linked(_ context: ChannelHandlerContext) {
    guard let key = proven.key, let address = context.remoteAddress,
      let host = HostAddress(of: address)
    else { return context.close(promise: nil) }
    isLinked = true
    let info = LinkInfo(
      attempt: attempt, host: host, port: UInt16(clamping: address.port ?? 0), key: key)
    transport.linked(link, context.channel, info)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard isLinked else { return context.close(promise: nil) }
    do {
      try processor.process(buffer: unwrapInboundIn(data)) { message, byteCount in
        outstanding += byteCount
        frames += 1
        transport.tell(.received(link, message, byteCount: byteCount))
      }
    } catch {
      let reason = (error as? DecodeError) ?? DecodeError(.truncated, at: 0)
      transport.tell(.malformed(link, reason))
      isPaused = true
    }
    holdBack(context)
    watch(context)
  }

  /// A frame that was begun and does not go on ends the link: it would be kept for ever.
  private func watch(_ context: ChannelHandlerContext) {
    guard watched == nil, processor.unprocessedBytes > 0 else { return }
    watched = (frames, processor.unprocessedBytes)
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: LinkHandler.frameTime) {
      let (handler, context) = bound.value
      handler.look(context)
    }
  }

  private func look(_ context: ChannelHandlerContext) {
    guard let before = watched else { return }
    watched = nil
    let isStuck =
      before.frames == frames
      && processor.unprocessedBytes < before.byteCount + LinkHandler.frameStep
    guard isStuck, isReading, processor.unprocessedBytes > 0 else { return watch(context) }
    context.close(promise: nil)
  }

  func handlerRemoved(context: ChannelHandlerContext) { watched = nil }

  /// The shell worked off so many bytes.
  func release(_ byteCount: Int, _ context: ChannelHandlerContext) {
    outstanding -= byteCount
    holdBack(context)
  }

  /// Stops or resumes reading for a peer that sends too much.
  func pause(_ paused: Bool, _ context: ChannelHandlerContext) {
    isPaused = paused
    holdBack(context)
  }

  private func holdBack(_ context: ChannelHandlerContext) {
    let reads = !isPaused && outstanding < LinkHandler.readAhead
    guard reads != isReading else { return }
    isReading = reads
    _ = context.channel.setOption(.autoRead, value: reads)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}

/// The key that the other side proved, written by TLS and read after it on the same event loop.
final class ProvenKey {
  var key: PublicKey?
}
