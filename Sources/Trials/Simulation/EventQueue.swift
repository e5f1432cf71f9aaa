// SPDX-License-Identifier: Apache-2.0

/// Events in the order of their times; events of one time in the order in which they were put.
struct EventQueue<Event> {
  private struct Item {
    let at: UInt64
    let order: UInt64
    let event: Event

    func isBefore(_ other: Item) -> Bool { (at, order) < (other.at, other.order) }
  }

  private var heap: [Item] = []
  private var order: UInt64 = 0

  var isEmpty: Bool { heap.isEmpty }

  mutating func put(_ event: Event, at time: UInt64) {
    heap.append(Item(at: time, order: order, event: event))
    order += 1
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].isBefore(heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func take() -> (at: UInt64, event: Event)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return (first.at, first.event) }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].isBefore(heap[least]) { least = child }
      guard least != parent else { return (first.at, first.event) }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
