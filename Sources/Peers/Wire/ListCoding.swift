// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding

extension ByteReader {
  /// A list of values of at least `itemBytes` each: count (varint), then one after the other.
  mutating func readList<Item: Canonical>(
    _ type: Item.Type, in limit: ClosedRange<UInt64>, itemBytes: Int
  ) throws(DecodeError) -> [Item] {
    let count = try readCount(in: limit, itemBytes: itemBytes)
    var items: [Item] = []
    items.reserveCapacity(count)
    for _ in 0..<count { items.append(try Item(from: &self)) }
    return items
  }

  /// Bytes with their length before them.
  mutating func readBlob(in limit: ClosedRange<UInt64>) throws(DecodeError) -> [UInt8] {
    Array(try readBytes(try readCount(in: limit)))
  }
}

extension ByteWriter {
  mutating func writeList(_ items: [some Canonical]) {
    writeVarint(UInt64(items.count))
    for item in items { item.encode(to: &self) }
  }

  mutating func writeBlob(_ bytes: [UInt8]) {
    writeVarint(UInt64(bytes.count))
    writeBytes(bytes)
  }
}
