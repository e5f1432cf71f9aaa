// SPDX-License-Identifier: Apache-2.0

/// A short series of amounts, coded as differences in a Rice code with the zeros at both ends left
/// out: 48 half-hours of a home's PV take about 40 bytes. Source: Docs/design.md §6.3.
///
/// Bytes: first (varint) ‖ length (varint, 0 when all are zero, and then nothing follows) ‖ bit
/// count of the parameter k (byte) ‖ count of code bytes (varint) ‖ code. The first and the last
/// coded amount are not zero, and k is the one that the mean difference dictates, so each series
/// has one encoding.
public enum RiceSeries {
  /// The longest series.
  public static let limit = 48
  /// Amounts stay below this.
  public static let bound: UInt64 = 1 << 32
  /// A quotient that takes more ones than this is written as an escape of `escapeBits` plain bits.
  static let unaryLimit = 24
  static let escapeBits = 34

  /// Appends `amounts`: at most 48, each below 2³².
  public static func encode(_ amounts: [UInt64], to output: inout ByteWriter) {
    guard let first = amounts.firstIndex(where: { $0 != 0 }),
      let last = amounts.lastIndex(where: { $0 != 0 })
    else {
      output.writeVarint(0)
      output.writeVarint(0)
      return
    }
    output.writeVarint(UInt64(first))
    output.writeVarint(UInt64(last - first + 1))
    var sum: UInt64 = 0
    var previous: Int64 = 0
    for index in first...last {
      sum += zigzag(Int64(amounts[index]) - previous)
      previous = Int64(amounts[index])
    }
    let k = parameter(sum: sum, count: last - first + 1)
    var bits = BitWriter()
    previous = 0
    for index in first...last {
      let difference = zigzag(Int64(amounts[index]) - previous)
      previous = Int64(amounts[index])
      let quotient = Int(difference >> UInt64(k))
      if quotient < unaryLimit {
        bits.writeUnary(quotient)
        bits.write(difference, width: k)
      } else {
        bits.write((1 << UInt64(unaryLimit)) - 1, width: unaryLimit)
        bits.write(difference, width: escapeBits)
      }
    }
    let code = bits.bytes
    output.write(UInt8(k))
    output.writeVarint(UInt64(code.count))
    output.writeBytes(code)
  }

  /// Reads a series of `count` amounts, which is at most 48.
  public static func decode(
    _ count: Int, from input: inout ByteReader
  ) throws(DecodeError) -> [UInt64] {
    var amounts = [UInt64](repeating: 0, count: count)
    let start = input.offset
    let first = Int(try input.readVarint(in: 0...UInt64(limit)))
    let length = Int(try input.readVarint(in: 0...UInt64(limit)))
    if length == 0 {
      guard first == 0 else { throw input.refusal(.notCanonical, at: start) }
      return amounts
    }
    guard first + length <= count else { throw input.refusal(.outOfRange, at: start) }
    let k = Int(try input.readUInt8())
    guard k <= 33 else { throw input.refusal(.outOfRange, at: input.offset - 1) }
    let byteCount = try input.readCount(in: 1...512)
    let codeStart = input.offset
    let code = try input.readBytes(byteCount)
    let refusal = code.withUnsafeBufferPointer { buffer in
      read(first..<(first + length), k, from: BitReader(buffer), into: &amounts)
    }
    if let refusal { throw input.refusal(refusal, at: codeStart) }
    return amounts
  }

  /// Reads the amounts of `slots`, or says why they are none.
  private static func read(
    _ slots: Range<Int>, _ k: Int, from reader: BitReader, into amounts: inout [UInt64]
  ) -> DecodeError.Reason? {
    var bits = reader
    var previous: Int64 = 0
    var sum: UInt64 = 0
    for index in slots {
      guard let difference = readDifference(k, from: &bits) else { return .notCanonical }
      sum += difference
      let amount =
        previous + (Int64(bitPattern: difference >> 1) ^ -Int64(bitPattern: difference & 1))
      guard amount >= 0, amount < Int64(bound) else { return .outOfRange }
      amounts[index] = UInt64(amount)
      previous = amount
    }
    let padding = bits.remaining
    guard padding < 8, bits.bits(padding) == 0, k == parameter(sum: sum, count: slots.count),
      amounts[slots.lowerBound] != 0, amounts[slots.upperBound - 1] != 0
    else { return .notCanonical }
    return nil
  }

  @inline(__always)
  private static func readDifference(_ k: Int, from bits: inout BitReader) -> UInt64? {
    if let difference = bits.rice(k, limit: unaryLimit) { return difference }
    // No zero within the limit: the escape, whose amount must not have fitted the short form.
    guard bits.bits(unaryLimit) == (1 << UInt64(unaryLimit)) - 1,
      let plain = bits.bits(escapeBits), plain >> UInt64(k) >= UInt64(unaryLimit)
    else { return nil }
    return plain
  }

  private static func zigzag(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: value << 1 ^ value >> 63)
  }

  /// The bit count of the mean difference, less one: near the best k for geometric differences.
  static func parameter(sum: UInt64, count: Int) -> Int {
    let mean = sum / UInt64(count)
    return mean < 2 ? 0 : 63 - mean.leadingZeroBitCount
  }
}
