// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import HTTPTypes
public import Ledger
import LedgerCrypto
import LedgerStore
import Quantities
public import WebService

/// What an exchange decided on a claim.
public struct DecisionForm: Form {
  public let decision: ClaimDecision
  public let site: String?
  public let exchange: String?

  public static let name = "Decision"
  public static let fields: [Field<Self>] = [
    Field("claim", .id, "Id of the claim.") { .text($0.decision.claim.id.hex) },
    Field("outcome", .choice(ClaimDecision.Outcome.allCases.map { "\($0)" }), "What came of it.") {
      .text("\($0.decision.outcome)")
    },
    Field("time", .time, "Network time of the decision.") { .text("\($0.decision.time)") },
    Field("site", .id, "The site that claims.") { .text($0.decision.claim.site.hex) },
    Field("site_name", .nullable(.text()), "Its name.") { .optional($0.site) },
    Field("first_interval", .count, "First interval of the period.") {
      .unsigned(UInt64($0.decision.claim.first.number))
    },
    Field("first_interval_start", .time, "When that begins.") {
      .text("\($0.decision.claim.first.start)")
    },
    Field("intervals", .count, "How many.") { .unsigned(UInt64($0.decision.claim.length)) },
    Field("amount_mcoin", .count, "Milli-coins minted.") { .unsigned($0.decision.amount.value) },
    Field("mint", .nullable(.id), "The mint.") { .optional($0.decision.mint?.hex) },
    Field("exchange_key", .id, "Key of the exchange.") {
      .text($0.decision.exchange.value.hex)
    },
    Field("exchange_name", .nullable(.text()), "Its name.") { .optional($0.exchange) },
    Field(items: "reasons", "What the truth checks and the laws said.") {
      $0.decision.reasons.map(ReasonForm.init)
    },
    Field("bytes", .text(pattern: "^([0-9a-f]{2})+$"), "Canonical bytes, with the signature.") {
      .text($0.decision.bytes.hex)
    },
  ]
}

struct ReasonForm: Form {
  let reason: ClaimDecision.Reason

  init(_ reason: ClaimDecision.Reason) { self.reason = reason }

  static let name = "Reason"
  static let fields: [Field<Self>] = [
    Field("check", .text(), "Which check.") { .text($0.reason.check) },
    Field("score_per_mille", .count, "How sure it is that something is wrong, in thousandths.") {
      .unsigned(UInt64($0.reason.score))
    },
    Field("sentence", .text(), "In words.") { .text($0.reason.sentence) },
  ]
}

extension ExplorerSource {
  /// The form of a decision, with names.
  public func decisionForm(_ decision: ClaimDecision) throws -> DecisionForm {
    DecisionForm(
      decision: decision, site: try site(decision.claim.site)?.name,
      exchange: try member(of: decision.exchange)?.name)
  }
}

extension Resources {
  func claims() -> [Endpoint] {
    [
      Endpoint(
        "/api/v1/decisions", "coins", "What exchanges decided on claims, newest first.",
        gives: .page(DecisionForm.schema)
      ) { call in
        let all = try source.ledger.decisions(before: call.cursor?.0, limit: call.limit + 1)
        let page = try Page(
          all, for: call, cursor: { "\($0.number)" },
          form: {
            try source.decisionForm($0.decision)
          })
        return Answer(page, for: call)
      },
      Endpoint(
        "/api/v1/decisions/{claim}", "coins", "The decisions on one claim, oldest first.",
        [Parameter("claim", .id, "Id of a claim.")], gives: .page(DecisionForm.schema),
        failures: [.notFound]
      ) { call in
        let all = try source.ledger.decisions(on: ClaimId(call.id("claim") ?? .zero))
        guard !all.isEmpty else {
          throw Problem.notFound("this node heard of no decision on that claim")
        }
        return Answer(Page(try all.map(source.decisionForm), next: nil), for: call)
      },
    ]
  }
}
