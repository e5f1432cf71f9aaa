// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger
public import LedgerCrypto
public import Quantities

/// A block in a line.
public struct BlockSummary: Sendable {
  public let height: UInt64
  public let hash: BlockHash
  public let time: NetworkTime
  public let producer: PublicKey
  /// Bytes of its body.
  public let bytes: Int
  /// Nil where the store has no body of it.
  public let transactions: Int?
  public let reports: Int
  /// PQ1 of its reports, in Wh.
  public let generatedWh: UInt64
  public let minted: MilliCoins
  public let retired: MilliCoins
  /// The same up to this block, itself included.
  public let totalGeneratedWh: UInt64
  public let totalMinted: MilliCoins
  public let totalRetired: MilliCoins
}

/// Where a transaction stands on the chain; the order of the chain.
public struct ChainPlace: Hashable, Comparable, Sendable {
  public let height: UInt64
  public let position: Int

  /// The place `position` in the block at `height`.
  public init(height: UInt64, position: Int) {
    self.height = height
    self.position = position
  }

  /// Orders as the chain does.
  public static func < (left: ChainPlace, right: ChainPlace) -> Bool {
    (left.height, left.position) < (right.height, right.position)
  }
}

/// A transaction in a line.
public struct TransactionSummary: Sendable {
  public let place: ChainPlace
  public let time: NetworkTime
  /// The first byte of its encoding.
  public let kind: UInt8
  public let id: TransactionId
  /// The site of a report, a mint or a registration; the member of an admission or a change of
  /// standing; the lot that a transfer or a retirement takes from.
  public let subject: Bytes32?
  /// The name of that site or member; nil for a lot.
  public let subjectName: String?
  /// The first interval of a report, a mint or the part that moved.
  public let first: Interval?
  /// PQ1 of a report in Wh; milli-coins of a mint, a transfer or a retirement.
  public let amount: UInt64?
  /// Where its bytes lie in the block's body.
  let start: Int
  let length: Int

  /// Bytes of its encoding.
  public var byteCount: Int { length }
}

/// A lot, living or ended, with its place in the tree of lots.
public struct LotSummary: Sendable {
  public let id: LotId
  public let lot: Lot
  public let born: ChainPlace
  /// Where it was split, sent or retired: it is no more, its parts are.
  public let ended: ChainPlace?
  /// The lot that it is a part of; nil for what a mint made.
  public let parent: LotId?
  /// The names of its owner and of the site that it comes from.
  public let ownerName: String
  public let siteName: String
}

/// A member or a site with the name that people know it by.
public struct NamedEntity: Sendable {
  /// What it is.
  public enum Kind: Int, Sendable {
    case member = 1
    case site = 2
  }

  public let kind: Kind
  public let id: Bytes32
  public let name: String
  /// Whose site it is.
  public let member: MemberId?
  /// Its place in the order of admission: what a list goes on from.
  public let number: Int64
}

/// PQ1–PQ4 of one site or of the whole network, over an interval or a day, in Wh.
public struct EnergySums: Sendable {
  /// The number of the interval, or of the day since 1970.
  public let number: UInt32
  /// How many sites reported; for one site's day how many of its slots are recorded.
  public let count: Int
  public let generatedWh: UInt64
  public let consumedWh: UInt64
  public let soldWh: UInt64
  public let purchasedWh: UInt64
}

/// The chain took blocks off and put others on.
public struct Reorganisation: Sendable {
  /// Its place in the list.
  public let number: Int64
  /// Network time of the new tip.
  public let time: NetworkTime
  /// The last block that both branches share.
  public let forkHeight: UInt64
  public let disconnected: Int
  public let connected: Int
  public let oldTip: BlockHash
  public let newTip: BlockHash
}

extension EnergySums {
  /// The sums of both, under the number of the first.
  public static func + (left: EnergySums, right: EnergySums) -> EnergySums {
    EnergySums(
      number: left.number, count: left.count + right.count,
      generatedWh: left.generatedWh + right.generatedWh,
      consumedWh: left.consumedWh + right.consumedWh, soldWh: left.soldWh + right.soldWh,
      purchasedWh: left.purchasedWh + right.purchasedWh)
  }
}
