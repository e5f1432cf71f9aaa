// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization

/// Writes the body of a long answer; a client that stops reading is dropped, so that it holds
/// nothing.
public final class PatientWriter {
  private var writer: any ResponseBodyWriter
  private let progress: Progress

  /// Since when a write waits for the client.
  final class Progress: Sendable {
    private let since = Mutex<ContinuousClock.Instant?>(nil)

    func begin() { since.withLock { $0 = .now } }
    func end() { since.withLock { $0 = nil } }

    func isStuck(for patience: Duration) -> Bool {
      since.withLock { $0.map { ContinuousClock.now - $0 > patience } ?? false }
    }
  }

  init(_ writer: any ResponseBodyWriter, _ progress: Progress) {
    self.writer = writer
    self.progress = progress
  }

  /// Writes bytes and waits until there is room for more.
  public func write(_ bytes: [UInt8]) async throws {
    progress.begin()
    defer { progress.end() }
    try await writer.write(ByteBuffer(bytes: bytes))
  }

  func finish() async throws { try await writer.finish(nil) }

  /// A body that `write` writes, over a channel that is closed when a write waits too long.
  static func body(
    over channel: any Channel, patience: Duration,
    _ write: @escaping @Sendable (PatientWriter) async throws -> Void
  ) -> ResponseBody {
    ResponseBody { writer in
      let progress = Progress()
      let patient = PatientWriter(writer, progress)
      let watch = Task {
        while !Task.isCancelled {
          try await Task.sleep(for: patience / 4)
          if progress.isStuck(for: patience) { channel.close(promise: nil) }
        }
      }
      defer { watch.cancel() }
      // A server that ends does not wait for a client that takes its time.
      try await withGracefulShutdownHandler {
        try await write(patient)
        try await patient.finish()
      } onGracefulShutdown: {
        channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
      }
    }
  }
}
