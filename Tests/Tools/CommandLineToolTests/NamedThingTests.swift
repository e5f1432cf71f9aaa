// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import Testing

private struct Balance: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "balance")
}

private struct Coins: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wallet", subcommands: [Balance.self])
}

private struct Tool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tool",
    groupedSubcommands: [CommandGroup(name: "Member", subcommands: [Coins.self])])
}

@Suite("What people call things on a command line")
struct NamedThingTests {
  private let things = [
    NamedThing(id: "5ad1e81603aa", name: "Demo home"),
    NamedThing(id: "5ad1e8ffffff", name: "Demo home 2"),
    NamedThing(id: "77aa00112233", name: "佐藤製菓"), NamedThing(id: "0123456789ab", name: "twin"),
    NamedThing(id: "abcdef012345", name: "twin"),
  ]

  private func find(_ text: String, isLoose: Bool = false) throws -> String {
    try NamedThing.find(text, among: things, what: "member", isLoose: isLoose).id
  }

  private func refusal(_ text: String, isLoose: Bool = false) -> String {
    do {
      return "found \(try find(text, isLoose: isLoose))"
    } catch { return "\(error)" }
  }

  @Test("A whole id, a whole name whatever its case, and six digits of an id name a thing")
  func names() throws {
    for text in ["5ad1e81603aa", "5AD1E81603AA", "Demo home", "demo HOME", "5ad1e816"] {
      #expect(try find(text) == "5ad1e81603aa", "\(text)")
    }
    #expect(try find("佐藤製菓") == "77aa00112233")
  }

  @Test("What several things have names none of them, and they are listed")
  func several() {
    #expect(refusal("twin").contains("0123456789ab") && refusal("twin").contains("abcdef012345"))
    #expect(refusal("5ad1e8").contains("may be 2 members"))
  }

  @Test("Who takes another's digits for a name gets nothing that was meant for the other")
  func takenDigits() throws {
    let all =
      things + [
        NamedThing(id: "999999999999", name: "5ad1e816"),
        NamedThing(id: "888888888888", name: String(repeating: "a", count: 64)),
      ]
    for text in ["5ad1e816", "5AD1E816"] {
      #expect(try NamedThing.find(text, among: all, what: "member").id == "5ad1e81603aa")
    }
    #expect(throws: UsageError.self, "an id that nobody has names nobody") {
      try NamedThing.find(String(repeating: "a", count: 64), among: all, what: "member")
    }
    #expect(throws: UsageError.self, "and so do digits that no id begins with") {
      try NamedThing.find(
        "7777777", among: all + [NamedThing(id: "123412341234", name: "7777777")], what: "member")
    }
  }

  @Test("A part of a name does where something is read, and not where it cannot be undone")
  func loose() throws {
    #expect(try find("製菓", isLoose: true) == "77aa00112233")
    #expect(refusal("製菓").contains("did you mean \"佐藤製菓\""))
    #expect(refusal("").hasPrefix("there is no member"))
    #expect(refusal("", isLoose: true).hasPrefix("there is no member"))
  }

  @Test("A name that is misspelt is suggested; five digits are too few")
  func misspelt() {
    #expect(refusal("Demo hone").contains("did you mean \"Demo home\""))
    #expect(refusal("5ad1e").hasPrefix("there is no member"))
    #expect(refusal("zzzzzzzz").contains("six digits"))
  }

  @Test(
    "A command that is misspelt is suggested at its place, and one that is right is not touched")
  func commands() {
    func said(_ words: String...) -> String? { Tool.unknownCommand(in: words) }
    #expect(said("walet") == "Error: tool has no command \"walet\"; did you mean \"wallet\"?")
    #expect(
      said("wallet", "balence", "--data", "x")
        == "Error: tool wallet has no command \"balence\"; did you mean \"balance\"?")
    #expect(said("nonsense")?.hasSuffix("See \"tool --help\".") == true)
    #expect(said("wallet", "balance", "extra") == nil && said("help") == nil && said() == nil)
    #expect(said("--data", "walet") == nil)
  }

  @Test("A line is cut to a terminal's columns, wide letters are two, and colours none")
  func cut() {
    #expect(Screen.cut("abcdef", to: 4) == "abcd")
    #expect(Screen.cut("日本語", to: 5) == "日本")
    #expect(Screen.cut("\u{1B}[1mabc\u{1B}[0mdef", to: 4) == "\u{1B}[1mabc\u{1B}[0md")
    #expect(Screen.cut("abc", to: 80) == "abc")
  }
}
