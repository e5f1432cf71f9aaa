// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import HTTPTypes
public import Ledger
import LedgerCrypto
import LedgerStore
import NodeServices
import PeerProtocol
import Quantities
import WebService

/// What is final and who approves, from the chain and, of a running node, from the approvals that
/// it has heard. Source: Docs/finality.md §3, §5.
public struct FinalityView: Sendable {
  public let term: Term
  /// The last final block that is known, as the checkpoint of its epoch, and its height.
  public let final: Checkpoint
  public let height: UInt64
  /// The height up to which the chain itself records that it is final.
  public let recordedHeight: UInt64
  /// The epoch of the highest agreed checkpoint; nil where approvals are not heard.
  public let agreedEpoch: UInt32?
  /// The seats that have approved at the newest epoch; nil where approvals are not heard.
  public let approved: Set<UInt8>?
  /// More than a third of the seats lie, and nothing is final any more.
  public let isBroken: Bool
  /// Whose seats they are, in their order; nil for keys that nobody has.
  public let members: [(id: MemberId, name: String)?]
}

extension ExplorerSource {
  /// What is final; nil in an open network.
  public func finality() async throws -> FinalityView? {
    guard let state = try ledger.finality() else { return nil }
    let summary = await keeper?.finality
    guard let term = try summary?.term ?? ledger.term(state.term) else { return nil }
    return FinalityView(
      term: term, final: summary?.final ?? state.recorded,
      height: max(summary?.height ?? 0, state.height), recordedHeight: state.height,
      agreedEpoch: summary?.agreed.epoch, approved: summary.map { Set($0.approved) },
      isBroken: summary?.isBroken ?? false,
      members: try term.seats.map { seat in
        try ledger.member(behind: seat.key).map { ($0.id, $0.member.record.name) }
      })
  }
}

/// What is final and who approves.
struct FinalityForm: Form {
  let view: FinalityView

  static let name = "Finality"
  static let fields: [Field<Self>] = [
    Field("term", .count, "Number of the term.") { .unsigned(UInt64($0.view.term.number)) },
    Field("term_end_epoch", .count, "The epoch whose first block draws the next term.") {
      .unsigned(UInt64($0.view.term.endEpoch))
    },
    Field("final_height", .count, "Height of the last final block.") { .unsigned($0.view.height) },
    Field("final_block", .id, "Its hash.") { .text($0.view.final.block.hex) },
    Field("final_epoch", .count, "The epoch that it is the checkpoint of.") {
      .unsigned(UInt64($0.view.final.epoch))
    },
    Field("recorded_height", .count, "Up to here the chain itself proves it.") {
      .unsigned($0.view.recordedHeight)
    },
    Field("agreed_epoch", .nullable(.count), "The highest that two thirds approved.") {
      .optional($0.view.agreedEpoch.map(UInt64.init))
    },
    Field("quorum", .count, "How many seats make a checkpoint agreed.") {
      .unsigned(UInt64($0.view.term.quorum))
    },
    Field("candidates", .count, "Members that could have been drawn.") {
      .unsigned($0.view.term.candidates)
    },
    Field("young_candidates", .count, "Of these, admitted within 90 days.") {
      .unsigned($0.view.term.young)
    },
    Field("is_broken", .flag, "More than a third of the seats lie: nothing is final.") {
      .flag($0.view.isBroken)
    },
    Field(items: "seats", "The seats, in their order.") { form in
      form.view.term.seats.indices.map { SeatForm(number: $0, view: form.view) }
    },
  ]
}

/// A seat of a term.
struct SeatForm: Form {
  let number: Int
  let view: FinalityView

  static let name = "Seat"
  static let fields: [Field<Self>] = [
    Field("seat", .count, "Its number.") { .unsigned(UInt64($0.number)) },
    Field("key", .id, "The key that approves.") {
      .text($0.view.term.seats[$0.number].key.value.hex)
    },
    Field("member", .nullable(.id), "Whose it is.") {
      .optional($0.view.members[$0.number]?.id.hex)
    },
    Field("member_name", .nullable(.text()), "Its name.") {
      .optional($0.view.members[$0.number]?.name)
    },
    Field("is_institution", .flag, "An operator, an exchange or the wholesale market.") {
      .flag($0.view.term.seats[$0.number].isInstitution)
    },
    Field("has_approved", .nullable(.flag), "At the newest epoch, as far as this node heard.") {
      form in
      form.view.approved.map { .flag($0.contains(UInt8(clamping: form.number))) } ?? .null
    },
  ]
}

/// What a record of finality proves.
struct FinalRecordForm: Form {
  let record: FinalityRecord

  static let name = "FinalRecord"
  static let fields: [Field<Self>] = [
    Field("term", .count, "The term whose seats approved it.") {
      .unsigned(UInt64($0.record.term))
    },
    Field("epoch", .nullable(.count), "The epoch of the checkpoint; null of a restart.") { form in
      if case .approved(let proof) = form.record {
        .unsigned(UInt64(proof.source.epoch))
      } else {
        .null
      }
    },
    Field("is_restart", .flag, "The operators and more than half of the others restarted it.") {
      form in
      if case .restarted = form.record { .flag(true) } else { .flag(false) }
    },
    Field("block", .id, "The final block.") { .text($0.record.block.hex) },
    Field("seats", .count, "How many seats the term has.") {
      .unsigned(UInt64($0.record.signers.seatCount))
    },
    Field(list: "approved_by", of: .count, "The seats that signed.") {
      $0.record.signers.seats.map { .unsigned(UInt64($0)) }
    },
  ]
}

/// Two votes of one seat that cannot both be given.
struct ContradictionForm: Form {
  let contradiction: Contradiction

  private var votes: [Vote] { [contradiction.first, contradiction.second] }

  private var approvals: [Approval] {
    votes.compactMap { if case .approval(let approval) = $0 { approval } else { nil } }
  }

  static let name = "Contradiction"
  static let fields: [Field<Self>] = [
    Field("term", .count, "The term.") { .unsigned(UInt64($0.contradiction.first.term)) },
    Field("seat", .count, "The seat.") { .unsigned(UInt64($0.contradiction.seat)) },
    Field(list: "source_epochs", of: .count, "From where the two approve; none of restarts.") {
      $0.approvals.map { .unsigned(UInt64($0.source.epoch)) }
    },
    Field(list: "target_epochs", of: .count, "For which epochs; none of restarts.") {
      $0.approvals.map { .unsigned(UInt64($0.target.epoch)) }
    },
    Field(list: "targets", of: .id, "The two blocks.") {
      $0.votes.map { .text($0.block.hex) }
    },
  ]
}

/// The operator's word that a term is to end.
struct RestartForm: Form {
  let restart: Restart

  static let name = "Restart"
  static let fields: [Field<Self>] = [
    Field("operator", .id, "Who restarts the network.") { .text($0.restart.operator.hex) },
    Field("term", .count, "The term that is to end.") { .unsigned(UInt64($0.restart.term)) },
    Field("checkpoint", .id, "A block of the chain that is meant.") {
      .text($0.restart.checkpoint.hex)
    },
  ]
}

/// A member's new node key.
struct NodeKeyForm: Form {
  let change: SetNodeKey

  static let name = "NodeKey"
  static let fields: [Field<Self>] = [
    Field("member", .id, "Whose key it is.") { .text($0.change.member.hex) },
    Field("key", .id, "The key that seals and approves.") { .text($0.change.key.value.hex) },
  ]
}

extension Resources {
  func finality() -> [Endpoint] {
    [
      Endpoint(
        "/api/v1/finality", "chain", "What is final, and who approves.",
        gives: .form(FinalityForm.schema), failures: [.notFound], isShared: false
      ) { _ in
        guard let view = try await source.finality() else {
          throw Problem.notFound("nothing is final in an open network")
        }
        return Answer(FinalityForm(view: view))
      }
    ]
  }
}
