// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto

/// A block taken apart ahead of its turn: what can be checked of it without the state before it.
struct PreparedBlock: Sendable {
  let height: UInt64
  let raw: RawBlock
  let sealed: Result<SealedHeader, Finding>
  let transactions: Result<[EncodedTransaction], Finding>
  /// Signatures that hold, by the keys that were known when they were checked. A key that has
  /// changed since is noticed: the law compares it with the one of the block's own state.
  let verified: [TransactionId: PublicKey]

  /// Takes `raw` apart and checks signatures by the members and sites of `keys`.
  init(_ raw: RawBlock, height: UInt64, keys: MemoryState, network: NetworkId) {
    self.height = height
    self.raw = raw
    do { sealed = .success(try SealedHeader(exactly: raw.header)) } catch {
      sealed = .failure(
        Finding(height: height, law: 8, reason: "the header is malformed (\(error))"))
    }
    transactions = PreparedBlock.decode(raw.body, height)
    var verified: [TransactionId: PublicKey] = [:]
    let view = StateView(keys)
    for transaction in (try? transactions.get()) ?? [] {
      let content = transaction.transaction.content
      guard let key = try? content.author(in: view), let seal = content.seal,
        seal.isValid(for: transaction.signedMessage(in: network), by: key)
      else { continue }
      verified[transaction.id] = key
    }
    self.verified = verified
  }

  private static func decode(
    _ body: [UInt8], _ height: UInt64
  ) -> Result<[EncodedTransaction], Finding> {
    var input = ByteReader(body)
    do {
      let transactions = try Block.readBody(from: &input)
      try input.finish()
      return .success(transactions)
    } catch {
      return .failure(
        Finding(
          height: height, law: 8, transaction: index(at: error.offset, in: body),
          reason: "the body is not the one that the header binds: malformed (\(error))"))
    }
  }

  /// Which transaction of a body holds the byte at `offset`, as far as the lengths can be followed.
  private static func index(at offset: Int, in body: [UInt8]) -> String? {
    var input = ByteReader(body)
    guard let count = try? input.readVarint() else { return nil }
    for index in 0..<count {
      guard let length = try? input.readVarint(in: 0...UInt64(body.count)),
        (try? input.readBytes(Int(length))) != nil
      else { return nil }
      if offset < input.offset { return "\(index)" }
    }
    return nil
  }

  /// Blocks of `source` from `first` on, up to about `transactions` transactions' worth of bytes
  /// and to `top`, taken apart by `jobs` tasks at once.
  static func window(
    of source: BlockSource, from first: UInt64, to top: UInt64, keys: MemoryState,
    network: NetworkId, jobs: Int
  ) async throws -> [PreparedBlock] {
    var raws: [RawBlock] = []
    var bytes = 0
    while first + UInt64(raws.count) <= top, bytes < 1 << 19, raws.count < 4096 {
      let raw = try source.block(at: first + UInt64(raws.count))
      bytes += raw.header.count + raw.body.count
      raws.append(raw)
    }
    let blocks = raws
    guard jobs > 1 else {
      return blocks.enumerated().map {
        PreparedBlock($1, height: first + UInt64($0), keys: keys, network: network)
      }
    }
    return await withTaskGroup(of: (Int, [PreparedBlock]).self) { group in
      // Small shares, handed out as they are done: blocks are of very different sizes.
      let share = max(1, blocks.count / (8 * jobs))
      for start in stride(from: 0, to: blocks.count, by: share) {
        group.addTask {
          let end = min(start + share, blocks.count)
          return (
            start,
            (start..<end).map {
              PreparedBlock(
                blocks[$0], height: first + UInt64($0), keys: keys, network: network)
            }
          )
        }
      }
      var parts: [(Int, [PreparedBlock])] = []
      for await part in group { parts.append(part) }
      return parts.sorted { $0.0 < $1.0 }.flatMap(\.1)
    }
  }
}
