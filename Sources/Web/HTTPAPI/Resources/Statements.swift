// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Certificates
import Chain
import ExplorerIndex
import HTTPTypes
public import Ledger
import LedgerFiles
import LedgerStore
import Proofs
public import Quantities
public import WebService

/// A member's days of which a statement is asked.
public struct StatementPeriod: Hashable, Sendable {
  /// What a call takes that asks for one.
  public static let parameters = [
    Parameter("first", .date, "The first day; that of the first day's month unless told."),
    Parameter("last", .date, "The last day; a month is stated unless told, a year at most."),
    Parameter("beneficiary", .text(128), "In whose name; needed where there are several."),
  ]

  public let first: CalendarDate
  public let last: CalendarDate
  let offset: UTCOffset

  /// The half hours of its days.
  public var intervals: Range<Interval> {
    offset.interval(
      day: UInt32(clamping: first.dayNumber), slot: 0)..<offset.interval(
        day: UInt32(clamping: last.dayNumber + 1), slot: 0)
  }

  /// The days that a call names, or the month of the newest one.
  /// - Throws: `Problem` where they are in the wrong order, or too many.
  public init(_ call: Call, newest: CalendarDate, offset: UTCOffset) throws {
    self.offset = offset
    let last = call.date("last")
    let around = call.date("first") ?? last ?? newest
    first =
      call.date("first") ?? CalendarDate(year: around.year, month: around.month, day: 1) ?? around
    let days = CalendarDate.days(inMonth: around.month, of: around.year)
    self.last =
      last ?? CalendarDate(year: around.year, month: around.month, day: days) ?? around
    let count = self.last.dayNumber - first.dayNumber + 1
    guard (1...366).contains(count) else {
      throw Problem.notFound(
        "from \(first) to \(self.last) are \(count) days: a statement is of 1 to 366")
    }
  }
}

/// What a member retired of a period's generation, by beneficiary, as the index has it.
public struct RetiredOfPeriod: Sendable {
  /// Lots that are stated at most: more are for `hinata statement` on the node's own machine.
  public static let limit = 2_000

  public let items: [StatementPlan.Item]
  /// Whether there are more lots than are stated.
  public let isCut: Bool
  /// Lots whose retirement is not final yet, and lots that reach beyond the period: neither is
  /// stated.
  public let waiting: Int
  public let reaching: Int

  /// In whose names, and how much, in milli-coins; the most first.
  public var beneficiaries: [(name: String, amount: UInt64)] {
    var sums: [String: UInt64] = [:]
    for item in items {
      guard case .retire(let retire) = item.retirement.transaction else { continue }
      sums[retire.beneficiary, default: 0] += item.lot.amount.value
    }
    return sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
  }

  /// Those in one name.
  public func items(for beneficiary: String) -> [StatementPlan.Item] {
    items.filter { item in
      guard case .retire(let retire) = item.retirement.transaction else { return false }
      return retire.beneficiary == beneficiary
    }
  }
}

extension ExplorerSource {
  /// The clock of a member's sites, Japan's where it has none, and its newest day.
  public func statementClock(
    of member: MemberId
  ) throws -> (offset: UTCOffset, newest: CalendarDate) {
    let sites = try index.entities(.site, of: member, limit: 16)
    let offset = try sites.first.flatMap { try ledger.site(SiteId($0.id)) }?.utcOffset ?? .japan
    return (offset, offset.clock(at: try ledger.newestTime()).date)
  }

  /// What a member retired that was generated in a period.
  public func retired(
    by member: MemberId, in period: Range<Interval>
  ) throws -> RetiredOfPeriod {
    let found = try index.retiredLots(
      of: member, in: period, limit: RetiredOfPeriod.limit + 1)
    let inside = found.prefix(RetiredOfPeriod.limit).filter {
      $0.lot.first.advanced(by: $0.lot.length) <= period.upperBound
    }
    let settled = try ledger.settledHeight()
    let final = inside.filter { $0.born.height <= settled }
    var mints: [TransactionId: EncodedTransaction] = [:]
    var items: [StatementPlan.Item] = []
    for summary in final {
      if mints[summary.lot.mint] == nil, let made = try index.transaction(summary.lot.mint) {
        mints[summary.lot.mint] = try index.content(of: made, in: ledger)
      }
      guard let mint = mints[summary.lot.mint],
        let ended = try index.transaction(at: summary.born),
        let retirement = try index.content(of: ended, in: ledger)
      else {
        throw Problem(
          .conflict, "the bodies of old blocks were pruned here: ask an archive's explorer")
      }
      items.append(
        StatementPlan.Item(
          id: summary.id, lot: summary.lot, mint: mint, retirement: retirement))
    }
    return RetiredOfPeriod(
      items: items, isCut: found.count > RetiredOfPeriod.limit,
      waiting: inside.count - final.count,
      reaching: min(found.count, RetiredOfPeriod.limit) - inside.count)
  }

  /// The statement of lots of one member and beneficiary; nil where one of them is not final yet.
  public func statement(
    of items: [StatementPlan.Item], by member: MemberId, in period: Range<Interval>
  ) async throws -> (statement: Statement, proof: StatementProof)? {
    guard beginStatement() else {
      throw Problem(.tooManyRequests, "another statement is being made: ask again in a moment")
    }
    defer { endStatement() }
    let sites = try index.entities(.site, of: member, limit: 16).map { SiteId($0.id) }
    let planned: StatementPlan?
    do {
      planned = try StatementPlan(items, period: period, users: sites, in: ledger)
    } catch let error as StatementTooLarge { throw Problem(.conflict, error.description) }
    guard let plan = planned, let (basis, entries) = try await stateProofs(plan.keys)
    else { return nil }
    let proof = plan.proof(on: basis, entries)
    do { return (try Statement(proof, genesis: ledger.genesis), proof) } catch {
      // A lot that the final block does not hold as retired yet.
      if case .notRetired = error { return nil }
      throw error
    }
  }
}

extension Resources {
  func statements() -> [Endpoint] {
    [
      Endpoint(
        "/api/v1/members/{member}/statement", "coins",
        "What a member retired for one beneficiary of a period's generation, with the use beside it and one proof of all.",
        [Parameter("member", .id, "Id of the member.")] + StatementPeriod.parameters,
        gives: .form(.statementFile), failures: [.notFound, .conflict], isShared: false
      ) { call in
        let member = MemberId(call.id("member") ?? .zero)
        let (offset, newest) = try source.statementClock(of: member)
        let period = try StatementPeriod(call, newest: newest, offset: offset)
        let retired = try source.retired(by: member, in: period.intervals)
        let names = retired.beneficiaries.map(\.name)
        guard let name = call["beneficiary"] ?? (names.count == 1 ? names[0] : nil),
          names.contains(name)
        else {
          throw names.isEmpty
            ? Problem.notFound(
              "nothing generated from \(period.first) to \(period.last) is retired and final: "
                + "\(retired.waiting) lots wait, \(retired.reaching) reach beyond these days")
            : Problem.notFound("name one beneficiary of: \(names.joined(separator: ", "))")
        }
        guard !retired.isCut else {
          throw Problem(
            .conflict,
            "more than \(RetiredOfPeriod.limit) lots: ask for fewer days, or run hinata statement")
        }
        guard
          let (statement, proof) = try await source.statement(
            of: retired.items(for: name), by: member, in: period.intervals)
        else {
          throw Problem(.conflict, "not all of it is final yet: ask again in some hours")
        }
        let genesis = source.ledger.genesis
        let headers =
          genesis.rules.hasFinality
          ? nil : try HeaderChain(genesis, source.ledger.sealedHeaders())
        let file = StatementFile(statement, proof: proof, headers: headers)
        var answer = Answer(
          Array(try file.bytes()), type: "application/json", freshness: .never)
        answer.headers[.contentDisposition] =
          "inline; filename=\"statement-\(period.first)-\(period.last).json\""
        return answer
      }
    ]
  }
}
