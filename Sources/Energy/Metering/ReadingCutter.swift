// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import Quantities

/// Cuts counters into readings of half hours, each flow on its own. Source:
/// Docs/decisions/0006-meter-reading.md; Docs/decisions/0017-each-flow-on-its-own.md.
public struct ReadingCutter: Sendable {
  /// Law 5's tolerance of the network.
  public let tolerance: WattHours
  /// The most that the laws let a site record in a half hour.
  public struct Limits: Hashable, Sendable {
    /// Law 6: of PQ1.
    let roof: WattHours
    /// Law 5: of PQ3 and PQ4.
    let connection: WattHours

    /// The limits of a site.
    public init(_ record: SiteRecord, _ rules: NetworkRules) {
      roof = rules.halfHourLimit(of: record.capacityW)
      connection = rules.halfHourLimit(of: record.connectionW)
    }

    /// Limits of these amounts, in Wh a half hour.
    public init(roof: WattHours, connection: WattHours) {
      (self.roof, self.connection) = (roof, connection)
    }
  }

  /// nil while the site is not known.
  public var limits: Limits?
  /// The counters as last reported; a report goes on from there.
  public private(set) var known: [MeterRegister]
  /// The flows that the last reported interval knew.
  private var knownFlows: Set<EnergyFlow>
  /// The site's running imbalance.
  public private(set) var imbalance: WattHours

  /// A cutter that goes on from `progress`, or from nothing.
  public init(tolerance: WattHours, limits: Limits? = nil, progress: SiteProgress?) {
    self.tolerance = tolerance
    self.limits = limits
    known = progress?.registers ?? []
    knownFlows = Set(EnergyFlow.allCases.filter { progress?.isKnown($0) ?? false })
    imbalance = progress?.imbalance ?? .zero
  }

  /// Whether the last reported interval knew a flow.
  public func isKnown(_ flow: EnergyFlow) -> Bool { knownFlows.contains(flow) }

  /// Goes on from a report of this site that is signed but not yet on the chain.
  public mutating func resume(after report: Report) {
    for reading in report.readings where reading.isBalanced {
      imbalance = imbalance + reading.imbalance
    }
    remember(report.registers, report.readings.last)
  }

  /// The readings of `length` intervals from `first` on; a draft ends early where a counter that it
  /// holds was reset, since a report cannot span that.
  /// - Parameters: `length` is 1…48; `gapBefore` counts intervals left out before `first`.
  public mutating func cut(
    _ book: MeterBook, first: Interval, length: Int, gapBefore: UInt32 = 0
  ) -> ReportDraft {
    var page = CutPage(book, known: known, knownFlows: gapBefore > 0 ? [] : knownFlows)
    var readings: [Reading] = []
    var marks = (board: [Interval](), unexplained: [Interval]())
    var above = (roof: [Interval](), connection: [Interval]())
    for offset in 0..<length {
      let interval = first.advanced(by: UInt32(offset))
      guard var reading = page.read(interval, mayEnd: !readings.isEmpty) else { break }
      if book.plan.mixture != nil { page.separateSun(&reading) }
      if let roof = limits?.roof, WattHours(Int64(reading[.generated])) > roof {
        if reading[quality: .generated] == .derived {
          reading[.generated] = UInt32(clamping: roof.value)
        } else {
          page.forget(.generated, in: &reading)
          above.roof.append(interval)
        }
      }
      for flow in [EnergyFlow.sold, .purchased] {
        guard let limit = limits?.connection, WattHours(Int64(reading[flow])) > limit else {
          continue
        }
        page.forget(flow, in: &reading)
        above.connection.append(interval)
      }
      page.keep(reading)
      switch balance(&reading, book) {
      case .closed: break
      case .boardDisagrees: marks.board.append(interval)
      case .unexplained: marks.unexplained.append(interval)
      }
      readings.append(reading)
    }
    let registers = page.registers
    remember(registers, readings.last)
    var draft = ReportDraft(
      gapBefore: gapBefore, readings: readings, registers: registers, imbalance: imbalance)
    (draft.boardDisagrees, draft.unexplained) = marks
    (draft.aboveRoof, draft.aboveConnection) = above
    return draft
  }

  private mutating func remember(_ registers: [MeterRegister], _ last: Reading?) {
    for register in registers {
      known.removeAll { $0.flow == register.flow && $0.device == register.device }
      known.append(register)
    }
    guard let last else { return }
    knownFlows = Set(EnergyFlow.allCases.filter { last[quality: $0].isCounted })
  }

  private enum Balance { case closed, boardDisagrees, unexplained }

  /// Puts PQ2 into a reading: what the balance leaves, or what the board measured as long as the
  /// running sum stays within half of the tolerance. Rounding that would make PQ2 negative is
  /// carried on. Where a flow is unknown the balance says nothing; the board may.
  private mutating func balance(_ reading: inout Reading, _ book: MeterBook) -> Balance {
    let board = book.consumed(in: reading.interval)
    let isClear = !book.plan.mixesCharge || reading[.batteryCharged] == 0
    guard reading.isBalanced, isClear else {
      if let board {
        reading.set(.consumed, UInt32(clamping: board.value), .measured)
      } else {
        reading.set(.consumed, 0, .unknown)
      }
      if reading.isBalanced { reading.set(.consumed, 0, .unknown) }
      return .closed
    }
    let left = reading.inflow - reading.outflow + imbalance
    guard left.value >= -tolerance.value else {
      reading.set(.consumed, 0, .unknown)
      return .unexplained
    }
    var result = Balance.closed
    var (consumed, quality) = (WattHours(max(0, left.value)), Quality.derived)
    if let board {
      if (left - board).magnitude <= WattHours(tolerance.value / 2) {
        (consumed, quality) = (board, .measured)
      } else {
        result = .boardDisagrees
      }
    }
    reading.set(.consumed, UInt32(clamping: consumed.value), quality)
    imbalance = imbalance + reading.imbalance
    return result
  }
}
