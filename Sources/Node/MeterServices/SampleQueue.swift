// SPDX-License-Identifier: Apache-2.0

import LedgerStore
import Metering
import Quantities

/// Samples of meters on their way into their file. They wait here between two readings, and for as
/// long as the disk is full.
struct SampleQueue {
  /// So many samples may wait, several weeks of a home's; then the oldest go.
  static let limit = 50_000

  let store: SampleStore
  private var waiting: [(sample: Sample, historyDay: CalendarDate?)] = []
  /// Why samples wait; nil when all are in the file.
  private(set) var problem: String?

  /// The queue before a file, with nothing in it.
  init(_ store: SampleStore) { self.store = store }

  /// Takes in samples; they wait for the next `flush`, so that no disk delays a reading.
  mutating func append(_ samples: [Sample], historyDay: CalendarDate?) {
    waiting += samples.map { ($0, historyDay) }
    waiting.removeFirst(max(0, waiting.count - SampleQueue.limit))
  }

  /// Puts what waits into the file, if the disk takes it.
  mutating func flush() {
    do {
      while let first = waiting.first {
        let batch = waiting.prefix { $0.historyDay == first.historyDay }
        try store.append(batch.map(\.sample), historyDay: first.historyDay)
        waiting.removeFirst(batch.count)
      }
      problem = nil
    } catch { problem = error.description }
  }

  /// All samples from `time` on, those that wait at the end.
  func samples(
    since time: NetworkTime
  ) throws(StoreError) -> [(sample: Sample, historyDay: CalendarDate?)] {
    try store.samples(since: time) + waiting.filter { $0.sample.time >= time }
  }

  /// As `SampleStore.samples(from:until:historyOf:)`, with those that wait.
  func samples(
    from: NetworkTime, until: NetworkTime, historyOf days: ClosedRange<CalendarDate>
  ) throws(StoreError) -> [Sample] {
    let late = waiting.filter { sample, day in
      sample.time >= from && (sample.time < until || day.map(days.contains) ?? false)
    }
    return try store.samples(from: from, until: until, historyOf: days) + late.map(\.sample)
  }
}
