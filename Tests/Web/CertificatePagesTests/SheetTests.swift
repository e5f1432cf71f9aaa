// SPDX-License-Identifier: Apache-2.0

import CertificatePages
import Certificates
import Foundation
import Quantities
import Testing

@Suite("The printed certificate")
struct SheetTests {
  @Test(
    "Every attribute of a certificate has a title in both languages; an unknown one shows its name")
  func titles() {
    for name in ["energy_wh", "beneficiary", "issuer", "period_start", "height", "device_id"] {
      let (english, japanese) = (
        CertificateSheet.title(name, japanese: false), CertificateSheet.title(name, japanese: true)
      )
      #expect(english != name && japanese != english)
      #expect(japanese.unicodeScalars.contains { $0.value > 0x3000 })
    }
    #expect(CertificateSheet.title("later_attribute", japanese: true) == "later_attribute")
  }

  @Test("A statement's link comes back with its days and its beneficiary, in any letters")
  func link() throws {
    let first = try #require(CalendarDate(text: "2026-04-01"))
    let last = try #require(CalendarDate(text: "2027-03-31"))
    for name in ["Tanaka & Sons", "田中 食品", "a=b#c%d+e", ""] {
      let query = StatementSheet.query(first...last, for: name)
      #expect(query.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
      let items = try #require(URLComponents(string: "http://h/?\(query)")?.queryItems)
      #expect(items.map(\.name) == ["first", "last", "beneficiary"])
      #expect(items.map(\.value) == ["2026-04-01", "2027-03-31", name])
    }
  }
}
