// SPDX-License-Identifier: Apache-2.0

public import Quantities

/// What a home generated and used, step by step: measured data replayed, or a model's.
public struct EnergyTrace: Sendable {
  /// One step of constant power.
  public struct Step: Hashable, Sendable {
    /// PV generation and consumption in Wh over the step.
    public var pv: Int64
    public var load: Int64

    /// A step of `pv` and `load` Wh.
    public init(pv: Int64, load: Int64) {
      self.pv = pv
      self.load = load
    }
  }

  /// The start of the first step.
  public let start: NetworkTime
  /// Seconds of a step: 1800 or 3600.
  public let stepSeconds: UInt64
  public let steps: [Step]

  /// A trace of these steps.
  public init(start: NetworkTime, stepSeconds: UInt64, steps: [Step]) {
    self.start = start
    self.stepSeconds = stepSeconds
    self.steps = steps
  }

  /// The first second after the trace.
  public var end: NetworkTime { start.advanced(by: stepSeconds * UInt64(steps.count)) }

  /// The same steps from another time on.
  public func starting(at start: NetworkTime) -> EnergyTrace {
    EnergyTrace(start: start, stepSeconds: stepSeconds, steps: steps)
  }

  /// PV generation in Wh between two times that are step boundaries.
  public func pv(from: NetworkTime, to: NetworkTime) -> WattHours {
    let first = Int(from.seconds(since: start) / stepSeconds)
    let last = min(steps.count, Int(to.seconds(since: start) / stepSeconds))
    guard first < last else { return .zero }
    return WattHours(steps[first..<last].reduce(0) { $0 + $1.pv })
  }
}

/// Why a file of measured data cannot be replayed.
public struct TraceError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

extension EnergyTrace {
  /// Reads `hour_start|half_hour_start,pv_wh,load_wh` (further columns are ignored);
  /// times are those of the home's clock, without summer time.
  /// - Parameters:
  ///   - text: the file; `name` names it in errors.
  ///   - offset: the home's clock.
  ///   - skippingDays: how many days at the start are left out; `days`: how many are taken, or all.
  public static func parse(
    _ text: String, name: String, offset: UTCOffset, skippingDays: Int = 0, days: Int? = nil
  ) throws(TraceError) -> EnergyTrace {
    var lines = text.split(whereSeparator: \.isNewline)[...]
    guard let header = lines.popFirst() else { throw TraceError(description: "\(name) is empty") }
    let columns = header.split(separator: ",").map(String.init)
    let stepSeconds: UInt64
    switch columns.first {
    case "hour_start": stepSeconds = 3600
    case "half_hour_start": stepSeconds = 1800
    default:
      throw TraceError(
        description: "\(name): the first column is \(columns.first ?? "missing"), expected "
          + "hour_start or half_hour_start")
    }
    guard let pvColumn = columns.firstIndex(of: "pv_wh"),
      let loadColumn = columns.firstIndex(of: "load_wh")
    else { throw TraceError(description: "\(name): the columns pv_wh and load_wh are needed") }
    let perDay = Int(86_400 / stepSeconds)
    let first = lines.startIndex + skippingDays * perDay
    guard first < lines.endIndex else {
      throw TraceError(description: "\(name) has no day \(skippingDays + 1)")
    }
    let wanted = days.map { $0 * perDay } ?? (lines.endIndex - first)
    guard first + wanted <= lines.endIndex else {
      throw TraceError(
        description: "\(name) ends after \((lines.endIndex - first) / perDay) whole days, "
          + "\(wanted / perDay) were asked for; the file may be cut off")
    }
    var steps: [Step] = []
    var start: NetworkTime?
    for index in first..<(first + wanted) {
      let number = index - lines.startIndex + 2
      let fields = lines[index].split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count == columns.count, let time = time(fields[0], offset),
        let pv = Int64(fields[pvColumn]), let load = Int64(fields[loadColumn]), pv >= 0, load >= 0,
        pv < 1 << 31, load < 1 << 31
      else {
        throw TraceError(
          description: "\(name), line \(number): \"\(lines[index])\" is no row of "
            + "\(columns.joined(separator: ",")) with whole Wh; the file may be cut off")
      }
      if let start, time != start.advanced(by: stepSeconds * UInt64(steps.count)) {
        throw TraceError(
          description: "\(name), line \(number): \(fields[0]) does not follow the row before; "
            + "rows must be \(stepSeconds / 60) minutes apart, without summer time")
      }
      if start == nil { start = time }
      steps.append(Step(pv: pv, load: load))
    }
    guard let start, start.seconds.isMultiple(of: 1800) else {
      throw TraceError(description: "\(name): rows must begin at full or half hours")
    }
    return EnergyTrace(start: start, stepSeconds: stepSeconds, steps: steps)
  }

  private static func time(_ text: Substring, _ offset: UTCOffset) -> NetworkTime? {
    let parts = text.split { "-T:".contains($0) }.compactMap { Int($0) }
    guard text.utf8.count == 16, parts.count == 5,
      let date = CalendarDate(year: parts[0], month: parts[1], day: parts[2]),
      (0..<24).contains(parts[3]), (0..<60).contains(parts[4])
    else { return nil }
    return offset.time(on: date, secondsOfDay: parts[3] * 3600 + parts[4] * 60)
  }
}
