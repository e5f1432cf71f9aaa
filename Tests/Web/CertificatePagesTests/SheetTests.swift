// SPDX-License-Identifier: Apache-2.0

import CertificatePages
import Certificates
import Foundation
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
}
