// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import NIOCore
import Wire

/// Cuts a stream into frames. What states a length that no message has, or that this link may not
/// bring, is refused before it is kept.
struct FrameReader: NIOSingleStepByteToMessageDecoder {
  /// A message with the bytes that it took.
  typealias InboundOut = (message: Message, byteCount: Int)

  /// Takes in a frame's kind and payload length, or refuses them.
  let admit: (UInt8, Int) throws -> Void
  /// The head of the frame that is on its way was taken in.
  private var isAdmitted = false

  init(admit: @escaping (UInt8, Int) throws -> Void) { self.admit = admit }

  mutating func decode(buffer: inout ByteBuffer) throws -> InboundOut? {
    guard let head = buffer.getBytes(at: buffer.readerIndex, length: WireFrame.headerByteCount)
    else { return nil }
    let (kind, count) = try WireFrame.header(head)
    if !isAdmitted { try admit(kind, count) }
    isAdmitted = true
    guard buffer.readableBytes >= WireFrame.headerByteCount + count else { return nil }
    isAdmitted = false
    buffer.moveReaderIndex(forwardBy: WireFrame.headerByteCount)
    let payload = buffer.readBytes(length: count) ?? []
    return (try Message(kind: kind, payload: payload), WireFrame.headerByteCount + count)
  }

  mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> InboundOut? {
    try decode(buffer: &buffer)
  }
}
