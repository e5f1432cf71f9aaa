// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
public import ExplorerIndex
import HTTPTypes
import Ledger
import LedgerCrypto
import LedgerStore
import Quantities
public import WebService

/// A block in a list.
public struct BlockForm: Form {
  public let block: BlockSummary
  /// Who built it; nil where an open network's stranger did.
  public let producer: String?

  /// The form of a block, with its producer's name.
  public init(_ block: BlockSummary, _ source: ExplorerSource) throws {
    self.block = block
    producer = try source.member(of: block.producer)?.name
  }

  public static let name = "Block"
  public static let fields: [Field<Self>] = [
    Field("height", .count, "Blocks before it.") { .unsigned($0.block.height) },
    Field("hash", .id, "SHA-256 of its header.") { .text($0.block.hash.hex) },
    Field("time", .time, "Network time.") { .text("\($0.block.time)") },
    Field("producer_key", .id, "Key of who built it.") { .text($0.block.producer.value.hex) },
    Field("producer_name", .nullable(.text()), "Name of that member.") { .optional($0.producer) },
    Field("transactions", .nullable(.count), "Null where this node keeps no body of it.") {
      .optional($0.block.transactions.map(UInt64.init))
    },
    Field("reports", .count, "Reports among them.") { .unsigned(UInt64($0.block.reports)) },
    Field("body_bytes", .count, "Bytes of all of them.") { .unsigned(UInt64($0.block.bytes)) },
    Field("generated_wh", .count, "PQ1 that it recorded.") { .unsigned($0.block.generatedWh) },
    Field("minted_mcoin", .count, "Milli-coins that it minted.") {
      .unsigned($0.block.minted.value)
    },
    Field("retired_mcoin", .count, "Milli-coins that it retired.") {
      .unsigned($0.block.retired.value)
    },
  ]
}

/// A block with its header.
struct BlockDetailForm: Form {
  let form: BlockForm
  let header: BlockHeader
  let next: String?

  static let name = "BlockDetail"
  static let fields: [Field<Self>] =
    BlockForm.fields.map { field in field.of { $0.form } } + [
      Field("previous", .id, "Hash of the block before it.") { .text($0.header.previous.hex) },
      Field("next", .nullable(.id), "Hash of the block after it; null at the tip.") {
        .optional($0.next)
      },
      Field("transaction_root", .id, "Merkle root of its transactions.") {
        .text($0.header.transactionRoot.hex)
      },
      Field("state_root", .id, "Root of the state after it.") { .text($0.header.stateRoot.hex) },
      Field("target", .text(pattern: "^[0-9a-f]{8}$"), "Compact target, as in Bitcoin.") {
        .text(String(UInt64($0.header.target) | 1 << 32, radix: 16).dropFirst().description)
      },
      Field("search_seconds", .count, "Seconds that the search for the nonce took.") {
        .unsigned(UInt64($0.header.searchSeconds))
      },
      Field("nonce", .text(pattern: "^[0-9]+$"), "A number beyond 2⁵³ may be, so it is a text.") {
        .text("\($0.header.nonce)")
      },
      Field("total_generated_wh", .count, "PQ1 of the chain up to here.") {
        .unsigned($0.form.block.totalGeneratedWh)
      },
      Field("total_minted_mcoin", .count, "Milli-coins minted up to here.") {
        .unsigned($0.form.block.totalMinted.value)
      },
      Field("total_retired_mcoin", .count, "Milli-coins retired up to here.") {
        .unsigned($0.form.block.totalRetired.value)
      },
    ]
}

/// A block off the chain.
struct SideBlockForm: Form {
  let header: BlockHeader
  let producer: String?
  let isInvalid: Bool

  static let name = "SideBlock"
  static let fields: [Field<Self>] = [
    Field("height", .count, "Its height.") { .unsigned($0.header.height) },
    Field("hash", .id, "SHA-256 of its header.") { .text($0.header.hash.hex) },
    Field("previous", .id, "Hash of the block before it.") { .text($0.header.previous.hex) },
    Field("time", .time, "Network time.") { .text("\($0.header.time)") },
    Field("producer_name", .nullable(.text()), "Who built it.") { .optional($0.producer) },
    Field("invalid", .flag, "A law forbids it; otherwise another branch won.") {
      .flag($0.isInvalid)
    },
  ]
}

struct ReorganisationForm: Form {
  let change: Reorganisation

  static let name = "Reorganisation"
  static let fields: [Field<Self>] = [
    Field("time", .time, "Network time of the new tip.") { .text("\($0.change.time)") },
    Field("fork_height", .count, "The last block that both branches share.") {
      .unsigned($0.change.forkHeight)
    },
    Field("disconnected", .count, "Blocks taken off.") {
      .unsigned(UInt64($0.change.disconnected))
    },
    Field("connected", .count, "Blocks put on.") { .unsigned(UInt64($0.change.connected)) },
    Field("old_tip", .id, "Hash of the tip before.") { .text($0.change.oldTip.hex) },
    Field("new_tip", .id, "Hash of the tip after.") { .text($0.change.newTip.hex) },
  ]
}

extension Resources {
  static let block = Parameter("block", .block, "Height or hash of a block of the chain.")

  func blocks() -> [Endpoint] {
    [
      Endpoint(
        "/api/v1/blocks", "chain", "The blocks of the chain, newest first.",
        gives: .page(BlockForm.schema)
      ) { call in
        let blocks = try source.index.blocks(
          below: call.cursor.map { UInt64($0.0) }, limit: call.limit + 1)
        let page = try Page(
          blocks, for: call, cursor: { "\($0.height)" },
          form: {
            try BlockForm($0, source)
          })
        return Answer(page, for: call)
      },
      Endpoint(
        "/api/v1/blocks/{block}", "chain", "A block with its header.", [Resources.block],
        gives: .form(BlockDetailForm.schema), failures: [.notFound]
      ) { call in
        let block = try found(call)
        guard let header = try source.ledger.header(height: block.height)?.header,
          header.hash == block.hash
        else { throw Problem.notFound("the chain moved on; ask again") }
        let next = try source.index.block(height: block.height + 1)?.hash.hex
        let isFinal = try source.isFinal(block.height)
        return Answer(
          BlockDetailForm(form: try BlockForm(block, source), header: header, next: next),
          freshness: isFinal && call["block"]?.count == 64 ? .fixed : .changing)
      },
      Endpoint(
        "/api/v1/blocks/{block}/transactions", "chain", "The transactions of a block, in order.",
        [Resources.block], gives: .page(TransactionForm.schema), failures: [.notFound]
      ) { call in
        let block = try found(call)
        let from = call.cursor.map { Int(clamping: $0.0) + 1 } ?? 0
        let all = try source.index.transactions(
          ofBlock: block.height, from: from, limit: call.limit + 1)
        return Answer(
          Page(all, for: call, cursor: { "\($0.place.position)" }, form: TransactionForm.init),
          for: call)
      },
      Endpoint(
        "/api/v1/side-blocks", "chain",
        "Blocks that are not on the chain: other branches, and those that a law forbids.",
        gives: .page(SideBlockForm.schema)
      ) { call in
        let blocks = try source.ledger.sideBlocks(before: call.cursor?.0, limit: call.limit + 1)
        let page = try Page(
          blocks, for: call, cursor: { "\($0.number)" },
          form: {
            SideBlockForm(
              header: $0.header.header,
              producer: try source.member(of: $0.header.header.producer)?.name,
              isInvalid: $0.isInvalid)
          })
        return Answer(page, for: call)
      },
      Endpoint(
        "/api/v1/reorganisations", "chain",
        "When the chain changed its mind, as this node saw it, newest first.",
        gives: .page(ReorganisationForm.schema)
      ) { call in
        let all = try source.index.reorganisations(before: call.cursor?.0, limit: call.limit + 1)
        return Answer(
          Page(all, for: call, cursor: { "\($0.number)" }, form: ReorganisationForm.init), for: call
        )
      },
    ]
  }

  private func found(_ call: Call) throws -> BlockSummary {
    guard let block = try source.block(call["block"] ?? "") else {
      throw Problem.notFound("the chain has no block \(call["block"] ?? "")")
    }
    return block
  }
}
