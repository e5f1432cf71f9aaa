// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
public import Ledger
import LedgerCrypto
public import LedgerFiles
public import LedgerStore

/// A block as it lies in a file: nothing of it is believed.
public struct RawBlock: Sendable {
  /// The name under which it is filed.
  public let hash: [UInt8]
  public let header: [UInt8]
  /// Empty where it was pruned.
  public let body: [UInt8]

  /// The bytes of a block.
  public init(hash: [UInt8], header: [UInt8], body: [UInt8]) {
    self.hash = hash
    self.header = header
    self.body = body
  }
}

/// Where the blocks of a chain come from: a node's data folder, or a file that a node wrote.
public enum BlockSource: Sendable {
  case store(LedgerStore)
  case file(ChainFileReader)

  /// The genesis under which it was kept.
  public var genesis: Genesis {
    switch self {
    case .store(let store): store.genesis
    case .file(let file): file.genesis
    }
  }

  /// The same blocks at one moment: a running node goes on writing.
  func frozen() throws -> BlockSource {
    switch self {
    case .store(let store): .store(try store.frozen())
    case .file: self
    }
  }

  /// The height of the last block.
  public func top() throws -> UInt64 {
    switch self {
    case .store(let store): try store.height()
    case .file(let file): file.top
    }
  }

  /// The lowest height above the genesis whose body is kept.
  func lowestBody() throws -> UInt64 {
    switch self {
    case .store(let store): try store.lowestBody()
    case .file: 1
    }
  }

  /// The block of the chain at `height`.
  /// - Throws: `Finding` where there is none.
  public func block(at height: UInt64) throws -> RawBlock {
    var found: RawBlock?
    switch self {
    case .store(let store):
      found = try store.rawBlock(height: height).map {
        RawBlock(hash: $0.hash, header: $0.header, body: $0.body)
      }
    case .file(let file):
      found = try file.block(height: height).map {
        let name = SHA256.digest(Array($0.header.prefix(BlockHeader.byteCount)))
        return RawBlock(hash: name.bytes, header: $0.header, body: $0.body)
      }
    }
    guard let found else {
      throw Finding(height: height, law: 8, reason: "the block is missing")
    }
    return found
  }
}
