// SPDX-License-Identifier: Apache-2.0

import NIOCore
public import Wire

extension HostAddress {
  /// The address that a system's text of an IPv4 or IPv6 address names, or nil.
  public init?(ipAddress text: String) {
    guard let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
    self.init(of: address)
  }

  /// The address of a socket as the protocol writes it; nil for one that is no IP address.
  init?(of address: SocketAddress) {
    // The addresses' places in sockaddr_in and sockaddr_in6. Source: netinet/in.h.
    let place: Range<Int>
    switch address {
    case .v4: place = 4..<8
    case .v6: place = 8..<24
    case .unixDomainSocket: return nil
    }
    let bytes = address.withSockAddr { start, count in
      Array(UnsafeRawBufferPointer(start: start, count: count))
    }
    guard bytes.count >= place.upperBound else { return nil }
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    self.init(place.count == 4 ? mapped + bytes[place] : Array(bytes[place]))
  }
}
