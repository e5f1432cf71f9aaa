// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import HouseModel
import Quantities
import Testing

@testable import RouteB

@Suite("The session with the smart meter by Route B")
struct RouteBSessionTests {
  private static let models: [(EmulatedDongle.Model, Bool)] =
    EmulatedDongle.Model.allCases.flatMap { model in [(model, false), (model, true)] }

  private func power(_ duet: Duet) -> Int {
    duet.received.count { $0.count > 12 && $0[10] == 0x72 && $0[12] == 0xE7 }
  }

  @Test("Every family joins and reads, in bytes and in hexadecimal", arguments: models)
  func families(model: EmulatedDongle.Model, isBinary: Bool) throws {
    var settings = EmulatedDongle.Settings()
    settings.model = model
    settings.isBinary = isBinary
    var duet = try Duet(settings)
    duet.open()
    duet.run(until: 100_000)
    #expect(duet.states == [.preparing, .scanning(duration: 4), .joining, .open])
    #expect(power(duet) == 3 && !duet.isHeld)
    #expect(duet.remembered.count == 1 && duet.session.network?.linkQuality == 0x9C)
    let side = model == .bp35c2 ? " 0" : ""
    #expect(duet.written.contains("SKSCAN 2 FFFFFFFF 4\(side)\r\n"))
    #expect(duet.written.contains { $0.contains(" 0E1A 1\(side) 000E ") })
    #expect(duet.session.counts.garbage == 0)
  }

  @Test("A module that does not say its family is asked again in the other dialect")
  func dialects() throws {
    var session = RouteBSession(try Duet.credentials())
    func say(_ text: String) -> [RouteBSession.Action] {
      session.receive(Array("\(text)\r\n".utf8), at: 0)
    }
    _ = session.opened(at: 0)
    _ = ["OK", "OK", "EINFO a b c d 0", "OK", "OK"].flatMap(say)
    #expect(say("OK").contains(.write(Array("SKSCAN 2 FFFFFFFF 4 0\r\n".utf8))))
    #expect(say("FAIL ER05") == [.write(Array("SKSCAN 2 FFFFFFFF 4\r\n".utf8))])
    #expect(
      say("FAIL ER05").contains(.state(.dongleRefused(command: "SKSCAN 2 FFFFFFFF 4", code: 5))))
  }

  @Test(
    "A frame of another sender by radio, of another port or in the clear is dropped and counted")
  func foreignFrames() throws {
    var duet = try Duet(EmulatedDongle.Settings())
    duet.open()
    duet.run(until: 60_000)
    let meter = duet.session.meter
    let before = duet.session.counts
    func say(_ sender: String, port: String = "0E1A", secured: String = "1") {
      let actions = duet.session.receive(
        Array(
          "ERXUDP \(sender) FE80:0000:0000:0000:021D:1290:0003:8273 \(port) 0E1A 001D129012345678 \(secured) 0001 X\r\n"
            .utf8), at: 61_000)
      #expect(!actions.contains(.received([UInt8(ascii: "X")])), "\(sender) \(port) \(secured)")
    }
    say("FE80:0000:0000:0000:DEAD:BEEF:DEAD:BEEF")
    say(meter, port: "0E1B")
    say(meter, secured: "0")
    #expect(duet.session.counts.foreign == before.foreign + 3)
    #expect(duet.session.counts.received == before.received)
  }

  @Test("A meter that is far is found by a longer scan")
  func longerScans() throws {
    var settings = EmulatedDongle.Settings()
    settings.findingScan = 3
    var duet = try Duet(settings)
    duet.open()
    duet.run(until: 60_000)
    #expect(
      duet.states == [
        .preparing, .scanning(duration: 4), .scanning(duration: 5), .scanning(duration: 6),
        .joining, .open,
      ])
  }

  @Test("A remembered network is joined without a scan; one that is gone is scanned anew")
  func remembered() throws {
    let present = try #require(
      RouteBNetwork(channel: "21", panId: "8888", address: "001D129012345678", linkQuality: 1))
    var duet = try Duet(remembered: present)
    duet.open()
    duet.run(until: 40_000)
    #expect(duet.states == [.preparing, .joining, .open] && power(duet) == 1)
    #expect(!duet.written.contains { $0.hasPrefix("SKSCAN") })

    let old = try #require(
      RouteBNetwork(channel: "3B", panId: "1234", address: "001D129012345678", linkQuality: 1))
    var other = try Duet(remembered: old)
    other.open()
    other.run(until: 40_000)
    #expect(other.states == [.preparing, .joining, .scanning(duration: 4), .joining, .open])
    #expect(other.session.network?.channel == "21")
    #expect(RouteBNetwork(channel: "3B\r", panId: "1234", address: "00", linkQuality: 1) == nil)
  }

  @Test(
    "A wrong password and a wrong id are said plainly, tried again with longer and longer pauses")
  func wrongCredentials() throws {
    var refused = try Duet(credentials: Duet.credentials(password: "999999999999"))
    refused.open()
    refused.run(until: 3_600_000)
    #expect(refused.states.prefix(4) == [.preparing, .scanning(duration: 4), .joining, .refused])
    #expect(RouteBState.refused.text.contains("password") && RouteBState.refused.needsHelp)
    #expect((5...8).contains(refused.states.count { $0 == .refused }))
    #expect(refused.isHeld)

    var unknown = try Duet(credentials: Duet.credentials(id: String(repeating: "7", count: 32)))
    unknown.open()
    unknown.run(until: 60_000)
    #expect(unknown.states.last == .noMeter || unknown.states.contains(.noMeter))
    #expect(RouteBState.noMeter.text.contains("id"))
  }

  @Test(
    "A session that dies without a word is noticed within the limit of silence and joined again")
  func silentDeath() throws {
    var settings = EmulatedDongle.Settings()
    settings.faults = [DongleFault(.forgotten, from: Duet.at(100), until: Duet.at(101))]
    var duet = try Duet(settings)
    duet.open()
    duet.run(until: 100_000)
    let before = power(duet)
    duet.run(until: 400_000)
    #expect(duet.states.suffix(2) == [.joining, .open])
    #expect(duet.session.counts.losses == 1 && duet.session.counts.joins == 2)
    // Dead at 100 s, the first request after it at 120 s, noticed 120 s later.
    #expect(power(duet) - before == 5)
  }

  @Test(
    "The end of a session, its renewal and a renewal that fails all end in an open session",
    arguments: [DongleFaultKind.ended, .expired, .expiredForGood])
  func ends(kind: DongleFaultKind) throws {
    var settings = EmulatedDongle.Settings()
    settings.faults = [DongleFault(kind, from: Duet.at(100), until: Duet.at(101))]
    var duet = try Duet(settings)
    duet.open()
    duet.run(until: 115_000)
    #expect(duet.states.last == .open && duet.holds == 1)
    #expect(duet.states.contains(.renewing) == (kind != .ended))
    #expect(duet.session.counts.losses == (kind == .expired ? 0 : 1))
    duet.run(until: 200_000)
    #expect(power(duet) == 6)
  }

  @Test("What the module could not send is sent again at once, and no answer is waited for in vain")
  func unsent() throws {
    var settings = EmulatedDongle.Settings()
    settings.faults = [DongleFault(.unsent, from: Duet.at(120), until: Duet.at(121))]
    var duet = try Duet(settings)
    duet.open()
    duet.run(until: 119_000)
    let (before, sent) = (power(duet), duet.session.counts.sent)
    duet.run(until: 124_000)
    #expect(power(duet) == before + 1 && duet.session.counts.sent == sent + 2)
    #expect(duet.session.counts.losses == 0)
  }

  @Test("At the limit of sending time nothing is sent until it is over")
  func limit() throws {
    var settings = EmulatedDongle.Settings()
    settings.faults = [DongleFault(.limited, from: Duet.at(100), until: Duet.at(700))]
    var duet = try Duet(settings)
    duet.open()
    duet.run(until: 100_500)
    let sent = duet.session.counts.sent
    #expect(duet.isHeld && duet.states.last == .limited)
    duet.run(until: 699_000)
    #expect(duet.session.counts.sent == sent && duet.session.counts.losses == 0)
    duet.run(until: 800_000)
    #expect(duet.states.last == .open && duet.session.counts.sent > sent)
  }

  @Test(
    "A dongle that is pulled out in the middle of a frame and put back goes on; noise does no harm")
  func unplugged() throws {
    var settings = EmulatedDongle.Settings()
    settings.faults = [
      DongleFault(.garbage, from: Duet.at(50), until: Duet.at(51)),
      DongleFault(.unplugged, from: Duet.at(100), until: Duet.at(160)),
    ]
    var duet = try Duet(settings)
    duet.open()
    duet.run(until: 110_000)
    #expect(duet.states.last == .noDongle(reason: "unplugged") && duet.isHeld)
    duet.run(until: 220_000)
    #expect(duet.states.suffix(3) == [.preparing, .joining, .open])
    #expect(duet.session.counts.garbage > 0)
    let values = duet.received.filter { $0.count > 12 && $0[10] == 0x72 }
    #expect(values.allSatisfy { (try? EchonetFrame(exactly: $0)) != nil })
  }

  @Test("What is no Wi-SUN module is said to be none, and tried again later")
  func silentDongle() throws {
    var session = RouteBSession(try Duet.credentials())
    var actions = session.opened(at: 0)
    for _ in 0..<3 {
      let at = try #require(session.deadline)
      actions = session.tick(at: at)
    }
    #expect(actions == [.state(.dongleSilent)])
    #expect(session.tick(at: session.deadline ?? 0) == [.reopen])
  }

  @Test(
    "On a line that loses, cuts and changes what it carries the session never hangs, and opens when it is clean",
    arguments: 0..<40 as Range<UInt64>)
  func badLine(seed: UInt64) throws {
    var settings = EmulatedDongle.Settings()
    settings.model = seed.isMultiple(of: 2) ? .bp35a1 : .bp35c2
    settings.isBinary = seed % 4 > 1
    settings.faults = EmulatedDongleFaults.some(seed)
    var duet = try Duet(settings)
    duet.chance = SeededGenerator(seed: seed)
    duet.damagedUntil = 1_000_000
    duet.open()
    duet.run(until: 1_000_000)
    #expect(duet.idleTurns < 1000, "the session has a deadline on which it does nothing")
    // An hour where the end of the sending limit was lost, or the longest rest and a scan of each length.
    duet.run(until: 4_700_000)
    #expect(duet.states.last == .open && !duet.isHeld, "\(duet.states.suffix(4))")
    let before = power(duet)
    duet.run(until: 5_300_000)
    #expect(power(duet) - before == 20)
  }

  @Test("The meter's own announcements come in, and requests keep their distance of a second")
  func announcements() throws {
    var duet = try Duet()
    duet.asks = 100
    duet.open()
    duet.run(until: 1_830_000)
    #expect(duet.received.contains { $0[10] == 0x73 && $0[12] == 0xEA })
    #expect((1700...1830).contains(duet.session.counts.sent))
  }

  @Test("Credentials: groups with blanks are taken, all else is refused without repeating it")
  func credentials() throws {
    let taken = try RouteBCredentials(
      id: "0011 2233 4455 6677 8899 aabb ccdd eeff", password: "0123 4567 89AB")
    #expect(taken == (try Duet.credentials()))
    #expect("\(taken)" == "Route B credentials")
    #expect(throws: RouteBCredentials.Failure.id(count: 3)) {
      try RouteBCredentials(id: "abc", password: "0123456789AB")
    }
    #expect(throws: RouteBCredentials.Failure.password(count: 12)) {
      try RouteBCredentials(
        id: "00112233445566778899AABBCCDDEEFF", password: "01234567\n\rAB")
    }
    let commands: [SKStackCommand] = [.password(taken), .routeBId(taken)]
    #expect(commands.map(\.name) == ["SKSETPWD", "SKSETRBID"])
  }
}
