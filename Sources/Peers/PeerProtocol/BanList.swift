// SPDX-License-Identifier: Apache-2.0

public import LedgerCrypto
public import Wire

/// Who is kept out, until when. A member is banned by its key alone, since neighbours share an
/// address; a stranger with its address, since keys cost it nothing.
public struct BanList: Sendable {
  /// A ban as it is shown.
  public struct Ban: Hashable, Sendable {
    public let key: PublicKey
    /// The address banned with it, if it was.
    public let host: HostAddress?
    /// Milliseconds of the network's clock since 1970 at which it ends.
    public let until: UInt64
    public let reason: String

    /// A ban.
    public init(key: PublicKey, host: HostAddress?, until: UInt64, reason: String) {
      self.key = key
      self.host = host
      self.until = until
      self.reason = reason
    }
  }

  /// At most this many are kept; the first to end makes room.
  static let limit = 4_096
  private var bans: [PublicKey: Ban] = [:]

  /// Nobody is banned.
  public init() {}

  /// Bans in force at `now`, the first to end first.
  public func list(at now: UInt64) -> [Ban] {
    bans.values.filter { $0.until > now }.sorted { ($0.until, $0.key) < ($1.until, $1.key) }
  }

  mutating func add(_ ban: Ban, at now: UInt64) {
    bans = bans.filter { $0.value.until > now }
    if bans.count >= BanList.limit, let first = list(at: now).first { bans[first.key] = nil }
    bans[ban.key] = ban
  }

  /// Lifts a ban.
  /// - Returns: whether there was one.
  mutating func lift(_ key: PublicKey) -> Bool { bans.removeValue(forKey: key) != nil }

  /// Why a node is kept out.
  /// - Parameter isMember: it is no stranger: what a stranger did at the address that the two share
  ///   (one router, one carrier's NAT) is nothing to it.
  func reason(key: PublicKey, host: HostAddress, isMember: () -> Bool, at now: UInt64) -> String? {
    if let ban = bans[key], ban.until > now { return ban.reason }
    for ban in bans.values where ban.until > now && ban.host == host {
      return isMember() ? nil : ban.reason
    }
    return nil
  }
}
