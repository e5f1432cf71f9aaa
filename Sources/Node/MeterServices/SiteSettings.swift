// SPDX-License-Identifier: Apache-2.0

public import EchonetLite
public import LedgerCrypto
import Metering
public import Quantities

/// Where a site's meters are and how its reports are cut.
public struct SiteSettings: Sendable {
  /// The key that signs the site's reports; the chain says which site it is.
  public let key: KeyPair
  /// The meters' clock.
  public let offset: UTCOffset
  /// Addresses of nodes to ask besides those that multicast finds.
  public let addresses: [String]
  /// Devices listed by hand; empty means that all that are found count.
  public let devices: [ConfiguredDevice]
  /// Somebody has said that all counters of generation have roofs of their own.
  public let separateRoofs: Bool
  /// Intervals in one report, 1…48; a report also ends with the site's day.
  public let reportIntervals: Int
  /// How long before and after each half hour counters without history are read, in seconds.
  public let lead: UInt64
  public let lag: UInt64

  /// Settings of a site.
  public init(
    key: KeyPair, offset: UTCOffset, addresses: [String], devices: [ConfiguredDevice],
    separateRoofs: Bool, reportIntervals: Int, lead: UInt64, lag: UInt64
  ) {
    self.key = key
    self.offset = offset
    self.addresses = addresses
    self.devices = devices
    self.separateRoofs = separateRoofs
    self.reportIntervals = reportIntervals
    self.lead = lead
    self.lag = lag
  }
}

/// A device named in the configuration: `address object`, for example `192.168.1.20 028801`.
public struct ConfiguredDevice: Hashable, Sendable, CustomStringConvertible {
  public let address: String
  public let object: EchonetObject

  /// A device at an address.
  public init(address: String, object: EchonetObject) {
    self.address = address
    self.object = object
  }

  /// `address object`, as it is read.
  public var description: String { "\(address) \(object)" }

  /// Reads `address object`, or nil. The meter behind Route B is `route-b 028801`.
  public init?(_ text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 2, let object = EchonetObject(hex: String(parts[1])) else { return nil }
    self.init(address: String(parts[0]), object: object)
  }
}
