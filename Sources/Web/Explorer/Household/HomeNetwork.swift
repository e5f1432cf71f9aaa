import NIOCore

/// Which addresses can only be those of a home's own network.
enum HomeNetwork {
  /// Whether an address is private, link-local or the machine's own. Source: RFC 1918, 3927, 4193, 4291.
  static func holds(_ address: String) -> Bool {
    guard let parsed = try? SocketAddress(ipAddress: address, port: 0) else { return false }
    guard let text = parsed.ipAddress?.lowercased() else { return false }
    if text.hasPrefix("::ffff:"), text.contains(".") { return holds(String(text.dropFirst(7))) }
    let parts = text.split(separator: ".").compactMap { UInt8($0) }
    guard parts.count == 4 else {
      return text == "::1" || ["fe8", "fc", "fd"].contains { text.hasPrefix($0) }
    }
    switch (parts[0], parts[1]) {
    case (10, _), (127, _), (192, 168), (169, 254), (172, 16...31): return true
    default: return false
    }
  }
}
