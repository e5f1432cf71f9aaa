import LedgerStore
import Metering
import Quantities

/// Samples of meters on their way into their file. What the disk refuses waits here, so that reading goes on while
/// it is full.
struct SampleQueue {
  /// So many samples may wait, several weeks of a home's; then the oldest go.
  static let limit = 50_000

  let store: SampleStore
  private var waiting: [(sample: Sample, historyDay: CalendarDate?)] = []
  /// Why samples wait; nil when all are in the file.
  private(set) var problem: String?

  /// The queue before a file, with nothing in it.
  init(_ store: SampleStore) { self.store = store }

  /// Keeps samples in the file, or here.
  mutating func append(_ samples: [Sample], historyDay: CalendarDate?) {
    waiting += samples.map { ($0, historyDay) }
    flush()
    waiting.removeFirst(max(0, waiting.count - SampleQueue.limit))
  }

  /// Tries to put into the file what waits.
  mutating func flush() {
    do {
      while let day = waiting.first?.historyDay as CalendarDate?? {
        let batch = waiting.prefix { $0.historyDay == day }
        try store.append(batch.map(\.sample), historyDay: day)
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
}
