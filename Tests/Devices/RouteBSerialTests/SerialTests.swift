// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import RouteBSerial
import Testing

@Suite("The serial line")
struct SerialTests {
  /// A pseudo-terminal: its controlling side, and the path of the other.
  private struct Line {
    let handle: FileHandle
    let path: String
    /// Held open, so that the line stays when the port goes.
    private let other: FileHandle

    init() throws {
      var (own, other): (Int32, Int32) = (-1, -1)
      var name = [CChar](repeating: 0, count: 64)
      try #require(openpty(&own, &other, &name, nil, nil) == 0)
      path = String(
        decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      handle = FileHandle(fileDescriptor: own, closeOnDealloc: true)
      self.other = FileHandle(fileDescriptor: other, closeOnDealloc: true)
    }
  }

  @Test("Bytes pass both ways as they are, line ends, XON and all", .timeLimit(.minutes(1)))
  func raw() async throws {
    let line = try Line()
    let port = try await SerialPort.open(line.path)
    let sent: [UInt8] = [0x0D, 0x0A, 0x11, 0x13, 0x00, 0x7F, 0xFF, 0x04]
    port.write(sent)
    #expect(Array(line.handle.readData(ofLength: sent.count)) == sent)
    line.handle.write(Data(sent.reversed()))
    var heard: [UInt8] = []
    for await bytes in port.incoming {
      heard += bytes
      if heard.count >= sent.count { break }
    }
    #expect(heard == sent.reversed())
    await port.close()
  }

  @Test("A port that is not there, and a file that is none, are refused with the path")
  func refused() async throws {
    for path in ["/dev/ttyNOWHERE", "/etc/passwd"] {
      let error = await #expect(throws: SerialPortError.self) {
        _ = try await SerialPort.open(path)
      }
      #expect(error?.description.contains(path) == true)
    }
  }
}
