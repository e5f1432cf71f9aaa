// SPDX-License-Identifier: Apache-2.0

/// The names under which a server answers. A web page of another name that was made to lead to this
/// machine (DNS rebinding) reads and does nothing here. Source: RFC 9110 §7.4.
public struct HostNames: Sendable {
  private let names: Set<String>

  /// The server's names besides those that nobody else can own: addresses, names without a dot, and
  /// those of home networks.
  public init(_ names: Set<String> = []) { self.names = Set(names.map { $0.lowercased() }) }

  /// Endings that no registry gives away. Source: RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`.
  private static let local = [".localhost", ".local", ".lan", ".home.arpa", ".internal"]

  /// Whether a request for this host, with or without a port, is meant for the server.
  public func allow(_ authority: String) -> Bool {
    let host = HostNames.host(of: authority)
    // Programs of old send none; every browser does.
    guard !host.isEmpty else { return true }
    return names.contains(host) || !host.contains(".") || HostNames.isAddress(host)
      || HostNames.local.contains(where: host.hasSuffix)
  }

  private static func host(of authority: String) -> String {
    let text = authority.lowercased()
    guard !text.hasPrefix("[") else { return String(text.prefix { $0 != "]" }) + "]" }
    var host = String(text.prefix { $0 != ":" })
    if host.hasSuffix(".") { host.removeLast() }
    return host
  }

  private static func isAddress(_ host: String) -> Bool {
    if host.hasPrefix("[") { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }
}
