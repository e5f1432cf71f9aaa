// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
import Quantities

/// A state that can be asked for its entries: one form of reading for laws, stores and tools.
public protocol StateReading {
  /// Why an entry cannot be read.
  associatedtype Failure: Error

  /// The entry of `key`, or nil when there is none.
  func entry(_ key: StateKey) throws(Failure) -> StateEntry?
}

extension StateReading {
  /// The member `id`, or nil.
  public func member(_ id: MemberId) throws(Failure) -> Member? {
    if case .member(let member)? = try entry(.member(id)) { member } else { nil }
  }

  /// The holder of `key`, or nil.
  public func holder(_ key: PublicKey) throws(Failure) -> KeyHolder? {
    if case .keyHolder(let holder)? = try entry(.holder(key)) { holder } else { nil }
  }

  /// The member that `key` speaks for, by a key of its own or of one of its sites, or nil.
  public func member(behind key: PublicKey) throws(Failure) -> (id: MemberId, member: Member)? {
    guard let holder = try holder(key), let member = try member(holder.member) else { return nil }
    return (holder.member, member)
  }

  /// The site whose reports `key` signs, or nil.
  public func site(of key: PublicKey) throws(Failure) -> SiteId? { try holder(key)?.site }

  /// The record of the site `id`, or nil.
  public func site(_ id: SiteId) throws(Failure) -> SiteRecord? {
    if case .site(let site)? = try entry(.site(id)) { site } else { nil }
  }

  /// How far the site `id` has reported, or nil before its first report.
  public func progress(_ id: SiteId) throws(Failure) -> SiteProgress? {
    if case .progress(let progress)? = try entry(.progress(id)) { progress } else { nil }
  }

  /// What the site recorded on `day`, in days of UTC since 1970, or nil.
  public func day(_ id: SiteId, _ day: UInt32) throws(Failure) -> SiteDay? {
    if case .day(let day)? = try entry(.day(id, day)) { day } else { nil }
  }

  /// The lot `id`, or nil.
  public func lot(_ id: LotId) throws(Failure) -> Lot? {
    if case .lot(let lot)? = try entry(.lot(id)) { lot } else { nil }
  }

  /// The coins of a member, none before its first.
  public func coins(_ id: MemberId) throws(Failure) -> MemberCoins {
    if case .coins(let coins)? = try entry(.coins(id)) { coins } else { MemberCoins() }
  }

  /// What is final and who approves, or nil in an open network.
  public func finality() throws(Failure) -> FinalityState? {
    if case .finality(let finality)? = try entry(.finality) { finality } else { nil }
  }

  /// The entry of a block that is a checkpoint, or nil.
  public func checkpoint(_ block: BlockHash) throws(Failure) -> CheckpointEntry? {
    if case .checkpoint(let checkpoint)? = try entry(.checkpoint(block)) { checkpoint } else { nil }
  }

  /// The list of a term that is kept: the last one, the current one and those drawn since.
  public func term(_ number: UInt32) throws(Failure) -> Term? {
    if case .term(let term)? = try entry(.term(number)) { term } else { nil }
  }

  /// The newest edition of the rules that was announced, or nil before the first.
  public func edition() throws(Failure) -> Edition? {
    if case .edition(let edition)? = try entry(.edition) { edition } else { nil }
  }

  /// The list of a term that a restart has put another in the place of, or nil.
  public func replacedTerm(_ number: UInt32) throws(Failure) -> Term? {
    if case .term(let term)? = try entry(.replacedTerm(number)) { term } else { nil }
  }

  /// The term that begins once a block at `height` is final by the seats of term `number`; nil
  /// while that goes on. Two thirds lead to the list that was drawn regularly, if one was, and only
  /// the proof of a restart to the restart's own. Source: Docs/finality.md §6, §7.
  public func term(
    after number: UInt32, at height: UInt64, byRestart: Bool
  ) throws(Failure) -> Term? {
    let next = number.addingUpToMax(1)
    guard byRestart else {
      var drawn = try replacedTerm(next)
      if drawn == nil { drawn = try term(next) }
      guard let drawn, height >= drawn.rootHeight else { return nil }
      return drawn
    }
    guard let drawn = try term(next), drawn.isRestart, drawn.rootHeight == height else {
      return nil
    }
    return drawn
  }

  /// The site that a record's device feeds, or nil.
  public func site(with device: Bytes32) throws(Failure) -> SiteId? {
    if case .device(let holder)? = try entry(.device(device)) { holder.site } else { nil }
  }

  /// The totals of the chain.
  public func supply() throws(Failure) -> Supply {
    if case .supply(let supply)? = try entry(.supply) { supply } else { Supply() }
  }
}
