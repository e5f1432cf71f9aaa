// SPDX-License-Identifier: Apache-2.0

import MeterServices
import Synchronization
import Testing

@Suite("Who looks at a home's devices")
struct HomeWatchTests {
  @Test("Many who ask at once cause one look, and who asks a moment later gets the same")
  func once() async throws {
    let looks = Mutex(0)
    let watch = HomeWatch {
      looks.withLock { $0 += 1 }
      var now = HomeNow()
      now.grid = 5
      return now
    }
    try await watched(watch) {
      let seen = await withTaskGroup(of: Int?.self) { group in
        for _ in 0..<20 { group.addTask { await watch.look()?.now.grid } }
        return await group.reduce(into: [Int?]()) { $0.append($1) }
      }
      #expect(seen == [Int?](repeating: 5, count: 20))
      #expect(await watch.look()?.now.grid == 5)
    }
    #expect(looks.withLock { $0 } == 1)
  }

  @Test("A device that never answers keeps nobody waiting for it")
  func slow() async throws {
    let watch = HomeWatch {
      try? await Task.sleep(for: .seconds(3600))
      return HomeNow()
    }
    try await watched(watch) { #expect(await watch.look() == nil, "nothing is known yet") }
  }

  /// Runs a watch beside `body`.
  private func watched(_ watch: HomeWatch, _ body: () async throws -> Void) async throws {
    let service = Task { await watch.run() }
    defer { service.cancel() }
    try await body()
  }
}
