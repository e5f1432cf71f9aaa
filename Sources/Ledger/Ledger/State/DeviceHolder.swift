// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import LedgerCrypto

/// Which site a generating device feeds. Bytes: site (32).
public struct DeviceHolder: Hashable, Sendable, Canonical {
  public let site: SiteId

  /// The holder of a device.
  public init(site: SiteId) { self.site = site }

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    site = try SiteId(from: &input)
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) { site.encode(to: &output) }
}

extension SiteRecord {
  /// What tells the site's device from all others: the hash of its name and its serial number, by
  /// their bytes without blanks and marks of ASCII and in small letters of ASCII.
  public var device: Bytes32 {
    var output = ByteWriter()
    for text in [deviceName, deviceId] {
      let bytes = text.utf8.compactMap { byte -> UInt8? in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte + 0x20
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
        default: byte < 0x80 ? nil : byte
        }
      }
      output.writeVarint(UInt64(bytes.count))
      output.writeBytes(bytes)
    }
    return SHA256.digest(name: "hinata/device", output.bytes)
  }
}
