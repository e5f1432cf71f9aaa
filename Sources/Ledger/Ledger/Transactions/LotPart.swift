// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Quantities

/// Which part of a lot moves. Bytes: 0 | 1 ‖ amount (varint) | 2 ‖ first (4) ‖ length (varint).
public enum LotPart: Hashable, Sendable, Canonical {
  /// All of it.
  case all
  /// An amount, as an undivided share of the lot's whole period.
  case amount(MilliCoins)
  /// What the lot holds of these intervals; only of a lot that was never split by amount.
  case intervals(first: Interval, length: UInt32)

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    switch try input.readUInt8() {
    case 0: self = .all
    case 1: self = .amount(try input.readMilliCoins())
    case 2:
      let first = Interval(try input.readFixed(UInt32.self))
      self = .intervals(
        first: first, length: UInt32(try input.readVarint(in: 1...UInt64(Mint.lengthLimit))))
    default: throw input.refusal(.unknownKind, at: input.offset - 1)
    }
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    switch self {
    case .all: output.write(0)
    case .amount(let amount):
      output.write(1)
      output.writeVarint(amount.value)
    case .intervals(let first, let length):
      output.write(2)
      output.writeFixed(first.number)
      output.writeVarint(UInt64(length))
    }
  }
}

extension Lot {
  /// The lot in the part that is taken and what is left, numbered as the transaction numbers its
  /// lots.
  /// - Parameters:
  ///   - rate: milli-coins of a kilowatt-hour.
  ///   - generated: what so many intervals of the lot's site from one on generated.
  /// - Throws: `ApplyError` by law 3 where the lot has no such part, and what `generated` throws.
  public func split(
    by part: LotPart, rate: UInt32,
    generated: (Interval, UInt32) throws(ApplyError) -> WattHours
  ) throws(ApplyError) -> (taken: Lot, rest: [(index: UInt8, lot: Lot)]) {
    switch part {
    case .all: return (self, [])
    case .amount(let amount):
      let rest = try Transition.obey(LawViolation.conservation) {
        () throws(ConservationLaw.Violation) in
        try ConservationLaw.rest(of: self.amount, taking: amount)
      }
      guard rest > .zero else { return (self, []) }
      let shares = try splits(over: [amount.value, rest.value])
      return (
        piece(amount, first: first, length: length, splits: shares[0], isWhole: false),
        [(1, piece(rest, first: first, length: length, splits: shares[1], isWhole: false))]
      )
    case .intervals(let first, let length):
      return try split(by: first, length, rate, generated)
    }
  }

  private func split(
    by first: Interval, _ length: UInt32, _ rate: UInt32,
    _ generated: (Interval, UInt32) throws(ApplyError) -> WattHours
  ) throws(ApplyError) -> (taken: Lot, rest: [(index: UInt8, lot: Lot)]) {
    let end = first.advanced(by: length)
    let ownEnd = self.first.advanced(by: self.length)
    guard isWhole, first >= self.first, end <= ownEnd else {
      throw .law(.conservation(.notThisPeriod(first: first, length: length)))
    }
    // Rounding of a rate below 1 milli-coin a Wh: the piece at the end takes what the others leave.
    let early = try generated(self.first, first.number - self.first.number)
    let before = NoCoinWithoutEnergyLaw.worth(of: early, rate: rate)
    let within =
      end == ownEnd
      ? self.amount
      : NoCoinWithoutEnergyLaw.worth(of: early + (try generated(first, length)), rate: rate)
    guard let amount = within.subtracting(before), amount > .zero,
      let behind = self.amount.subtracting(within)
    else { throw .law(.conservation(.nothingMoved)) }
    let pieces = [
      (UInt8(1), before, self.first, first.number - self.first.number),
      (UInt8(2), behind, end, ownEnd.number - end.number),
    ].filter { $0.1 > .zero }
    let shares = try splits(over: [UInt64(length)] + pieces.map { UInt64($0.3) })
    return (
      piece(amount, first: first, length: length, splits: shares[0], isWhole: true),
      zip(pieces, shares.dropFirst()).map { piece, share in
        let (index, rest, start, count) = piece
        return (
          index, self.piece(rest, first: start, length: count, splits: share, isWhole: true)
        )
      }
    )
  }

  /// What is left to be split, shared by weight; the last one has what rounding leaves. The parts
  /// pay for themselves, the one that is taken first: who cuts off crumbs uses up its own.
  private func splits(over weights: [UInt64]) throws(ApplyError) -> [UInt32] {
    var cost = UInt32(weights.count - 1)
    guard splits >= cost else { throw .law(.conservation(.splitTooOften(amount))) }
    let whole = max(1, weights.reduce(UInt64(0)) { $0.addingUpToMax($1) })
    var rest = splits
    var shares = weights.map { weight in
      let share = whole.dividingFullWidth(UInt64(splits).multipliedFullWidth(by: weight)).quotient
      let own = min(rest, UInt32(clamping: share))
      rest -= own
      return own
    }
    shares[shares.count - 1] += rest
    for index in shares.indices {
      let paid = min(cost, shares[index])
      shares[index] -= paid
      cost -= paid
    }
    return shares
  }
}

extension Transition {
  /// Takes `part` out of the lot `id` of `owner`: the lot ends, what is left becomes lots 1 and 2
  /// of the current transaction, with the same provenance.
  /// - Returns: the part as a lot of its own, not yet in the state.
  mutating func take(
    _ part: LotPart, of id: LotId, owner: MemberId
  ) throws(ApplyError) -> Lot {
    guard let lot = try read({ s throws(StateSourceError) in try s.lot(id) }) else {
      throw .law(.conservation(.noSuchLot(id)))
    }
    guard !lot.isRetired else { throw .law(.conservation(.retired(id))) }
    guard lot.owner == owner else { throw .law(.keys(.notOwner(owner, owner: lot.owner))) }
    state.set(.lot(id), nil)
    let (taken, rest) = try lot.split(by: part, rate: rules.milliCoinsPerKilowattHour) {
      first, length throws(ApplyError) in try generated(lot.site, first, length)
    }
    for piece in rest { keep(piece.lot, as: piece.index) }
    return taken
  }

  /// What `length` intervals of a site from `first` on generated and could be minted: each day is
  /// read once.
  private func generated(
    _ site: SiteId, _ first: Interval, _ length: UInt32
  ) throws(ApplyError) -> WattHours {
    guard let record = try read({ s throws(StateSourceError) in try s.site(site) }) else {
      throw .law(.keys(.unknownSite(site)))
    }
    var sum = WattHours.zero
    var open: (number: UInt32, entry: SiteDay)?
    for offset in 0..<length {
      let interval = first.advanced(by: offset)
      let (number, slot) = record.day(of: interval)
      if open?.number != number {
        let entry = try read { s throws(StateSourceError) in try s.day(site, number) }
        guard let entry else { throw .law(.noCoinWithoutEnergy(.notKept(interval))) }
        open = (number, entry)
      }
      guard let entry = open?.entry else { continue }
      sum += WattHours(
        Int64(NoCoinWithoutEnergyLaw.creditable(slot, of: entry, under: record.support)))
    }
    return sum
  }

  mutating func keep(_ lot: Lot, as index: UInt8) {
    state.set(.lot(lotId(index)), .lot(lot))
  }
}
