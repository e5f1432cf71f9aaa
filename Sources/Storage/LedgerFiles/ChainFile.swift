// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
public import Ledger
import LedgerCrypto

/// Why a chain file cannot be read or written.
public struct ChainFileError: Error, Sendable, CustomStringConvertible {
  /// What is wrong, with the file's name.
  public let description: String

  /// An error that `description` explains.
  public init(_ description: String) { self.description = description }
}

/// A chain as one file that can be mailed, copied and checked without a database.
///
/// Bytes: `hinata chain 1\n` ‖ genesis (length (4), bytes) ‖ each block from height 0 on (length
/// (4), sealed header (242), body) ‖ 0 (4) ‖ number of blocks (8) ‖ SHA-256 of all before (32).
/// Numbers are big endian. Nothing in it is believed: the hash finds damage, the laws find lies.
public enum ChainFile {
  static let magic = Array("hinata chain 1\n".utf8)
  static let headerByteCount = 242
  /// No block is longer: the largest that a network file may allow, and its header.
  static let blockLimit = 64 << 20
}

/// Encodes a chain file piece by piece, for a file or for a network.
public struct ChainFileEncoder: Sendable {
  private var hash = SHA256()
  private var count: UInt64 = 0

  /// An encoder of a file that has not begun.
  public init() {}

  /// The bytes before the blocks.
  public mutating func begin(_ genesis: Genesis) -> [UInt8] {
    var output = ByteWriter()
    output.writeBytes(ChainFile.magic)
    output.writeFixed(UInt32(genesis.bytes.count))
    output.writeBytes(genesis.bytes)
    return hashed(output.bytes)
  }

  /// The bytes of the next block, the genesis block first.
  public mutating func block(header: [UInt8], body: [UInt8]) -> [UInt8] {
    var output = ByteWriter(capacity: 4 + header.count + body.count)
    output.writeFixed(UInt32(header.count + body.count))
    output.writeBytes(header)
    output.writeBytes(body)
    count += 1
    return hashed(output.bytes)
  }

  /// The bytes after the last block.
  public mutating func end() -> [UInt8] {
    var output = ByteWriter()
    output.writeFixed(UInt32(0))
    output.writeFixed(count)
    return hashed(output.bytes) + hash.finish().bytes
  }

  private mutating func hashed(_ bytes: [UInt8]) -> [UInt8] {
    hash.update(bytes)
    return bytes
  }
}

/// Writes a chain file block by block. A file that was not finished has no end and is refused.
public struct ChainFileWriter {
  private let handle: FileHandle
  private let path: String
  private var encoder = ChainFileEncoder()
  private var buffer: [UInt8] = []

  /// Begins a file at `path`, in place of any that is there.
  public init(path: String, genesis: Genesis) throws(ChainFileError) {
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let handle = FileHandle(forWritingAtPath: path)
    else { throw ChainFileError("\(path) cannot be written") }
    self.handle = handle
    self.path = path
    try put(encoder.begin(genesis))
  }

  /// Appends the next block, the genesis block first.
  public mutating func append(header: [UInt8], body: [UInt8]) throws(ChainFileError) {
    try put(encoder.block(header: header, body: body))
  }

  /// Ends the file.
  public mutating func finish() throws(ChainFileError) {
    try put(encoder.end())
    try flush()
    do {
      try handle.synchronize()
      try handle.close()
    } catch { throw ChainFileError("\(path): \(error)") }
  }

  private mutating func put(_ bytes: [UInt8]) throws(ChainFileError) {
    buffer += bytes
    if buffer.count >= 1 << 20 { try flush() }
  }

  private mutating func flush() throws(ChainFileError) {
    do { try handle.write(contentsOf: Data(buffer)) } catch {
      throw ChainFileError("\(path): \(error)")
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

/// A chain file that is whole: its places are known, its blocks are read when they are asked for.
public struct ChainFileReader: Sendable {
  public let path: String
  public let genesis: Genesis
  /// Where each block begins, and its length.
  private let places: [(offset: UInt64, length: UInt32)]

  /// The height of the last block.
  public var top: UInt64 { UInt64(places.count - 1) }

  /// Reads a file through once: its form, and the hash at its end.
  public init(path: String) throws(ChainFileError) {
    self.path = path
    var scan = try Scan(path)
    guard try scan.take(ChainFile.magic.count) == ChainFile.magic else {
      throw ChainFileError("\(path) is no chain file of version 1")
    }
    let length = try scan.number()
    guard length <= 1 << 20, let genesis = try? Genesis(exactly: try scan.take(length)) else {
      throw ChainFileError("\(path): the genesis in it is malformed")
    }
    self.genesis = genesis
    var places: [(UInt64, UInt32)] = []
    while case let length = try scan.number(), length > 0 {
      guard (ChainFile.headerByteCount + 1...ChainFile.blockLimit).contains(length) else {
        throw ChainFileError("\(path): block \(places.count) states \(length) bytes")
      }
      places.append((scan.offset, UInt32(length)))
      _ = try scan.take(length)
    }
    let counted = try scan.take(8)
    let expected = scan.digest
    guard counted.reduce(0, { $0 << 8 | UInt64($1) }) == places.count, !places.isEmpty,
      try scan.take(32) == expected.bytes, try scan.isAtEnd()
    else { throw ChainFileError("\(path) is damaged: it does not have the hash at its end") }
    self.places = places.map { (offset: $0.0, length: $0.1) }
  }

  /// The header and the body of the block at `height`, undecoded, or nil above the top.
  public func block(
    height: UInt64
  ) throws(ChainFileError) -> (header: [UInt8], body: [UInt8])? {
    try blocks(in: height..<height + 1).first
  }

  /// The blocks of a range of heights, as far as there are any.
  public func blocks(
    in range: Range<UInt64>
  ) throws(ChainFileError) -> [(header: [UInt8], body: [UInt8])] {
    let range = range.clamped(to: 0..<UInt64(places.count))
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw ChainFileError("\(path) cannot be read")
    }
    var blocks: [(header: [UInt8], body: [UInt8])] = []
    do {
      for height in range {
        let (offset, length) = places[Int(height)]
        try handle.seek(toOffset: offset)
        let bytes = Array(try handle.read(upToCount: Int(length)) ?? Data())
        guard bytes.count == Int(length) else {
          throw ChainFileError("\(path) was cut while it was read")
        }
        blocks.append(
          (
            Array(bytes[..<ChainFile.headerByteCount]), Array(bytes[ChainFile.headerByteCount...])
          ))
      }
      try handle.close()
    } catch { throw ChainFileError("\(path): \(error)") }
    return blocks
  }
}

/// Reads a file from its beginning, a piece at a time, hashing as it goes.
private struct Scan {
  private let path: String
  private let handle: FileHandle
  private var buffer: [UInt8] = []
  private var position = 0
  private var hash = SHA256()
  private(set) var offset: UInt64 = 0

  init(_ path: String) throws(ChainFileError) {
    self.path = path
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw ChainFileError("\(path) cannot be read")
    }
    self.handle = handle
  }

  mutating func take(_ count: Int) throws(ChainFileError) -> [UInt8] {
    if buffer.count - position < count {
      buffer.removeFirst(position)
      position = 0
    }
    while buffer.count < count {
      guard let more = try read(), !more.isEmpty else {
        throw ChainFileError("\(path) ends at byte \(offset + UInt64(buffer.count)), in its middle")
      }
      buffer += more
    }
    let taken = Array(buffer[position..<position + count])
    position += count
    hash.update(taken)
    offset += UInt64(count)
    return taken
  }

  mutating func number() throws(ChainFileError) -> Int {
    Int(try take(4).reduce(0) { $0 << 8 | UInt32($1) })
  }

  /// The hash of all that was taken.
  var digest: Bytes32 {
    var copy = hash
    return copy.finish()
  }

  mutating func isAtEnd() throws(ChainFileError) -> Bool {
    guard position == buffer.count else { return false }
    return try read()?.isEmpty ?? true
  }

  private func read() throws(ChainFileError) -> Data? {
    do { return try handle.read(upToCount: 1 << 20) } catch {
      throw ChainFileError("\(path): \(error)")
    }
  }
}
