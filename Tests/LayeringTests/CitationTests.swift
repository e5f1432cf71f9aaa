// SPDX-License-Identifier: Apache-2.0

import CheckoutFixtures
import Foundation
import Testing

/// Holds what comments and pages point at to what is really there.
@Suite("What is cited")
struct CitationTests {
  /// A page of the repository, for looking things up.
  private struct Page {
    let text: String

    init?(_ path: String) {
      let file = Checkout.root.appendingPathComponent(path)
      guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
      self.text = text
    }

    /// Whether a heading has this number: `## 6.`, `### 6.1`.
    func hasSection(_ number: String) -> Bool {
      text.split(separator: "\n").contains {
        $0.hasPrefix("#")
          && $0.drop { "# ".contains($0) }.prefix { $0 != " " }
            .trimmingCharacters(in: CharacterSet(charactersIn: ".")) == number
      }
    }

    /// Whether an item, or one below it, has this id.
    func hasItem(_ id: String) -> Bool {
      text.contains("| \(id) |") || text.contains("| \(id).")
    }
  }

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: Checkout.root.appendingPathComponent(path), encoding: .utf8)
  }

  private static let sources = ["Sources", "Tests", "Benchmarks"].flatMap(House.swiftFiles)
  private static let pages =
    House.names(in: "Docs").filter { $0.hasSuffix(".md") }.map { "Docs/\($0)" }
    + House.names(in: "Docs/decisions").map { "Docs/decisions/\($0)" }
    + House.names(in: ".").filter { $0.hasSuffix(".md") }

  @Test("Every page that a comment cites is here, with the section or the item that it names")
  func comments() throws {
    var found = 0
    for path in Self.sources {
      // A citation goes on over the end of a line.
      let text = try Self.text(path).replacing(/\n *\/\/\/? ?/, with: " ")
      for match in text.matches(
        of: /(Docs\/[\w\/.-]+\.md)((?:,? (?:§\d+(?:\.\d+)*|[A-Z]\d+(?:\.\d+)*))*)/)
      {
        found += 1
        guard let page = Page(String(match.1)) else {
          Issue.record("\(path) cites \(match.1), which is not there")
          continue
        }
        for place in match.2.split(whereSeparator: { ", ".contains($0) }) {
          let isThere =
            place.hasPrefix("§")
            ? page.hasSection(String(place.dropFirst())) : page.hasItem(String(place))
          #expect(isThere, "\(path) cites \(match.1) \(place), which is not there")
        }
      }
    }
    #expect(found > 50)
  }

  @Test("Nothing outside of the repository is cited but standards and public works")
  func outside() throws {
    let strange = [
      /shared\/[\w-]+\.md/, /Source: (?:seed|design|issue|decision)\b/, /\bissue \d+ §/,
      /\bseed 00\d/,
    ]
    for path in Self.sources + Self.pages where !path.hasSuffix("CitationTests.swift") {
      let text = try Self.text(path)
      for pattern in strange {
        for match in text.matches(of: pattern) {
          Issue.record("\(path) cites \(text[match.range]), which a reader does not have")
        }
      }
    }
  }

  @Test("Every requirement's test is there, with that title in that file")
  func requirements() throws {
    let page = try Self.text("Docs/requirements.md")
    var found = 0
    for match in page.matches(of: /"([^"|]+)" in `(Tests\/[^`]+)`/) {
      found += 1
      guard let test = try? Self.text(String(match.2)) else {
        Issue.record("\(match.2) is not there")
        continue
      }
      #expect(test.contains("\"\(match.1)\""), "\(match.2) has no test \"\(match.1)\"")
    }
    #expect(found > 80)
  }

  @Test("Every path that a page names is there")
  func paths() throws {
    for page in Self.pages {
      for match in try Self.text(page).matches(
        of: /`((?:Sources|Tests|Docs|Packaging|Genesis|Peers|Benchmarks)\/[\w\/.+-]+)`/)
      {
        let file = Checkout.root.appendingPathComponent(String(match.1))
        #expect(FileManager.default.fileExists(atPath: file.path), "\(page) names \(match.1)")
      }
    }
  }
}
