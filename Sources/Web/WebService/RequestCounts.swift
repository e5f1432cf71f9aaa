// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Synchronization

/// Counts requests for whoever watches a server.
public final class RequestCounts: Sendable {
  /// A route with a method and a status.
  public struct Key: Hashable, Sendable {
    public let route: String
    public let method: String
    public let status: Int
  }

  /// Requests and how long they took.
  public struct Count: Sendable {
    public var requests: UInt64 = 0
    public var seconds = 0.0
    /// Requests that took at most each of `bounds`.
    public var within = [UInt64](repeating: 0, count: RequestCounts.bounds.count)
  }

  /// Upper bounds of the classes of durations, in seconds.
  public static let bounds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5]
  private static let methods: Set<String> = ["GET", "HEAD", "POST", "OPTIONS", "DELETE", "PUT"]
  private let counts = Mutex<[Key: Count]>([:])

  /// Nothing counted yet.
  public init() {}

  func count(
    _ route: String, _ method: HTTPRequest.Method, _ status: HTTPResponse.Status, _ time: Duration
  ) {
    // Anybody can make up methods: a key must not be made of what a client sends.
    let name = RequestCounts.methods.contains(method.rawValue) ? method.rawValue : "other"
    let key = Key(route: route, method: name, status: status.code)
    let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
    counts.withLock {
      var count = $0[key] ?? Count()
      count.requests += 1
      count.seconds += seconds
      for (index, bound) in RequestCounts.bounds.enumerated() where seconds <= bound {
        count.within[index] += 1
      }
      $0[key] = count
    }
  }

  /// All counts, in the order of routes.
  public var all: [(key: Key, count: Count)] {
    counts.withLock { $0 }.sorted {
      ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
    }.map { ($0.key, $0.value) }
  }
}
