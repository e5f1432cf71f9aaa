// SPDX-License-Identifier: Apache-2.0

import QRCodes
import Testing

@Suite("QR codes")
struct QRCodeTests {
  @Test("The picture for a terminal and for a page are one code, with a quiet zone around it")
  func pictures() throws {
    let code = try QRCode("https://example.jp/certificates/7")
    let lines = code.text.split(separator: "\n").map(Array.init)
    #expect(lines.allSatisfy { $0.count == lines[0].count })
    #expect(lines[0].allSatisfy { $0 == "█" } && lines.allSatisfy { $0[0] == "█" })
    #expect(Set(lines.joined()) == ["█", "▀", "▄", " "])
    let dark = code.svg.split(separator: "M").count - 2
    let squares = lines.joined().reduce(0) { $0 + ($1 == " " ? 2 : $1 == "█" ? 0 : 1) }
    // The last row of an odd code has light below it.
    #expect(squares == dark)
    #expect(code.svg.hasPrefix("<svg") && code.svg.contains("role=\"img\""))
  }

  @Test("What no code can hold is refused with its length")
  func tooLong() throws {
    _ = try QRCode(String(repeating: "x", count: 2331))
    let error = #expect(throws: QRCodeError.self) {
      _ = try QRCode(String(repeating: "x", count: 2332))
    }
    #expect(error?.count == 2332)
  }
}
