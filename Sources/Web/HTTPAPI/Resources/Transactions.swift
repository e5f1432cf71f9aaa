// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
public import ExplorerIndex
import HTTPTypes
public import Ledger
import LedgerCrypto
import LedgerStore
import Metering
import NodeServices
import Proofs
import Quantities
public import WebService

/// A transaction in a list.
public struct TransactionForm: Form {
  public let summary: TransactionSummary

  /// The form of a transaction.
  public init(_ summary: TransactionSummary) { self.summary = summary }

  /// The word for its kind.
  public var kind: TransactionKind? { TransactionKind(code: summary.kind) }

  public static let name = "Transaction"
  public static let fields: [Field<Self>] = [
    Field("id", .id, "SHA-256 of its bytes.") { .text($0.summary.id.hex) },
    Field("kind", .transactionKind, "What it does.") { .text($0.kind?.rawValue ?? "unknown") },
    Field("height", .count, "Height of its block.") { .unsigned($0.summary.place.height) },
    Field("position", .count, "Its place there.") { .unsigned(UInt64($0.summary.place.position)) },
    Field("time", .time, "Network time of its block.") { .text("\($0.summary.time)") },
    Field(
      "subject", .nullable(.id),
      "The site of a report, a mint or a registration; the member of an admission; the lot of a transfer or a retirement."
    ) { .optional($0.summary.subject?.hex) },
    Field("subject_name", .nullable(.text()), "Name of that site or member.") {
      .optional($0.summary.subjectName)
    },
    Field("first_interval", .nullable(.count), "First interval of its period.") {
      .optional($0.summary.first.map { UInt64($0.number) })
    },
    Field("first_interval_start", .nullable(.time), "When that begins.") {
      .optional($0.summary.first.map { "\($0.start)" })
    },
    Field("generated_wh", .nullable(.count), "PQ1 of a report.") {
      .optional($0.summary.kind == Report.kind ? $0.summary.amount : nil)
    },
    Field("amount_mcoin", .nullable(.count), "Milli-coins of a mint, a transfer or a retirement.") {
      .optional($0.summary.kind == Report.kind ? nil : $0.summary.amount)
    },
    Field("bytes", .count, "Its length.") { .unsigned(UInt64($0.summary.byteCount)) },
  ]
}

/// A transaction with all that it says.
struct TransactionDetailForm: Form {
  let form: TransactionForm
  let block: BlockHash
  let proof: TransactionProof

  private var encoded: EncodedTransaction { proof.transaction }
  private var parts: TransactionParts { TransactionParts(encoded) }

  static let name = "TransactionDetail"
  static let fields: [Field<Self>] =
    TransactionForm.fields.map { $0.of { $0.form } } + [
      Field("block", .id, "Hash of its block.") { .text($0.block.hex) },
      Field("body", .text(pattern: "^([0-9a-f]{2})+$"), "Its canonical bytes.") {
        .text($0.encoded.bytes.hex)
      },
      Field(
        "signature", .nullable(.text(pattern: "^[0-9a-f]{128}$")),
        "Its signature, Ed25519; null where it proves itself."
      ) { form in
        .optional(
          form.encoded.transaction.content.seal.map { _ in
            Array(form.encoded.bytes.suffix(64)).hex
          })
      },
      Field(
        list: "merkle_path", of: .id,
        "What is hashed with it, from the leaf to the block's transaction root."
      ) { $0.proof.path.siblings.map { .text($0.hex) } },
      Field(form: "report", "Of a report.") { $0.parts.report },
      Field(form: "mint", "Of a mint.") { $0.parts.mint },
      Field(form: "movement", "Of a transfer or a retirement.") { $0.parts.movement },
      Field(form: "admitted", "Of an admission.") { $0.parts.admitted },
      Field(form: "registered", "Of a registration.") { $0.parts.registered },
      Field("suspends", .nullable(.flag), "Of a change of standing.") {
        $0.parts.suspends.map { .flag($0) } ?? .null
      },
      Field(form: "final", "Of a record of finality.") { $0.parts.final },
      Field(form: "contradiction", "Of a contradiction.") { $0.parts.contradiction },
      Field(form: "restart", "Of a restart.") { $0.parts.restart },
      Field(form: "edition", "Of an edition of the rules.") { $0.parts.edition },
      Field(form: "foreign", "Of value of another network.") { $0.parts.foreign },
      Field(form: "node_key", "Of a change of node key.") { $0.parts.nodeKey },
    ]
}

extension Schema {
  /// The word for a kind of transaction.
  static var transactionKind: Schema { .choice(TransactionKind.allCases.map(\.rawValue)) }
}

/// What a transaction says, by its kind: a new kind does not compile before it has its part here.
private struct TransactionParts {
  var report: ReportForm?
  var mint: MintForm?
  var movement: MovementForm?
  var admitted: MemberRecordForm?
  var registered: SiteRecordForm?
  var suspends: Bool?
  var final: FinalRecordForm?
  var contradiction: ContradictionForm?
  var nodeKey: NodeKeyForm?
  var edition: EditionForm?
  var foreign: ForeignLotForm?
  var restart: RestartForm?

  init(_ encoded: EncodedTransaction) {
    switch encoded.transaction {
    case .report(let report): self.report = ReportForm(report: report)
    case .mint(let mint): self.mint = MintForm(mint: mint)
    case .transfer, .retire: movement = MovementForm(encoded)
    case .admitMember(let admission): admitted = MemberRecordForm(record: admission.record)
    case .registerSite(let registration): registered = SiteRecordForm(record: registration.record)
    case .setStanding(let change): suspends = change.isSuspended
    case .recordFinal(let record): final = FinalRecordForm(record: record.record)
    case .contradiction(let contradiction):
      self.contradiction = ContradictionForm(contradiction: contradiction)
    case .moveEdition(let move): edition = EditionForm(edition: move.edition)
    case .honour(let honour): foreign = ForeignLotForm(value: honour.value)
    case .restart(let restart): self.restart = RestartForm(restart: restart)
    case .setNodeKey(let change): nodeKey = NodeKeyForm(change: change)
    }
  }
}

/// An edition of the network's rules.
struct EditionForm: Form {
  let edition: Edition

  static let name = "Edition"
  static let fields: [Field<Self>] = [
    Field("number", .count, "Its number.") { .unsigned($0.edition.number) },
    Field("from", .count, "Blocks from this time on go by it, seconds since 1970.") {
      .unsigned($0.edition.from.seconds)
    },
    Field("is_known", .flag, "Whether this version knows it; else it stops before that time.") {
      .flag($0.edition.isKnown)
    },
  ]
}

/// What a mint says.
struct MintForm: Form {
  let mint: Mint

  static let name = "Mint"
  static let fields: [Field<Self>] = [
    Field("exchange", .id, "Who minted.") { .text($0.mint.exchange.hex) },
    Field("site", .id, "Whose generation.") { .text($0.mint.site.hex) },
    Field("first_interval", .count, "First interval.") { .unsigned(UInt64($0.mint.first.number)) },
    Field("intervals", .count, "How many.") { .unsigned(UInt64($0.mint.length)) },
    Field("amount_mcoin", .count, "Milli-coins.") { .unsigned($0.mint.amount.value) },
    Field("claim", .id, "The claim that it answers.") { .text($0.mint.claim.hex) },
  ]
}

/// What a transfer or a retirement moves.
struct MovementForm: Form {
  let lot: LotId
  let from: MemberId
  let to: MemberId?
  let purpose: String?
  let beneficiary: String?
  let consumption: Retire.Consumption?
  let made: LotId

  init?(_ encoded: EncodedTransaction) {
    switch encoded.transaction {
    case .transfer(let transfer):
      (lot, from, to) = (transfer.lot, transfer.from, transfer.to)
      (purpose, beneficiary, consumption) = (nil, nil, nil)
    case .retire(let retirement):
      (lot, from, to) = (retirement.lot, retirement.owner, nil)
      (purpose, beneficiary) = (retirement.purpose, retirement.beneficiary)
      consumption = retirement.consumption
    default: return nil
    }
    made = encoded.lotId(0)
  }

  static let name = "Movement"
  static let fields: [Field<Self>] = [
    Field("lot", .id, "The lot that it takes from.") { .text($0.lot.hex) },
    Field("made", .id, "The lot that was sent or retired.") { .text($0.made.hex) },
    Field("from", .id, "Whose it was.") { .text($0.from.hex) },
    Field("to", .nullable(.id), "Who got it; null for a retirement.") { .optional($0.to?.hex) },
    Field("purpose", .nullable(.text()), "Why it was retired.") { .optional($0.purpose) },
    Field("beneficiary", .nullable(.text()), "In whose name.") { .optional($0.beneficiary) },
    Field("consumption_site", .nullable(.id), "The site whose consumption it is matched with.") {
      .optional($0.consumption?.site.hex)
    },
    Field(items: "matches", "What it is matched with, interval by interval.") {
      $0.consumption?.matches.map(MatchForm.init) ?? []
    },
  ]
}

struct MatchForm: Form {
  let match: Retire.Match

  init(_ match: Retire.Match) { self.match = match }

  static let name = "Match"
  static let fields: [Field<Self>] = [
    Field("interval", .count, "The interval.") { .unsigned(UInt64($0.match.interval.number)) },
    Field("matched_wh", .count, "Energy paired on both sides.") {
      .unsigned(UInt64($0.match.energyWh))
    },
  ]
}

/// A transaction that waits for a block.
struct WaitingForm: Form {
  let encoded: EncodedTransaction

  init(_ encoded: EncodedTransaction) { self.encoded = encoded }

  static let name = "Waiting"
  static let fields: [Field<Self>] = [
    Field("id", .id, "SHA-256 of its bytes.") { .text($0.encoded.id.hex) },
    Field("kind", .transactionKind, "What it does.") {
      .text($0.encoded.transaction.kind.rawValue)
    },
    Field("bytes", .count, "Its length.") { .unsigned(UInt64($0.encoded.bytes.count)) },
  ]
}

/// A transaction that was taken in.
struct AcceptedForm: Form {
  let id: TransactionId

  static let name = "Accepted"
  static let fields: [Field<Self>] = [
    Field("id", .id, "It waits for a block under this id.") { .text($0.id.hex) }
  ]
}

extension Resources {
  static let transaction = Parameter("transaction", .id, "Id of a transaction of the chain.")

  func transactions() -> [Endpoint] {
    [
      Endpoint(
        "/api/v1/transactions", "transactions", "The transactions of the chain, newest first.",
        [Parameter("kind", .choice(TransactionKind.allCases.map(\.rawValue)), "One kind alone.")],
        gives: .page(TransactionForm.schema)
      ) { call in
        let code = call["kind"].flatMap(TransactionKind.init)?.code
        let all = try source.index.transactions(
          kind: code, before: call.place, limit: call.limit + 1)
        return Answer(page(all, call), for: call)
      },
      Endpoint(
        "/api/v1/transactions/{transaction}", "transactions", "A transaction with all it says.",
        [Resources.transaction], gives: .form(TransactionDetailForm.schema), failures: [.notFound]
      ) { call in
        let (form, isFinal) = try detail(TransactionId(call.id("transaction") ?? .zero))
        return Answer(form, freshness: isFinal ? .fixed : .changing)
      },
      Endpoint(
        .post, "/api/v1/transactions", "transactions",
        "Sends a signed transaction, in its canonical bytes, to wait for a block.",
        body: ("application/octet-stream", Int(EncodedTransaction.limit)),
        gives: .form(AcceptedForm.schema), failures: [.unprocessableContent, .serviceUnavailable]
      ) { call in try await submit(call) },
      Endpoint(
        "/api/v1/mempool", "transactions", "What waits for a block, in the order of the next one.",
        gives: .page(WaitingForm.schema), failures: [.serviceUnavailable], isShared: false
      ) { call in
        let pool = try await node().pool.transactions
        let from = Int(clamping: call.cursor?.0 ?? 0)
        let rest = pool.dropFirst(from).prefix(call.limit)
        let end = from + rest.count
        return Answer(
          Page(rest.map(WaitingForm.init), next: end < pool.count ? "\(end)" : nil), for: call)
      },
    ]
  }

  func page(_ all: [TransactionSummary], _ call: Call) -> Page {
    Page(
      all, for: call, cursor: { "\($0.place.height).\($0.place.position)" },
      form: TransactionForm.init)
  }

  /// The transaction with what proves it, and whether it is as good as final.
  func detail(_ id: TransactionId) throws -> (form: TransactionDetailForm, isFinal: Bool) {
    guard let (summary, block, proof) = try source.proof(of: id) else {
      throw Problem.notFound("the chain has no transaction \(id.hex), or this node pruned it")
    }
    return (
      TransactionDetailForm(form: TransactionForm(summary), block: block.header.hash, proof: proof),
      try source.isFinal(summary.place.height)
    )
  }

  private func submit(_ call: Call) async throws -> Answer {
    let node = try node()
    let transaction: EncodedTransaction
    do { transaction = try EncodedTransaction(exactly: call.body) } catch {
      throw Problem.badRequest("the body is no transaction: \(error)")
    }
    if let reason = try await node.offer(transaction) {
      throw Problem(.unprocessableContent, reason.description)
    }
    return Answer(AcceptedForm(id: transaction.id), freshness: .never)
  }
}

extension Call {
  /// Where a list of transactions goes on.
  var place: ChainPlace? {
    cursor.map { ChainPlace(height: UInt64($0.0), position: Int(clamping: $0.1)) }
  }
}
