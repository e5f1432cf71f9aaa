// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
public import Quantities
public import Wire

/// Where other nodes are said to listen, in buckets that one owner of many addresses cannot fill:
/// where an address lands follows from a secret, its own part of the internet and that of the peer
/// who told of it, and one teller reaches few buckets. Source: Bitcoin Core (addrman); Heilman et
/// al., Eclipse Attacks on Bitcoin's Peer-to-Peer Network, 2015.
public struct AddressBook: Sendable {
  /// Buckets of addresses only heard of, and of those that a link once led to.
  static let newBuckets = 64
  static let triedBuckets = 16
  /// Addresses in a bucket.
  static let bucketSize = 32
  /// Buckets that one teller, and one part of the internet, can reach.
  static let bucketsPerSource = 8
  static let bucketsPerGroup = 4

  /// An address and what is known of it.
  public struct Entry: Hashable, Sendable {
    public let address: PeerAddress
    /// Which peer told of it.
    public let source: HostAddress
    /// A link led to it, with the key it was said to have.
    public internal(set) var isTried: Bool
    /// Times in a row that it could not be reached.
    public internal(set) var failures: UInt32 = 0
    /// When it is worth another try, in milliseconds.
    public internal(set) var retryAt: UInt64 = 0

    /// An entry that was kept over a restart.
    public init(address: PeerAddress, source: HostAddress, isTried: Bool) {
      self.address = address
      self.source = source
      self.isTried = isTried
    }
  }

  private let secret: Bytes32
  private var entries: [PublicKey: Entry] = [:]
  private var new: [Int: [PublicKey]] = [:]
  private var tried: [Int: [PublicKey]] = [:]

  /// An empty book whose buckets follow from `secret`, which no peer may know.
  public init(secret: Bytes32) { self.secret = secret }

  /// All entries in order of their keys.
  public var all: [Entry] { entries.values.sorted { $0.address.key < $1.address.key } }

  /// How many addresses the book holds.
  public var count: Int { entries.count }

  /// The entry of a key, or nil.
  public subscript(key: PublicKey) -> Entry? { entries[key] }

  private func number(_ tag: UInt8, _ parts: [any Canonical]) -> UInt64 {
    var output = ByteWriter()
    output.write(secret)
    output.write(tag)
    for part in parts { part.encode(to: &output) }
    return SHA256.digest(output.bytes).words.0
  }

  func newBucket(of address: PeerAddress, from source: HostAddress) -> Int {
    let spread =
      number(0, [address.host.group, source.group]) % UInt64(AddressBook.bucketsPerSource)
    return Int(
      number(1, [source.group, Bytes32(words: (spread, 0, 0, 0))]) % UInt64(AddressBook.newBuckets))
  }

  func triedBucket(of address: PeerAddress) -> Int {
    let spread = number(2, [address]) % UInt64(AddressBook.bucketsPerGroup)
    return Int(
      number(3, [address.host.group, Bytes32(words: (spread, 0, 0, 0))])
        % UInt64(AddressBook.triedBuckets))
  }

  /// Takes in an address that `source` told of. A full bucket gives up its worst new address.
  public mutating func add(_ address: PeerAddress, from source: HostAddress) {
    if let known = entries[address.key] {
      // A tried address is believed over what others say; a new one may move.
      guard !known.isTried, known.address != address, known.failures > 0 else { return }
      remove(address.key)
    }
    insertNew(Entry(address: address, source: source, isTried: false))
  }

  /// Takes up an entry that was kept over a restart.
  public mutating func restore(_ entry: Entry) {
    guard entries[entry.address.key] == nil else { return }
    insertNew(Entry(address: entry.address, source: entry.source, isTried: false))
    if entry.isTried { markTried(entry.address) }
  }

  private mutating func insertNew(_ entry: Entry) {
    let bucket = newBucket(of: entry.address, from: entry.source)
    var keys = new[bucket] ?? []
    if keys.count >= AddressBook.bucketSize {
      // The one that failed most goes; among equals the one that came first.
      guard let worst = keys.max(by: { failures($0) < failures($1) }) else { return }
      keys.removeAll { $0 == worst }
      entries[worst] = nil
    }
    keys.append(entry.address.key)
    new[bucket] = keys
    entries[entry.address.key] = entry
  }

  private func failures(_ key: PublicKey) -> UInt32 { entries[key]?.failures ?? 0 }

  private mutating func remove(_ key: PublicKey) {
    guard let entry = entries.removeValue(forKey: key) else { return }
    if entry.isTried {
      tried[triedBucket(of: entry.address)]?.removeAll { $0 == key }
    } else {
      new[newBucket(of: entry.address, from: entry.source)]?.removeAll { $0 == key }
    }
  }

  /// Notes that a link led to `address` and the node there had its key.
  public mutating func markTried(_ address: PeerAddress) {
    let source = entries[address.key]?.source ?? address.host
    remove(address.key)
    let bucket = triedBucket(of: address)
    var keys = tried[bucket] ?? []
    if keys.count >= AddressBook.bucketSize,
      let worst = keys.max(by: { failures($0) < failures($1) })
    {
      keys.removeAll { $0 == worst }
      if let old = entries.removeValue(forKey: worst) {
        insertNew(Entry(address: old.address, source: old.source, isTried: false))
      }
    }
    keys.append(address.key)
    tried[bucket] = keys
    entries[address.key] = Entry(address: address, source: source, isTried: true)
  }

  /// Notes that the node of `key` could not be reached; a new address that fails ten times goes.
  public mutating func markFailed(_ key: PublicKey, at now: UInt64, retry: UInt64) {
    guard var entry = entries[key] else { return }
    entry.failures += 1
    entry.retryAt = now + retry << UInt64(min(entry.failures, 6))
    entries[key] = entry
    if !entry.isTried, entry.failures >= 10 { remove(key) }
  }

  /// An address to open a link to: as often one that was tried as one only heard of.
  public func choose(
    at now: UInt64, using chance: inout SeededGenerator, where fits: (PeerAddress) -> Bool
  ) -> PeerAddress? {
    let usable = all.filter { $0.retryAt <= now && fits($0.address) }
    let pools = [usable.filter(\.isTried), usable.filter { !$0.isTried }].filter { !$0.isEmpty }
    return chance.pick(chance.pick(pools) ?? [])?.address
  }

  /// Up to `limit` addresses to tell a peer about.
  public func sample(_ limit: Int, using chance: inout SeededGenerator) -> [PeerAddress] {
    var pool = all.filter { $0.failures == 0 }.map(\.address)
    var sample: [PeerAddress] = []
    while sample.count < limit, !pool.isEmpty {
      sample.append(pool.remove(at: Int(chance.below(UInt64(pool.count)))))
    }
    return sample
  }
}
