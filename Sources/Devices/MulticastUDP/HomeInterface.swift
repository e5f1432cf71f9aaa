// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// An interface of this machine on a home's network: its address may change, its name stays.
public struct HomeInterface: Sendable {
  /// As `ip link` shows it, `eth0`.
  public let name: String
  /// Its IPv4 address now.
  public let address: String

  /// Which bits of the address are the network's; nil where the system does not tell.
  public let netmask: String?

  /// All interfaces with IPv4, the loopback last; none where the system does not tell.
  public static var all: [HomeInterface] {
    let found = ((try? System.enumerateDevices()) ?? []).compactMap { device -> HomeInterface? in
      guard case .v4 = device.address, let address = device.address?.ipAddress else { return nil }
      return HomeInterface(
        name: device.name, address: address, netmask: device.netmask?.ipAddress)
    }
    return found.filter { !$0.isLoopback } + found.filter(\.isLoopback)
  }

  private var isLoopback: Bool { address.hasPrefix("127.") }
}
