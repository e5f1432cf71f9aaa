// SPDX-License-Identifier: Apache-2.0

import RouteB
import Testing

@Suite("Other people's dongles, line by line")
struct FieldDongleTests {
  private func reads(_ talk: FieldTalk) -> Int {
    talk.received.count { $0 == FieldDongle.power }
  }

  @Test(
    "r01, r02: a stick that takes no fourth argument is found out, whether its SKINFO tells or not",
    arguments: ["21 FFFF FFFE", "21 FFFF 0"])
  func stick(information: String) throws {
    var dongle = FieldDongle()
    dongle.information = "EINFO \(FieldDongle.own) 001D129000038273 \(information)"
    var talk = try FieldTalk(dongle)
    talk.run(until: 120_000)
    #expect(talk.states.last == .open && reads(talk) >= 10)
    #expect(!talk.written.contains { $0.hasPrefix("SKSENDTO") && $0.contains(" 0E1A 1 0 ") })
  }

  @Test("r03: of three meters the own one is joined, though it is told last and is weakest")
  func neighbours() throws {
    var dongle = FieldDongle()
    dongle.isDual = true
    dongle.networks = [
      ("1111", "001C640099999991", "E1", "DDEEFF00"),
      ("2222", "001C640099999992", "A0", "99AABBCC"), ("8888", FieldDongle.mac, "20", "CCDDEEFF"),
    ]
    var talk = try FieldTalk(dongle)
    talk.run(until: 120_000)
    #expect(talk.session.network?.panId == "8888" && reads(talk) >= 10)
  }

  @Test("r04: scans that find nothing for ever end in a word that asks for help, at longer rests")
  func noMeter() throws {
    var dongle = FieldDongle()
    (dongle.isDual, dongle.scansInVain) = (true, .max)
    var talk = try FieldTalk(dongle)
    talk.run(until: 7_200_000)
    #expect(talk.states.contains(.noMeter) && RouteBState.noMeter.needsHelp)
    #expect((10...100).contains(talk.dongle.scans), "\(talk.dongle.scans) scans in two hours")
    talk.dongle.scansInVain = 0
    talk.run(until: 10_800_000)
    #expect(talk.states.last == .open, "the meter that comes back is joined")
  }

  @Test("r05: two refused joins are followed by a third, and no new scan")
  func refusals() throws {
    var dongle = FieldDongle()
    (dongle.isDual, dongle.refusals, dongle.scansInVain) = (true, 2, 1)
    var talk = try FieldTalk(dongle)
    talk.run(until: 300_000)
    #expect(talk.states.last == .open && reads(talk) >= 10)
    #expect(talk.dongle.scans == 2 && talk.dongle.joins == 3)
  }

  @Test("r06: ERXUDP without the field of the cipher, in lower case, behind a line nobody knows")
  func forms() throws {
    var dongle = FieldDongle()
    dongle.datagram = { hex in
      [
        "EVENT 02 \(FieldDongle.meter)",
        "ERXUDP \(FieldDongle.meter) \(FieldDongle.own) 0E1A 0E1A \(FieldDongle.mac) "
          + "\(FieldDongle.length(hex)) \(hex.lowercased())",
      ]
    }
    var talk = try FieldTalk(dongle)
    talk.run(until: 120_000)
    #expect(talk.states.last == .open && reads(talk) >= 10)
  }

  @Test(
    "r07: a command that the last program left half typed, and its session's frames, are got over")
  func leftOver() throws {
    var dongle = FieldDongle()
    dongle.swallows = 40
    dongle.instead = { dongle, line in
      guard dongle.swallows > 0 else { return nil }
      dongle.swallows -= line.count + 2
      return dongle.swallows <= 0 ? ["FAIL ER06"] : dongle.datagram(FieldDongle.power)
    }
    var talk = try FieldTalk(dongle)
    talk.run(until: 180_000)
    #expect(
      talk.states.last == .open && reads(talk) >= 8, "\(talk.states) \(reads(talk)) \(talk.written)"
    )
  }

  @Test("r09: what was not sent, every third time, and FAIL ER10 lose no answer")
  func unsent() throws {
    var dongle = FieldDongle()
    dongle.isDual = true
    dongle.unsent = { number in
      if number % 3 == 2 { return ["EVENT 21 \(FieldDongle.meter) 0 01", "OK"] }
      return number % 7 == 6 ? ["FAIL ER10"] : nil
    }
    var talk = try FieldTalk(dongle)
    talk.run(until: 600_000)
    #expect(talk.states.last == .open && talk.session.counts.losses == 0)
    #expect(reads(talk) >= 55, "\(reads(talk)) of 59 questions were answered")
  }

  @Test("r10: a module of another language is said to be none that is known, without a busy loop")
  func binaryModule() throws {
    var dongle = FieldDongle()
    dongle.instead = { _, _ in ["\u{10}\u{0F}^] \u{00}\u{05}\u{02}l\u{00}\u{01}\u{01}"] }
    var talk = try FieldTalk(dongle)
    talk.run(until: 3_600_000)
    #expect(talk.states.contains { $0.needsHelp })
    #expect(talk.written.count < 200, "\(talk.written.count) lines in an hour")
  }
}
