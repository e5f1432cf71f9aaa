// SPDX-License-Identifier: Apache-2.0

/// What a client's headers say of the answer that it wants.
enum Negotiation {
  /// Whether a client takes gzip: named with a weight above zero, or by `*` where it is not named.
  /// Source: RFC 9110 §12.5.3.
  static func takesGzip(_ header: String?) -> Bool {
    var any = false
    for part in (header ?? "").split(separator: ",") {
      let words = part.split(separator: ";").map {
        $0.filter { $0 != " " && $0 != "\t" }.lowercased()
      }
      guard let coding = words.first else { continue }
      let weight = words.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2)
      let isWanted = weight.map { Double($0) ?? 0 } ?? 1 > 0
      if coding == "gzip" { return isWanted }
      if coding == "*" { any = isWanted }
    }
    return any
  }

  /// Whether a client that has these entity tags has this one. Source: RFC 9110 §13.1.2 (weak
  /// comparison).
  static func has(_ tag: String, _ header: String?) -> Bool {
    guard let header else { return false }
    return header.split(separator: ",").contains { part in
      let own = part.drop { $0 == " " }.prefix { $0 != " " }
      return own == "*" || (own.hasPrefix("W/") ? own.dropFirst(2) : own) == tag
    }
  }
}

/// Who asks, where a proxy of one's own stands in between.
enum ClientAddress {
  /// Entries of `X-Forwarded-For` that are looked at.
  private static let most = 20

  /// The last address on the way that is no trusted proxy: what stands before it is anybody's
  /// claim.
  /// - Parameters:
  ///   - peer: the address of the connection.
  ///   - forwarded: the `X-Forwarded-For` header.
  ///   - trusted: addresses of proxies that are believed.
  static func of(_ peer: String, forwarded: String?, trusted: Set<String>) -> String {
    var client = peer
    var hops = (forwarded ?? "").split(separator: ",").suffix(most).map { hop in
      hop.filter { $0 != " " && $0 != "\t" }
    }
    while trusted.contains(client), let hop = hops.popLast(), isAddress(hop) {
      client = String(hop)
    }
    return client
  }

  private static func isAddress(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 45
      && text.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (97...102).contains(byte | 32) || byte == 46 || byte == 58
      }
  }
}
