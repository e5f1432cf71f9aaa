// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation
import GRDB
public import Ledger
public import LedgerStore
public import Quantities

/// PQ1–PQ4 by interval and by day, members, sites and lots. Every query is bounded by its limit.
extension ExplorerIndex {
  /// The readings of a site on one of its days, nil where none is reported.
  public func flows(of site: SiteId, day: UInt32) throws(StoreError) -> DayFlows? {
    try readOnce { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT flows FROM site_day WHERE day = ? AND site = (SELECT id FROM entity WHERE name = ?)
          """)
      statement.setUncheckedArguments([Int64(day), Data(site.value.bytes)])
      return try Data.fetchOne(statement).map { try DayFlows(exactly: Array($0)) }
    }
  }

  /// The readings of a site's days in a range, oldest first; days without reports are left out.
  public func dayFlows(
    of site: SiteId, in range: Range<UInt32>, limit: Int = 400
  ) throws(StoreError) -> [(day: UInt32, flows: DayFlows)] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT day, flows FROM site_day WHERE site = (SELECT id FROM entity WHERE name = ?)
          AND day >= ? AND day < ? ORDER BY day LIMIT ?
          """,
        arguments: [
          Data(site.value.bytes), Int64(range.lowerBound), Int64(range.upperBound), limit,
        ])
      return try rows.map { row in
        (
          day: UInt32(clamping: row[0] as Int64),
          flows: try DayFlows(exactly: Array(row[1] as Data))
        )
      }
    }
  }

  /// The sums of a site's days in a range, oldest first; days without reports are left out.
  public func days(
    of site: SiteId, in range: Range<UInt32>, limit: Int = 4000
  ) throws(StoreError) -> [EnergySums] {
    try read { db in
      guard let number = try IndexRows(db, rules).number(of: site.value) else { return [] }
      return try Row.fetchAll(
        db,
        sql: """
          SELECT day, recorded, generated, consumed, sold, purchased FROM site_day
          WHERE site = ? AND day >= ? AND day < ? ORDER BY day LIMIT ?
          """,
        arguments: [number, Int64(range.lowerBound), Int64(range.upperBound), limit]
      ).map(ExplorerIndex.sums)
    }
  }

  /// The first and the last day of a site that something was reported of.
  public func span(of site: SiteId) throws(StoreError) -> ClosedRange<UInt32>? {
    try read { db in
      guard let number = try IndexRows(db, rules).number(of: site.value),
        let row = try Row.fetchOne(
          db,
          sql: """
            SELECT (SELECT day FROM site_day WHERE site = :site ORDER BY day LIMIT 1),
            (SELECT day FROM site_day WHERE site = :site ORDER BY day DESC LIMIT 1)
            """, arguments: ["site": number]),
        let first = row[0] as Int64?, let last = row[1] as Int64?
      else { return nil }
      return UInt32(clamping: first)...UInt32(clamping: last)
    }
  }

  /// The sums of all sites for the intervals of a range, oldest first.
  public func networkIntervals(
    in range: Range<Interval>, limit: Int = 4000
  ) throws(StoreError) -> [EnergySums] {
    try network(
      "network_interval", "interval", range.lowerBound.number..<range.upperBound.number, limit)
  }

  /// The sums of all sites for the days of a range, by each site's own clock, oldest first.
  public func networkDays(
    in range: Range<UInt32>, limit: Int = 4000
  ) throws(StoreError) -> [EnergySums] {
    try network("network_day", "day", range, limit)
  }

  private func network(
    _ table: String, _ key: String, _ range: Range<UInt32>, _ limit: Int
  ) throws(StoreError) -> [EnergySums] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM \(table) WHERE \(key) >= ? AND \(key) < ? ORDER BY \(key) LIMIT ?",
        arguments: [Int64(range.lowerBound), Int64(range.upperBound), limit]
      ).map(ExplorerIndex.sums)
    }
  }

  /// The newest interval that any site reported.
  public func newestInterval() throws(StoreError) -> Interval? {
    try read { db in
      try Int64.fetchOne(
        db,
        sql: """
          SELECT interval FROM network_interval WHERE sites > 0 ORDER BY interval DESC LIMIT 1
          """
      ).map { Interval(UInt32(clamping: $0)) }
    }
  }

  private static func sums(_ row: Row) -> EnergySums {
    EnergySums(
      number: UInt32(clamping: row[0] as Int64), count: row[1],
      generatedWh: UInt64(max(0, row[2] as Int64)), consumedWh: UInt64(max(0, row[3] as Int64)),
      soldWh: UInt64(max(0, row[4] as Int64)), purchasedWh: UInt64(max(0, row[5] as Int64)))
  }

  // MARK: Members and sites

  /// Members or sites in the order of their admission, after a number; the sites of one member.
  public func entities(
    _ kind: NamedEntity.Kind, of member: MemberId? = nil, after number: Int64 = 0, limit: Int
  ) throws(StoreError) -> [NamedEntity] {
    try read { db in
      var owner: Int64?
      if let member {
        owner = try IndexRows(db, rules).number(of: member.value)
        guard owner != nil else { return [] }
      }
      return try Row.fetchAll(
        db,
        sql: """
          \(ExplorerIndex.nameColumns) WHERE n.kind = ? \(owner == nil ? "" : "AND n.member = ?")
          AND n.entity > ? ORDER BY n.entity LIMIT ?
          """,
        arguments: [kind.rawValue] + (owner.map { [$0] } ?? []) + [number, limit]
      ).map(ExplorerIndex.entity)
    }
  }

  /// How many members or sites there are.
  public func count(of kind: NamedEntity.Kind) throws(StoreError) -> Int {
    try read { db in
      try Int.fetchOne(
        db, sql: "SELECT count(*) FROM name WHERE kind = ?", arguments: [kind.rawValue]) ?? 0
    }
  }

  static let nameColumns = """
    SELECT n.kind, e.name, n.name, m.name, n.entity FROM name n JOIN entity e ON e.id = n.entity
    LEFT JOIN entity m ON m.id = n.member
    """

  static func entity(_ row: Row) throws -> NamedEntity {
    NamedEntity(
      kind: NamedEntity.Kind(rawValue: row[0]) ?? .member, id: try id(row[1]), name: row[2],
      member: try (row[3] as Data?).map { MemberId(try id($0)) }, number: row[4])
  }

  // MARK: Lots

  /// What lots a list is narrowed to.
  public enum LotFilter: Sendable {
    case all
    case owner(MemberId)
    case site(SiteId)
    /// The parts of a lot that ended.
    case parent(LotId)
    case retired
    /// Those of value and the retired: what ended lives on in its parts.
    case standing
  }

  /// Lots, newest first, before a place in the order of their making.
  /// - Parameter living: leave out the ended and the retired.
  public func lots(
    _ filter: LotFilter = .all, living: Bool = false, before number: Int64? = nil, limit: Int
  ) throws(StoreError) -> [(summary: LotSummary, number: Int64)] {
    try read { db in
      let (column, id): (String, Bytes32?) =
        switch filter {
        case .all, .retired, .standing: ("l.entity", nil)
        case .owner(let owner): ("l.owner", owner.value)
        case .site(let site): ("l.site", site.value)
        case .parent(let lot): ("l.parent", lot.value)
        }
      var condition = "l.entity < ?"
      var arguments: StatementArguments = [number ?? .max]
      if let id {
        guard let found = try IndexRows(db, rules).number(of: id) else { return [] }
        condition += " AND \(column) = ?"
        arguments += [found]
      }
      if case .retired = filter { condition += " AND l.retired = 1" }
      if case .standing = filter { condition += " AND (l.ended_height IS NULL OR l.retired = 1)" }
      if living { condition += " AND l.ended_height IS NULL AND l.retired = 0" }
      let statement = try db.cachedStatement(
        sql: "\(ExplorerIndex.lotColumns) WHERE \(condition) ORDER BY l.entity DESC LIMIT ?")
      return try Row.fetchAll(statement, arguments: arguments + [limit]).map {
        (try ExplorerIndex.lot($0), $0[8] as Int64)
      }
    }
  }

  /// Retired lots of an owner whose generation begins in a period, oldest first.
  public func retiredLots(
    of owner: MemberId, in period: Range<Interval>, limit: Int
  ) throws(StoreError) -> [LotSummary] {
    try read { db in
      guard let number = try IndexRows(db, rules).number(of: owner.value) else { return [] }
      let statement = try db.cachedStatement(
        sql: """
          \(ExplorerIndex.lotColumns) WHERE l.owner = ? AND l.retired = 1 AND l.first >= ? AND l.first < ?
          ORDER BY l.first, l.entity LIMIT ?
          """)
      return try Row.fetchAll(
        statement,
        arguments: [
          number, Int64(period.lowerBound.number), Int64(period.upperBound.number), limit,
        ]
      ).map(ExplorerIndex.lot)
    }
  }

  /// A lot that is or was.
  public func lot(_ id: LotId) throws(StoreError) -> LotSummary? {
    try readOnce { db in
      let statement = try db.cachedStatement(
        sql: "\(ExplorerIndex.lotColumns) WHERE e.name = ?")
      return try Row.fetchOne(statement, arguments: [Data(id.value.bytes)])
        .map(ExplorerIndex.lot)
    }
  }

  private static let lotColumns = """
    SELECT e.name, l.entry, l.born_height, l.born_position, l.ended_height, l.ended_position, p.name,
    l.retired, l.entity, o.name, s.name FROM lot l JOIN entity e ON e.id = l.entity
    LEFT JOIN entity p ON p.id = l.parent LEFT JOIN name o ON o.entity = l.owner
    LEFT JOIN name s ON s.entity = l.site
    """

  private static func lot(_ row: Row) throws -> LotSummary {
    var ended: ChainPlace?
    if let height = row[4] as Int64? {
      ended = ChainPlace(height: UInt64(height), position: row[5] as Int)
    }
    return LotSummary(
      id: LotId(try id(row[0])), lot: try Lot(exactly: Array(row[1] as Data)),
      born: ChainPlace(height: UInt64(row[2] as Int64), position: row[3]), ended: ended,
      parent: try (row[6] as Data?).map { LotId(try id($0)) }, ownerName: row[9] ?? "",
      siteName: row[10] ?? "")
  }
}
