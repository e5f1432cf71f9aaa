// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Certificates
import Foundation
import Ledger
import LedgerFiles
import LedgerStore
import ProcessFixtures
import Quantities
import Testing

extension Stories {
  /// The company's year as one file and one page, and who alters them.
  func stateYear(_ story: CoinFixture, _ ledger: [String]) throws {
    let (file, page) = (story.file("statement.json"), story.file("statement.html"))
    let genesis = try NetworkFile.load(story.genesis)
    let store = try LedgerStore.reading(folder: story.data, genesis: genesis)
    let lots = try store.lots(of: story.company.member).filter(\.lot.isRetired)
    let year = "\(UTCOffset.japan.clock(at: try #require(lots.first).lot.first.start).date.year)"
    func state(_ more: [String]) throws -> (status: Int32, said: String) {
      let ended = try Executable.run(
        "hinata",
        [
          "statement", "--member", story.company.member.hex, "--first", year + "-01", "--last",
          year + "-12", "--out", file,
        ] + more + ledger, environment: ["HINATA_KEY_PASSWORD": CoinFixture.password])
      return (ended.status, ended.output + ended.errors)
    }
    let open = try state([])
    #expect(open.status == 0 || open.said.contains("--beneficiary is one of"), "\(open.said)")
    let names = open.said.split(separator: "\"").map(String.init)
    let name = open.status == 0 || names.count < 2 ? [] : ["--beneficiary", names[1]]
    let made = try state(
      name + ["--page", page, "--key", story.file("company.key"), "--language", "ja"])
    #expect(made.status == 0, "\(made.said)")
    for path in [file, page] {
      let form = try Stories.answer(
        "hinata-verify", ["statement", path, "--genesis", story.genesis])
      #expect(form["ok"] as? Bool == true)
      #expect((form["certificates"] as? [Any])?.isEmpty == false)
    }
    for (path, from, to) in [
      (file, "\"certificates\" : \"", "\"certificates\" : \"1"),
      (page, "<p class=\"amount\">", "<p class=\"amount\">9"),
    ] {
      let altered = story.file("altered-statement")
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text.contains(from))
      try text.replacing(from, with: to).write(
        toFile: altered, atomically: true, encoding: .utf8)
      let refused = try Executable.run(
        "hinata-verify", ["statement", altered, "--genesis", story.genesis])
      #expect(refused.status == 1 && (refused.output + refused.errors).contains("altered"))
    }
    let wrong = try Executable.run(
      "hinata-verify", ["statement", story.file("certificate.json"), "--genesis", story.genesis])
    #expect(wrong.status == 2 && wrong.errors.contains("hinata-statement/1"))
    for bad in [["--beneficiary", "Nobody"], ["--last", "2016-13"], ["--last", "1999-01-01"]] {
      #expect(try state(bad).status == 2)
    }
  }
}
