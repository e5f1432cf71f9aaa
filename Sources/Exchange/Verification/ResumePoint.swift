// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import Ledger
import LedgerCrypto

/// Where a check of a long chain stood, so that it can go on from there. The state in it is not
/// believed: it must have the root that the block's header binds; that all laws hold up to there
/// rests on the run that wrote it.
///
/// Bytes: `hinata resume 1\n` ‖ network (32) ‖ height (8) ‖ block (32) ‖ transactions (8) ‖
/// entries (varint count; key (37), entry (varint length, bytes)) ‖ SHA-256 of all before (32).
struct ResumePoint {
  private static let magic = Array("hinata resume 1\n".utf8)

  /// Whether there is no file at `path` in a folder that is, or a file that begins like
  /// one.
  static func isPlace(_ path: String) -> Bool {
    guard FileManager.default.fileExists(atPath: path) else {
      let folder = (path as NSString).deletingLastPathComponent
      return folder.isEmpty || FileManager.default.isWritableFile(atPath: folder)
    }
    guard let handle = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? handle.close() }
    return (try? handle.read(upToCount: magic.count)).map { Array($0) } == magic
  }

  let network: NetworkId
  let height: UInt64
  let block: BlockHash
  let transactions: UInt64
  let entries: [(key: StateKey, entry: StateEntry)]

  /// The point in the file at `path`, nil where there is none of this network that is whole.
  init?(path: String, network: NetworkId) {
    guard let data = FileManager.default.contents(atPath: path), data.count > 32 else { return nil }
    let bytes = Array(data)
    guard Array(bytes.suffix(32)) == SHA256.digest(Array(bytes.dropLast(32))).bytes,
      let point = try? ResumePoint(body: Array(bytes.dropLast(32))),
      point.network == network
    else { return nil }
    self = point
  }

  private init(body: [UInt8]) throws(DecodeError) {
    var input = ByteReader(body)
    guard Array(try input.readBytes(ResumePoint.magic.count)) == ResumePoint.magic else {
      throw input.refusal(.unknownKind, at: 0)
    }
    network = try NetworkId(from: &input)
    height = try input.readFixed(UInt64.self)
    block = try BlockHash(from: &input)
    transactions = try input.readFixed(UInt64.self)
    var entries: [(StateKey, StateEntry)] = []
    for _ in 0..<(try input.readCount(in: 0...UInt64(UInt32.max), itemBytes: 38)) {
      guard let kind = StateKey.Kind(rawValue: try input.readUInt8()) else {
        throw input.refusal(.unknownKind)
      }
      let key = StateKey(kind, try input.readBytes32(), try input.readFixed(UInt32.self))
      let length = try input.readCount(in: 1...65_536)
      entries.append((key, try StateEntry(kind, exactly: Array(try input.readBytes(length)))))
    }
    try input.finish()
    self.entries = entries.map { (key: $0.0, entry: $0.1) }
  }

  /// Writes where `verifier` stands, in place of an older file.
  static func write(_ verifier: ChainVerifier, network: NetworkId, to path: String) throws {
    var output = ByteWriter()
    output.writeBytes(magic)
    network.encode(to: &output)
    output.writeFixed(verifier.height)
    verifier.tip.encode(to: &output)
    output.writeFixed(verifier.transactions)
    output.writeVarint(UInt64(verifier.state.count))
    verifier.state.visitBytes { key, bytes in
      output.writeBytes(key.bytes)
      output.writeVarint(UInt64(bytes.count))
      output.writeBytes(bytes)
    }
    output.write(SHA256.digest(output.bytes))
    try Data(output.bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
  }
}
