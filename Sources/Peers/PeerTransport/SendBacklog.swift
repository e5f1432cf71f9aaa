// SPDX-License-Identifier: Apache-2.0

import PeerProtocol

/// The bytes that wait to be sent, by link: of one, and of all, no more than stated.
struct SendBacklog {
  /// Bytes of one link above which its peer is too slow and it is closed.
  static let limit = 40 << 20
  /// Bytes of all links above which the one that has most of them is closed.
  static let limitOfAll = 64 << 20

  private var waiting: [Link: Int] = [:]
  private(set) var byteCount = 0

  /// Takes in bytes for a link.
  /// - Returns: the link to be closed for it, or nil.
  mutating func add(_ count: Int, for link: Link) -> Link? {
    waiting[link, default: 0] += count
    byteCount += count
    if waiting[link, default: 0] > SendBacklog.limit { return link }
    guard byteCount > SendBacklog.limitOfAll else { return nil }
    return waiting.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
  }

  /// Bytes of a link were sent. Of one that has ended nothing waits any more.
  mutating func sent(_ count: Int, on link: Link) {
    guard let known = waiting[link] else { return }
    waiting[link] = known - count
    byteCount -= count
  }

  /// A link has ended.
  mutating func end(_ link: Link) { byteCount -= waiting.removeValue(forKey: link) ?? 0 }
}
