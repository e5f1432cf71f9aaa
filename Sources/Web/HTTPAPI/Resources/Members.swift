// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import ExplorerIndex
import HTTPTypes
public import Ledger
import LedgerCrypto
import LedgerStore
import Quantities
public import WebService

/// Who a member is.
struct MemberRecordForm: Form {
  let record: MemberRecord

  static let name = "MemberRecord"
  static let fields: [Field<Self>] = [
    Field("id", .id, "Hash of its record.") { .text($0.record.id.hex) },
    Field("name", .text(), "As coins and certificates show it.") { .text($0.record.name) },
    Field("kind", .text(), "What it is.") { .text("\($0.record.kind)") },
    Field("key", .id, "The key that signs for it, Ed25519.") { .text($0.record.key.value.hex) },
  ]
}

/// A member with its coins.
public struct MemberForm: Form {
  public let member: Member
  public let coins: MemberCoins

  public static let name = "Member"
  public static let fields: [Field<Self>] =
    MemberRecordForm.fields.map { $0.of { MemberRecordForm(record: $0.member.record) } } + [
      Field("suspended", .flag, "It may neither sign nor build blocks; its coins stay its own.") {
        .flag($0.member.isSuspended)
      },
      Field("purchased_mcoin", .count, "Minted for its generation.") {
        .unsigned($0.coins.purchased.value)
      },
      Field("received_mcoin", .count, "Got from others.") { .unsigned($0.coins.received.value) },
      Field("used_mcoin", .count, "Sent to others.") { .unsigned($0.coins.used.value) },
      Field("retired_mcoin", .count, "Amortised: their value ended.") {
        .unsigned($0.coins.retired.value)
      },
      Field("balance_mcoin", .count, "Still valid.") { .unsigned($0.coins.balance.value) },
    ]
}

extension ExplorerSource {
  /// A member with its coins, or nil.
  public func memberForm(_ id: MemberId) throws -> MemberForm? {
    guard let member = try member(id) else { return nil }
    return MemberForm(member: member, coins: try ledger.coins(id))
  }
}

extension Resources {
  static let member = Parameter("member", .id, "Id of a member.")

  func members() -> [Endpoint] {
    [
      Endpoint(
        "/api/v1/members", "members", "The members in the order of their admission.",
        gives: .page(MemberForm.schema)
      ) { call in
        let all = try source.index.entities(
          .member, after: call.cursor?.0 ?? 0, limit: call.limit + 1)
        let page = try Page(
          all, for: call, cursor: { "\($0.number)" },
          form: { entity in
            try found(MemberId(entity.id))
          })
        return Answer(page, for: call)
      },
      Endpoint(
        "/api/v1/members/{member}", "members", "A member with its coins.", [Resources.member],
        gives: .form(MemberForm.schema), failures: [.notFound]
      ) { call in Answer(try found(MemberId(call.id("member") ?? .zero))) },
      Endpoint(
        "/api/v1/members/{member}/sites", "members", "Its sites.", [Resources.member],
        gives: .page(SiteForm.schema), failures: [.notFound]
      ) { call in
        let id = MemberId(call.id("member") ?? .zero)
        _ = try found(id)
        return Answer(try sitePage(of: id, call), for: call)
      },
      Endpoint(
        "/api/v1/members/{member}/lots", "members", "Its lots, newest first.",
        [Resources.member, Resources.living], gives: .page(LotForm.schema), failures: [.notFound]
      ) { call in
        let id = MemberId(call.id("member") ?? .zero)
        _ = try found(id)
        return Answer(try lotPage(.owner(id), call), for: call)
      },
      Endpoint(
        "/api/v1/members/{member}/foreign", "members",
        "Value of other networks that was honoured for it: no coins.", [Resources.member],
        gives: .page(ForeignLotForm.schema), failures: [.notFound]
      ) { call in
        let id = MemberId(call.id("member") ?? .zero)
        _ = try found(id)
        let all = try source.ledger.foreignLots(of: id)
        let from = Int(clamping: call.cursor?.0 ?? 0)
        let forms = all.dropFirst(from).prefix(call.limit).map { ForeignLotForm(value: $0) }
        let end = from + forms.count
        return Answer(Page(forms, next: end < all.count ? "\(end)" : nil), for: call)
      },
      Endpoint(
        "/api/v1/members/{member}/transactions", "members",
        "The transactions that name it, newest first.", [Resources.member],
        gives: .page(TransactionForm.schema), failures: [.notFound]
      ) { call in
        let id = MemberId(call.id("member") ?? .zero)
        _ = try found(id)
        let all = try source.index.transactions(
          touching: id.value, before: call.place, limit: call.limit + 1)
        return Answer(page(all, call), for: call)
      },
    ]
  }

  private func found(_ id: MemberId) throws -> MemberForm {
    guard let form = try source.memberForm(id) else {
      throw Problem.notFound("the network has no member \(id.hex)")
    }
    return form
  }
}
