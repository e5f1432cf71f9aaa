// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#endif

/// Why a serial port cannot be used, and what to do.
public struct SerialPortError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

/// A serial line of 115200 baud, 8N1, without flow control. Source: termios(3); Docs/echonet.md §7.
public struct SerialPort: Sendable {
  /// What comes in; it ends when the line is gone.
  public let incoming: AsyncStream<[UInt8]>
  private let channel: any Channel

  /// Opens the port at `path`, for example `/dev/serial/by-id/usb-…` or `/dev/ttyUSB0`; nobody else
  /// can open it then.
  public static func open(_ path: String) async throws(SerialPortError) -> SerialPort {
    let descriptor = Glibc.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw SerialPortError(description: reason(errno, path)) }
    if let failure = setUp(descriptor, path) {
      Glibc.close(descriptor)
      throw failure
    }
    let (stream, continuation) = AsyncStream.makeStream(
      of: [UInt8].self, bufferingPolicy: .bufferingNewest(4096))
    do {
      let channel = try await NIOPipeBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(LineReader(continuation))
          }
        }
        .takingOwnershipOfDescriptor(inputOutput: descriptor).get()
      return SerialPort(incoming: stream, channel: channel)
    } catch {
      continuation.finish()
      throw SerialPortError(description: "\(path) cannot be used: \(error)")
    }
  }

  /// Writes bytes in their order.
  public func write(_ bytes: [UInt8]) {
    channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
  }

  /// Closes the line and ends `incoming`.
  public func close() async { try? await channel.close().get() }

  private static func setUp(_ descriptor: Int32, _ path: String) -> SerialPortError? {
    var settings = termios()
    guard tcgetattr(descriptor, &settings) == 0 else {
      return SerialPortError(description: "\(path) is no serial port")
    }
    cfmakeraw(&settings)
    settings.c_cflag |= tcflag_t(CLOCAL | CREAD)
    settings.c_cflag &=
      ~tcflag_t(CSTOPB | PARENB) & ~tcflag_t(bitPattern: Int32(bitPattern: CRTSCTS))
    cfsetspeed(&settings, speed_t(B115200))
    guard tcsetattr(descriptor, TCSANOW, &settings) == 0 else {
      return SerialPortError(description: "\(path) does not take 115200 baud: \(text(errno))")
    }
    guard ioctl(descriptor, UInt(TIOCEXCL)) == 0 else {
      return SerialPortError(description: "\(path) cannot be had alone: \(text(errno))")
    }
    tcflush(descriptor, TCIOFLUSH)
    return nil
  }

  private static func reason(_ code: Int32, _ path: String) -> String {
    switch code {
    case ENOENT, ENODEV, ENXIO:
      "no dongle at \(path): is it plugged in? (ls /dev/serial/by-id shows what is)"
    case EACCES, EPERM:
      "\(path) may not be opened by this user: add it to the group dialout (adduser hinata dialout)"
    case EBUSY: "\(path) is in use by another program"
    default: "\(path) cannot be opened: \(text(code))"
    }
  }

  private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// Hands bytes to the stream and ends it with the line.
private final class LineReader: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let continuation: AsyncStream<[UInt8]>.Continuation

  init(_ continuation: AsyncStream<[UInt8]>.Continuation) { self.continuation = continuation }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    continuation.yield(Array(unwrapInboundIn(data).readableBytesView))
  }

  func channelInactive(context: ChannelHandlerContext) { continuation.finish() }

  /// A line that hangs up shows as an error of reading; there is nothing more to come.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
