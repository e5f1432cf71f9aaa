// SPDX-License-Identifier: Apache-2.0

import RouteB
import Testing

@Suite("What a Wi-SUN module says")
struct SKStackInputTests {
  private static let head =
    "ERXUDP FE80:0000:0000:0000:021D:1290:1234:5678 FE80:0000:0000:0000:021D:1290:0003:8273 "
    + "0E1A 0E1A 001D129012345678 "
  /// A frame of ECHONET Lite whose data holds a line end.
  private static let frame: [UInt8] = [
    0x10, 0x81, 0x0D, 0x0A, 0x02, 0x88, 0x01, 0x05, 0xFF, 0x01, 0x72, 0x01, 0xE7, 0x04, 0x00, 0x00,
    0x0D, 0x0A,
  ]

  private static func line(_ fields: String, _ data: [UInt8]) -> [UInt8] {
    Array((head + fields).utf8) + data + [0x0D, 0x0A]
  }

  private static func datagram(isSecured: Bool?) -> SKStackReception {
    .datagram(
      frame, sender: "FE80:0000:0000:0000:021D:1290:1234:5678", sourcePort: 0x0E1A, port: 0x0E1A,
      isSecured: isSecured)
  }

  private static func hex(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return Array((digits.count == 1 ? "0" + digits : digits).utf8)
    }
  }

  @Test(
    "A datagram is read with and without side and link quality, in bytes and in hexadecimal",
    arguments: ["1 ", "1 0 ", "9C 1 0 ", "E1 1 "])
  func forms(fields: String) {
    for data in [Self.frame, Self.hex(Self.frame)] {
      var input = SKStackInput()
      #expect(input.take(Self.line(fields + "0012 ", data)) == [Self.datagram(isSecured: true)])
    }
  }

  @Test(
    "What a module says of the link's cipher is kept; one that says nothing is not taken for clear")
  func cipher() {
    for (fields, isSecured) in [("0 ", false), ("9C 0 1 ", false), ("1 ", true), ("", nil)]
      as [(String, Bool?)]
    {
      var input = SKStackInput()
      #expect(
        input.take(Self.line(fields + "0012 ", Self.frame)) == [Self.datagram(isSecured: isSecured)]
      )
    }
  }

  @Test("A datagram is cut by its length at whatever place the line pauses")
  func pieces() {
    for data in [Self.frame, Self.hex(Self.frame)] {
      let bytes =
        Self.line("1 0 0012 ", data)
        + Array("EVENT 33 FE80:0000:0000:0000:021D:1290:1234:5678 0\r\nOK\r\n".utf8)
      for cut in 0...bytes.count {
        var input = SKStackInput()
        let found = input.take(Array(bytes[..<cut])) + input.take(Array(bytes[cut...]))
        #expect(
          found == [Self.datagram(isSecured: true), .event(0x33, parameter: nil), .ok("")],
          "cut at \(cut)")
      }
    }
  }

  @Test("Lines: OK with and without more, FAIL, EVENT with side and parameter, all others")
  func lines() {
    var input = SKStackInput()
    let text = """
      OK 01\rFAIL ER10\r
      EVENT 21 FE80:0000:0000:0000:021D:1290:1234:5678 0 01\r
      EVENT 21 FE80:0000:0000:0000:021D:1290:1234:5678 02\r
      EVENT 25 FE80:0000:0000:0000:021D:1290:1234:5678 0\r
        Pan ID:8888\r\n
      """
    #expect(
      input.take(Array(text.utf8)) == [
        .ok("01"), .fail(code: 10), .event(0x21, parameter: 1), .event(0x21, parameter: 2),
        .event(0x25, parameter: nil), .line("  Pan ID:8888"),
      ])
  }

  @Test("Noise is counted and does not swallow what follows; an event behind it is still heard")
  func noise() {
    var input = SKStackInput()
    let event = Array("EVENT 29 FE80:0000:0000:0000:021D:1290:1234:5678\r\n".utf8)
    #expect(
      input.take([0x00, 0xFF, 0x80, 0x0D] + event + [0xFE, 0x07] + event)
        == [.garbage(3), .event(0x29, parameter: nil), .event(0x29, parameter: nil)])
    #expect(input.take(Array("ERXUDP FE80 nothing 12\r\nOK\r\n".utf8)).last == .ok(""))
  }

  @Test("A datagram whose length is wrong is dropped, and a line without end does not grow")
  func wrongLength() {
    var input = SKStackInput()
    var found: [SKStackReception] = []
    found += input.take(Self.line("1 0 0009 ", Self.frame))
    for _ in 0..<4 { found += input.take(Array("OK\r\n".utf8)) }
    #expect(!found.contains(Self.datagram(isSecured: true)))
    #expect(found.last == .ok(""))
    var endless = SKStackInput()
    let counted = (0..<100).flatMap { _ in endless.take([UInt8](repeating: 0x41, count: 100)) }
    #expect(counted.allSatisfy { if case .garbage = $0 { true } else { false } })
    #expect(!counted.isEmpty)
  }
}
