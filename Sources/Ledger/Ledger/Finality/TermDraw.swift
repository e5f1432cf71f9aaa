// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
public import Quantities

/// Who sits in the next term, drawn from the state by bits that each block adds one of. Pure: all
/// nodes draw the same. Source: Docs/finality.md §3.
public struct TermDraw: Sendable {
  /// A member in good standing that may be drawn.
  public struct Candidate: Hashable, Sendable {
    public let member: MemberId
    public let kind: MemberKind
    /// The key that would approve.
    public let key: PublicKey
    /// The epoch in which it was admitted.
    public let since: UInt32
    /// When the newest report of one of its sites ended, nil where none ever came.
    public let lastReport: NetworkTime?

    /// A candidate.
    public init(
      member: MemberId, kind: MemberKind, key: PublicKey, since: UInt32, lastReport: NetworkTime?
    ) {
      self.member = member
      self.kind = kind
      self.key = key
      self.since = since
      self.lastReport = lastReport
    }
  }

  /// Seconds within which a home must have reported to be drawn at all, and to be preferred.
  static let longAgo: UInt64 = 90 * 86_400
  static let lately: UInt64 = 7 * 86_400
  /// The most seats of institutions.
  static let institutionLimit = 21

  private let number: UInt32
  private let bits: Bytes32
  private let end: NetworkTime
  /// At a restart: seconds within which a home must have reported to count as present.
  private let presence: UInt64?

  /// The draw of term `number`, at the end of the one before it, or in the epoch of its restart.
  public init(number: UInt32, bits: Bytes32, end: NetworkTime, presence: UInt64? = nil) {
    self.number = number
    self.bits = bits
    self.end = end
    self.presence = presence
  }

  /// The lot of a member: the smallest are drawn.
  func lot(of member: MemberId) -> Bytes32 {
    var input = ByteWriter(capacity: 68)
    input.write(bits)
    input.writeFixed(number)
    member.encode(to: &input)
    return SHA256.digest(name: "hinata/draw", input.bytes)
  }

  private func ordered(_ some: [Candidate]) -> [Candidate] {
    some.map { (lot: lot(of: $0.member), candidate: $0) }.sorted { $0.lot < $1.lot }
      .map(\.candidate)
  }

  /// Operators before other institutions, each by lot.
  private func institutions(_ all: [Candidate]) -> [Candidate] {
    let some = ordered(all.filter { $0.kind.isInstitution })
    return some.filter { $0.kind == .operator } + some.filter { $0.kind != .operator }
  }

  private func hasReported(_ candidate: Candidate, within seconds: UInt64) -> Bool {
    candidate.lastReport.map { $0.seconds.addingUpToMax(seconds) >= end.seconds } ?? false
  }

  /// The homes that may be drawn. Who censors reports for a week cannot shrink the draw to its
  /// friends, and who left months ago holds no seat. After a restart none of those that are gone.
  private func homes(_ all: [Candidate]) -> [Candidate] {
    let known = all.filter { !$0.kind.isInstitution && hasReported($0, within: TermDraw.longAgo) }
    if let presence { return known.filter { hasReported($0, within: presence) } }
    let active = known.filter { hasReported($0, within: TermDraw.lately) }
    return 3 * active.count >= 2 * known.count ? active : known
  }

  /// The seats in order, at most 64; none where there is no candidate.
  public func seats(from all: [Candidate]) -> [Seat] {
    seats(institutions: institutions(all), homes: ordered(homes(all)))
  }

  /// The seats of a network's first members: all of them, as far as there are seats.
  func seats(ofFirst all: [Candidate]) -> [Seat] {
    guard all.count > Int(Term.seatLimit) else { return numbered(all) }
    return seats(
      institutions: institutions(all), homes: ordered(all.filter { !$0.kind.isInstitution }))
  }

  private func seats(institutions: [Candidate], homes: [Candidate]) -> [Seat] {
    let limit = Int(Term.seatLimit)
    guard homes.count >= 5 else {
      return numbered(homes + institutions.prefix(limit - homes.count))
    }
    let few = min(institutions.count, (homes.count - 1) / 2, TermDraw.institutionLimit)
    return numbered(Array(institutions.prefix(few)) + homes.prefix(limit - few))
  }

  private func numbered(_ chosen: [Candidate]) -> [Seat] {
    ordered(chosen).map { Seat(key: $0.key, kind: $0.kind) }
  }
}
