// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// How messages lie in a stream: length of what follows (4) ‖ kind (1) ‖ payload.
public enum WireFrame {
  /// The bytes before the payload.
  public static let headerByteCount = 5

  /// The frame of a message.
  public static func bytes(of message: Message) -> [UInt8] {
    let content = message.content
    let payload = content.bytes
    var output = ByteWriter(capacity: payload.count + headerByteCount)
    output.writeFixed(UInt32(payload.count + 1))
    output.write(type(of: content).kind)
    output.writeBytes(payload)
    return output.bytes
  }

  /// The kind and the payload's length that a frame's first five bytes state.
  /// - Throws: `unknownKind` or, for a length that no message of the kind has, `outOfRange`: before
  ///   anything is kept of it.
  public static func header(
    _ bytes: [UInt8]
  ) throws(DecodeError) -> (kind: UInt8, payloadByteCount: Int) {
    var input = ByteReader(bytes)
    let length = Int(try input.readFixed(UInt32.self))
    let kind = try input.readUInt8()
    guard let limit = Message.byteLimit(kind: kind) else {
      throw input.refusal(.unknownKind, at: 4)
    }
    guard length >= 1, length - 1 <= limit else { throw input.refusal(.outOfRange, at: 0) }
    return (kind, length - 1)
  }
}
