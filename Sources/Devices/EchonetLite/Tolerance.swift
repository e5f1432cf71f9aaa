// SPDX-License-Identifier: Apache-2.0

/// What meters in the field do that the specification does not foresee. Each is accepted by a rule
/// of this name, counted, and shown in meter health. Source: Docs/echonet.md §9, §10.
public enum Tolerance: String, CaseIterable, Sendable {
  /// An answer with fewer properties than asked; the rest is asked again in smaller batches.
  case shortAnswer = "short-answer"
  /// One answer in two frames of one transaction (72 with the good, 52 with the bad values).
  case splitAnswer = "split-answer"
  /// The same answer twice; the second is dropped.
  case duplicateAnswer = "duplicate-answer"
  /// An answer after its time-out; it is dropped and the device gets more time from then on.
  case lateAnswer = "late-answer"
  /// An answer with a transaction id never asked; dropped.
  case strangeTransaction = "strange-transaction"
  /// An answer by another instance than the one asked.
  case strangeInstance = "strange-instance"
  /// A property map whose count is not the number of its codes.
  case wrongMapCount = "wrong-map-count"
  /// Bytes that are no frame.
  case brokenFrame = "broken-frame"
  /// The smart meter's unit (E1) is missing, though its map lists it: it is asked for again alone.
  case missingUnit = "missing-unit"
  /// The coefficient (D3) is not in the Get map: 1 is taken, as the specification says.
  case noCoefficient = "no-coefficient"
  /// A history whose day is not the one that was set with E5.
  case historyDayUnchanged = "history-day-unchanged"
  /// A half hour's count stamped ahead of the clock, or with a time long gone; dropped.
  case wrongTime = "wrong-time"
  /// A count that fell or leapt and came back: it was none.
  case blip = "blip"
  /// A value that says "no data".
  case noData = "no-data"
}
