// SPDX-License-Identifier: Apache-2.0

public import Quantities

/// Something that goes wrong between two times.
public struct TimedFault<Kind: Hashable & Sendable>: Hashable, Sendable {
  public let kind: Kind
  public let from: NetworkTime
  public let until: NetworkTime

  /// A fault of `kind` from one time until another.
  public init(_ kind: Kind, from: NetworkTime, until: NetworkTime) {
    self.kind = kind
    self.from = from
    self.until = until
  }

  func covers(_ time: NetworkTime) -> Bool { time >= from && time < until }
}

/// Something that goes wrong in the house.
public typealias HouseFault = TimedFault<HouseFaultKind>

/// What goes wrong in the house.
public enum HouseFaultKind: Hashable, Sendable {
  /// No answer, no announcement.
  case silence
  /// Answers after so many milliseconds of the wall's clock.
  case late(milliseconds: UInt64)
  /// Answers with another transaction id.
  case wrongTransaction
  /// Answers with their last three bytes missing.
  case truncated
  /// Counters of the smart meter and the PV say "no data".
  case noData
  /// The smart meter is replaced: silence, and at the end another meter that begins at 0.
  case replaced
  /// The devices restart at the start of the fault: what was set is lost.
  case restart
}

/// Something that goes wrong with a Wi-SUN module or its session.
public typealias DongleFault = TimedFault<DongleFaultKind>

/// What goes wrong with a module or its session.
public enum DongleFaultKind: String, CaseIterable, Hashable, Sendable {
  /// Nothing is sent, and the module says so at once.
  case unsent
  /// The session dies without a word: requests are sent, and nothing comes back until a new join.
  case forgotten
  /// The meter ends the session (EVENT 27).
  case ended
  /// The session's life is over; the module renews it (EVENT 29, 25), or cannot (EVENT 29, 24).
  case expired
  case expiredForGood = "expired-for-good"
  /// The limit of sending time (EVENT 32, at its end 33).
  case limited
  /// Noise on the line.
  case garbage
  /// The module is pulled out in the middle of a frame, and put back at the end.
  case unplugged
}
