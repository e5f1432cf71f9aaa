// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// Whose key a public key is: a member's own or that of one of its sites.
/// Bytes: member (32) ‖ is a site's (flag) ‖ site (32, where it is).
public struct KeyHolder: Hashable, Sendable, Canonical {
  public let member: MemberId
  public let site: SiteId?

  /// The holder of a member's key, or of a site's key.
  public init(member: MemberId, site: SiteId? = nil) {
    self.member = member
    self.site = site
  }

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    member = try MemberId(from: &input)
    site = try input.readFlag() ? try SiteId(from: &input) : nil
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) {
    member.encode(to: &output)
    output.writeFlag(site != nil)
    site?.encode(to: &output)
  }
}
