// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Testing

@Suite("Canonical bytes")
struct CanonicalCodingTests {
  @Test("What is written is read again, byte for byte and to its end")
  func roundTrip() throws {
    var output = ByteWriter()
    output.write(7)
    output.writeFixed(0x1234 as UInt16)
    output.writeFixed(UInt32.max)
    output.writeVarint(300)
    output.writeSigned(-65)
    output.writeText("日向")
    output.writeFlag(true)
    output.write(Bytes32(words: (1, 2, 3, .max)))
    var input = ByteReader(output.bytes)
    #expect(try input.readUInt8() == 7)
    #expect(try input.readFixed(UInt16.self) == 0x1234)
    #expect(try input.readFixed(UInt32.self) == .max)
    #expect(try input.readVarint() == 300)
    #expect(try input.readSigned(in: -100...100) == -65)
    #expect(try input.readText(in: 1...20) == "日向")
    #expect(try input.readFlag())
    #expect(try input.readBytes32() == Bytes32(words: (1, 2, 3, .max)))
    try input.finish()
  }

  @Test(
    "A varint has one form: longer ones, unfinished ones and more than 64 bits are refused",
    arguments: [
      [0x80], [0x80, 0x00], [0xFF, 0x80, 0x00], [],
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02],
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
    ] as [[UInt8]])
  func varints(_ bytes: [UInt8]) {
    #expect(throws: DecodeError.self) {
      var input = ByteReader(bytes)
      _ = try input.readVarint()
    }
  }

  @Test("A text of another length, a broken one and a flag of 2 are refused")
  func refused() {
    func refuses(_ bytes: [UInt8], _ read: (inout ByteReader) throws -> Void) {
      #expect(throws: DecodeError.self) {
        var input = ByteReader(bytes)
        try read(&input)
      }
    }
    refuses([3, 65, 66, 67]) { _ = try $0.readText(in: 1...2) }
    refuses([2, 0xC3, 0x28]) { _ = try $0.readText(in: 1...20) }
    refuses([9, 65]) { _ = try $0.readText(in: 1...20) }
    refuses([2]) { _ = try $0.readFlag() }
    refuses([1, 2]) { _ = try $0.readBytes(3) }
    refuses([1, 2]) { try $0.finish() }
  }

  @Test("Hexadecimal comes back; other digits and odd lengths are none")
  func hexadecimal() {
    let bytes: [UInt8] = [0, 1, 0xAB, 0xFF]
    #expect(bytes.hex == "0001abff" && [UInt8](hex: "0001ABff") == bytes)
    #expect([UInt8](hex: "00 ff") == [0, 0xFF], "blanks part digits")
    for text in ["0", "0g", "é0", "0 0 0"] { #expect([UInt8](hex: text) == nil, "\(text)") }
    #expect(Bytes32(hex: String(repeating: "0", count: 63)) == nil)
    #expect(Bytes32(hex: String(repeating: "f", count: 64))?.words.0 == .max)
  }
}
