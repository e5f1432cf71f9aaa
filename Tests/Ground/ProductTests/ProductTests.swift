// SPDX-License-Identifier: Apache-2.0

import Product
import Testing

@Suite("The product's name and languages")
struct ProductTests {
  @Test("The terminal's language is the first variable that says something, else English")
  func language() {
    #expect(Language(environment: [:]) == .english)
    #expect(Language(environment: ["LANG": "ja_JP.UTF-8"]) == .japanese)
    #expect(
      Language(environment: ["LC_ALL": "", "LC_MESSAGES": "ja", "LANG": "en_GB"]) == .japanese)
    #expect(Language(environment: ["LC_ALL": "C", "LANG": "ja_JP"]) == .english)
    #expect(Language.japanese("meter", "メーター") == "メーター")
    #expect(Language.english("meter", "メーター") == "meter")
  }

  @Test("The version is a semantic one")
  func version() {
    let parts = Version.text.prefix { $0 != "+" && $0 != "-" }.split(separator: ".")
    #expect(parts.count == 3 && parts.allSatisfy { UInt($0) != nil })
  }
}
