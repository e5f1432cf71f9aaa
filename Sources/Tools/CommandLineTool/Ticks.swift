// SPDX-License-Identifier: Apache-2.0

import UnixSignals

/// When to look again, until Ctrl-C or SIGTERM: whoever watches then ends in order, with its sums.
public enum Ticks {
  /// A stream that says so every `period`, the newest alone where somebody is slow.
  public static func every(_ period: Duration) async -> AsyncStream<Void> {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    return AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let ticking = Task {
        while (try? await Task.sleep(for: period)) != nil { continuation.yield() }
      }
      let waiting = Task {
        for await _ in signals { break }
        continuation.finish()
      }
      continuation.onTermination = { _ in
        ticking.cancel()
        waiting.cancel()
      }
    }
  }
}
