// SPDX-License-Identifier: Apache-2.0

public import EchonetLite

/// A device of a site: where it is and what can be got from it.
public struct MeteredDevice: Hashable, Sendable {
  /// Its number at this site, kept for good.
  public let number: UInt8
  /// The address of its node.
  public let address: String
  public let object: EchonetObject
  /// The codes of its Get map (9F).
  public let codes: Set<UInt8>

  /// A device with these parts.
  public init(number: UInt8, address: String, object: EchonetObject, codes: Set<UInt8>) {
    self.number = number
    self.address = address
    self.object = object
    self.codes = codes
  }

  /// What its class tells of a home's energy; nil for what is no meter.
  public var role: MeterRole? { DeviceClass.known(object.classCode)?.meter }
}
