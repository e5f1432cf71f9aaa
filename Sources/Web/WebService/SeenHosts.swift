// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The first few names by which a server was called. Pages name their host, so each name has pages
/// of its own: who makes names up gets no more of the cache.
final class SeenHosts: Sendable {
  /// A home's node is called by its address, its name and its name under `.local`.
  static let most = 16

  private let names = Mutex<Set<String>>([])

  /// Whether pages for this name are kept.
  func take(_ name: String) -> Bool {
    names.withLock { names in
      guard names.count < SeenHosts.most else { return names.contains(name) }
      names.insert(name)
      return true
    }
  }
}
