// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import LedgerCrypto
import NIOCore
import Synchronization

/// Answers as they were sent, kept until the chain moves: encoding one takes longer than all the
/// rest.
public final class AnswerCache: Sendable {
  final class Entry: Sendable {
    let status: HTTPResponse.Status
    /// With its entity tag.
    let headers: HTTPFields
    let tag: String
    let bytes: ByteBuffer
    private let isWorthCompressing: Bool
    /// Compressed when the first client wants it; nil inside where that saves nothing.
    private let compressed = Mutex<ByteBuffer??>(nil)

    init(
      status: HTTPResponse.Status, headers: HTTPFields, tag: String, bytes: ByteBuffer,
      isWorthCompressing: Bool
    ) {
      self.status = status
      self.headers = headers
      self.tag = tag
      self.bytes = bytes
      self.isWorthCompressing = isWorthCompressing
    }

    /// The bytes compressed, or nil where that saves nothing.
    var gzip: ByteBuffer? {
      guard isWorthCompressing else { return nil }
      return compressed.withLock { kept in
        if let kept { return kept }
        let made = Gzip.compressed(Array(bytes.readableBytesView)).map { ByteBuffer(bytes: $0) }
        kept = .some(made)
        return made
      }
    }
  }

  private struct State {
    var generation: UInt64 = 0
    var young: [String: Entry] = [:]
    var old: [String: Entry] = [:]
    var youngBytes = 0
  }

  private let state = Mutex(State())
  private let most: Int

  /// A cache of about so many bytes.
  public init(bytes: Int = 32 << 20) { most = bytes }

  /// Forgets everything: the chain moved.
  public func clear() {
    state.withLock {
      let generation = $0.generation + 1
      $0 = State()
      $0.generation = generation
    }
  }

  /// Counts how often it was cleared: what was read before is not kept after.
  var generation: UInt64 { state.withLock { $0.generation } }

  func entry(_ key: String) -> Entry? {
    state.withLock { state in
      if let entry = state.young[key] { return entry }
      guard let entry = state.old[key] else { return nil }
      keep(entry, key, &state)
      return entry
    }
  }

  func keep(_ entry: Entry, for key: String, generation: UInt64) {
    state.withLock { if $0.generation == generation { keep(entry, key, &$0) } }
  }

  /// When the young half is full it becomes the old half: what nobody asked for since is gone then.
  private func keep(_ entry: Entry, _ key: String, _ state: inout State) {
    // Compressed it usually takes less than half as much again.
    let size = entry.bytes.readableBytes * 3 / 2 + 512
    if state.youngBytes + size > most / 2 {
      state.old = state.young
      state.young = [:]
      state.youngBytes = 0
    }
    state.youngBytes += size
    state.young[key] = entry
  }
}
