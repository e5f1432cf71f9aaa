// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

/// Finds the endpoint of a path.
struct Routes: Sendable {
  private struct Route: Sendable {
    let segments: [Substring]
    let endpoint: Endpoint

    /// The values of the path's parameters, or nil where it is another path.
    func values(in path: [Substring]) -> [String: String]? {
      var values: [String: String] = [:]
      for (own, given) in zip(segments, path) {
        if own.hasPrefix("{") {
          values[String(own.dropFirst().dropLast())] = String(given)
        } else if own != given {
          return nil
        }
      }
      return values
    }
  }

  /// By the number of segments; those without parameters first.
  private let routes: [Int: [Route]]

  init(_ endpoints: [Endpoint]) {
    var routes: [Int: [Route]] = [:]
    for endpoint in endpoints.sorted(by: { !$0.path.contains("{") && $1.path.contains("{") }) {
      let segments = endpoint.path.split(separator: "/", omittingEmptySubsequences: true)
      routes[segments.count, default: []].append(Route(segments: segments, endpoint: endpoint))
    }
    self.routes = routes
  }

  /// The endpoint for a method, with the values in its path; or what methods the path has instead.
  func find(
    _ path: Substring, _ method: HTTPRequest.Method
  ) -> (endpoint: Endpoint, values: [String: String], allowed: [HTTPRequest.Method])? {
    let segments = path.split(separator: "/", omittingEmptySubsequences: true)
    var found: (Endpoint, [String: String])?
    var allowed: [HTTPRequest.Method] = []
    for route in routes[segments.count] ?? [] {
      guard let values = route.values(in: segments) else { continue }
      allowed.append(route.endpoint.method)
      let wanted = method == .head ? .get : method
      if found == nil || (found?.0.method != wanted && route.endpoint.method == wanted) {
        found = (route.endpoint, values)
      }
    }
    return found.map { ($0.0, $0.1, allowed) }
  }
}
