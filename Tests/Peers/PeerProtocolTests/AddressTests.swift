// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Quantities
import Testing
import Wire

@Suite("The address book")
struct AddressBookTests {
  private func address(_ number: Int, host: UInt32) -> PeerAddress {
    PeerAddress(
      host: HostAddress(ipv4: host), port: 7711,
      key: LedgerFixture.key("address \(number)").publicKey)
  }

  @Test("One teller reaches few buckets, however many addresses it tells of")
  func eclipse() {
    var book = AddressBook(secret: SHA256.digest([5]))
    let attacker = HostAddress(ipv4: 0x5A00_0001)
    for number in 0..<3_000 {
      book.add(address(number, host: UInt32(number) << 16 | 1), from: attacker)
    }
    #expect(book.count <= 8 * 32)
    for number in 3_000..<3_100 {
      book.add(
        address(number, host: UInt32(number) << 16 | 1),
        from: HostAddress(ipv4: UInt32(number) << 16))
    }
    let honest = book.all.count { $0.source != attacker }
    #expect(honest >= 90, "the honest hundred are still there")
  }

  @Test("What a link led to is believed over what others say, and survives failures")
  func tried() {
    var book = AddressBook(secret: SHA256.digest([5]))
    let first = address(1, host: 0x0101_0101)
    book.add(first, from: first.host)
    book.markTried(first)
    let moved = PeerAddress(
      host: HostAddress(ipv4: 0x0202_0202), port: 1, key: first.key)
    book.add(moved, from: moved.host)
    #expect(book[first.key]?.address == first)
    for _ in 0..<20 { book.markFailed(first.key, at: 0, retry: 1_000) }
    #expect(book[first.key] != nil)
    #expect(book[first.key]?.retryAt == 64_000)
    let second = address(2, host: 0x0303_0303)
    book.add(second, from: second.host)
    for _ in 0..<10 { book.markFailed(second.key, at: 0, retry: 1_000) }
    #expect(book[second.key] == nil)
  }

  @Test("What was remembered is the same after a restart")
  func restored() {
    var book = AddressBook(secret: SHA256.digest([5]))
    for number in 0..<40 {
      let entry = address(number, host: UInt32(number + 1) << 16)
      book.add(entry, from: entry.host)
      if number.isMultiple(of: 3) { book.markTried(entry) }
    }
    var again = AddressBook(secret: SHA256.digest([6]))
    for entry in book.all { again.restore(entry) }
    #expect(Set(again.all.map(\.address)) == Set(book.all.map(\.address)))
    #expect(
      Set(again.all.filter(\.isTried).map(\.address))
        == Set(book.all.filter(\.isTried).map(\.address)))
  }

  @Test("Outbound links go to different parts of the internet")
  func groups() throws {
    let dialogue = try Dialogue()
    let link = dialogue.peer("teller", host: "192.0.2.1")
    _ = link
    for number in 0..<200 {
      // All but a few addresses lie in one part.
      let host: UInt32 = number < 190 ? 0x5A00_0000 + UInt32(number) : UInt32(number) << 16
      dialogue.tell(.discovered(address(number, host: host)))
    }
    var groups: [HostAddress] = []
    for case .connect(_, let target) in dialogue.tell(.tick) {
      groups.append(HostAddress(dotted: target.host)?.group ?? HostAddress(ipv4: 0))
    }
    #expect(groups.count >= 2)
    #expect(Set(groups).count == groups.count)
  }
}
