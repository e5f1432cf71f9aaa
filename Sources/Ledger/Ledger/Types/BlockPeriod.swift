// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Quantities

/// When a network seals: at most one block in each period. Source: Docs/requirements.md L12.
/// Bytes: 0 on demand; 1 ‖ offset in half hours (signed) for months; else the seconds (varint).
public enum BlockPeriod: Hashable, Sendable, Canonical, CustomStringConvertible {
  /// Whenever something waits.
  case onDemand
  /// At multiples of so many seconds, 60…2,678,400.
  case seconds(UInt32)
  /// With each month of the calendar, by a clock of this offset.
  case month(UTCOffset)

  /// The lengths that a period of seconds may have.
  public static let lengths: ClosedRange<UInt32> = 60...2_678_400

  /// A period of seconds, 0 for none; nil where it is too short or too long.
  public init?(seconds: UInt32) {
    guard seconds == 0 || BlockPeriod.lengths.contains(seconds) else { return nil }
    self = seconds == 0 ? .onDemand : .seconds(seconds)
  }

  /// Reads a network file's word for months: `month +09:00`; nil for anything else.
  public init?(text: String) {
    guard text.hasPrefix("month "), let offset = UTCOffset(String(text.dropFirst(6))) else {
      return nil
    }
    self = .month(offset)
  }

  /// Reads a period.
  public init(from input: inout ByteReader) throws(DecodeError) {
    let start = input.offset
    let number = UInt32(try input.readVarint(in: 0...UInt64(BlockPeriod.lengths.upperBound)))
    if number == 1 {
      let halfHours = try input.readSigned(in: -24...28)
      guard let offset = UTCOffset(minutes: 30 * Int(halfHours)) else {
        throw input.refusal(.outOfRange, at: start)
      }
      self = .month(offset)
      return
    }
    guard let period = BlockPeriod(seconds: number) else {
      throw input.refusal(.outOfRange, at: start)
    }
    self = period
  }

  /// Appends the period.
  public func encode(to output: inout ByteWriter) {
    switch self {
    case .onDemand: output.writeVarint(0)
    case .seconds(let seconds): output.writeVarint(UInt64(seconds))
    case .month(let offset):
      output.writeVarint(1)
      output.writeSigned(Int64(offset.minutes / 30))
    }
  }

  /// When the period of a time began; nil on demand.
  public func start(of time: NetworkTime) -> NetworkTime? {
    switch self {
    case .onDemand: nil
    case .seconds(let seconds):
      NetworkTime(seconds: time.seconds - time.seconds % UInt64(max(1, seconds)))
    case .month(let offset): offset.monthStart(of: time)
    }
  }

  /// When the period after that of a time begins; nil on demand.
  public func end(of time: NetworkTime) -> NetworkTime? {
    switch self {
    case .onDemand: nil
    case .seconds(let seconds): start(of: time)?.advanced(by: UInt64(max(1, seconds)))
    // No month has more days, none fewer than 28: 32 days on lies in the next one.
    case .month(let offset):
      offset.monthStart(of: offset.monthStart(of: time).advanced(by: 32 * 86_400))
    }
  }

  /// How long a period is at most, in seconds; 0 on demand.
  public var longestSeconds: UInt64 {
    switch self {
    case .onDemand: 0
    case .seconds(let seconds): UInt64(seconds)
    case .month: 31 * 86_400
    }
  }

  /// `on demand`, `1800 s` or `month +09:00`.
  public var description: String {
    switch self {
    case .onDemand: "on demand"
    case .seconds(let seconds): "\(seconds) s"
    case .month(let offset): "month \(offset)"
    }
  }
}

extension UTCOffset {
  /// When the month of a time began by this clock. Time that began before 1970 began with it.
  fileprivate func monthStart(of time: NetworkTime) -> NetworkTime {
    let (date, second) = clock(at: time)
    let since = UInt64(clamping: date.day - 1) * 86_400 + UInt64(clamping: second)
    return NetworkTime(seconds: time.seconds.subtractingDownToZero(since))
  }
}
