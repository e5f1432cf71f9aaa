// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import CommandLineTool
import Foundation
import KeyFiles
import LedgerCrypto

/// Keys of members, sites and nodes.
struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Make, show and export keys.",
    discussion: """
      A key file holds an Ed25519 seed sealed by a password (Argon2id, secretbox); its mode is 0600. \
      The password comes from HINATA_KEY_PASSWORD or is asked for.

      Examples:
        hinata key new ~/.local/state/hinata/site.key
        hinata key show ~/.local/state/hinata/site.key --json
        hinata key export ~/.local/state/hinata/site.key              17 words for a piece of paper
        hinata key import ~/.local/state/hinata/site.key < paper.txt
      """,
    subcommands: [New.self, Show.self, Export.self, Import.self])

  /// The password from the environment, or asked on the terminal without echo.
  static func password(twice: Bool) throws -> String {
    if let password = ProcessInfo.processInfo.environment["HINATA_KEY_PASSWORD"] {
      return password
    }
    return try ask("Password: ", twice: twice, setting: "HINATA_KEY_PASSWORD")
  }

  /// Asks for a password on the terminal without echo; `setting` names what could have held it.
  static func ask(_ prompt: String, twice: Bool, setting: String) throws -> String {
    guard isatty(STDIN_FILENO) == 1, let first = getpass(prompt).map({ String(cString: $0) })
    else { throw UsageError(description: "no password: set \(setting)") }
    if twice {
      let second = getpass("Once more: ").map { String(cString: $0) }
      guard first == second else { throw UsageError(description: "the passwords differ") }
    }
    guard !first.isEmpty else { throw UsageError(description: "the password is empty") }
    return first
  }

  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a new key.",
      discussion: "Example:\n  hinata key new ~/.local/state/hinata/site.key")

    @Argument(help: "File to make.")
    var path: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      try guarded {
        let seed = KeyFile.randomSeed()
        try KeyFile.write(seed: seed, to: path, password: try KeyCommand.password(twice: true))
        KeyCommand.show(KeyPair(seed: seed).publicKey, path, json)
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the public half of a key.",
      discussion: "Example:\n  hinata key show ~/.local/state/hinata/site.key")

    @Argument(help: "Key file.")
    var path: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      try guarded { KeyCommand.show(try KeyFile.publicKey(path), path, json) }
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the secret seed as 17 words, for a backup on paper.",
      discussion:
        "Whoever has them has the key.\n\nExample:\n  hinata key export ~/.local/state/hinata/site.key"
    )

    @Argument(help: "Key file.")
    var path: String

    @Flag(help: "64 hexadecimal digits in place of words.")
    var hex = false

    func run() throws {
      try guarded {
        let key = try KeyFile.open(path, password: try KeyCommand.password(twice: false))
        print(hex ? key.seed.hex : PaperWords.words(key.seed).joined(separator: " "))
      }
    }
  }

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key file from the words of a paper backup, or from 64 hexadecimal digits.",
      discussion: """
        The words are read from standard input; a slip in one is found.

        Example:
          hinata key import ~/.local/state/hinata/site.key < paper.txt
        """)

    @Argument(help: "File to make.")
    var path: String

    func run() throws {
      try guarded {
        if isatty(STDIN_FILENO) == 1 { Screen.note("Type the words, then Ctrl-D:") }
        let text = String(
          decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
        let digits = text.filter { !$0.isWhitespace }
        guard let seed = PaperWords.secret(text) ?? Bytes32(hex: digits) else {
          throw UsageError(
            description:
              "these are neither 17 right words nor 64 hexadecimal digits: a word is wrong or missing"
          )
        }
        try KeyFile.write(seed: seed, to: path, password: try KeyCommand.password(twice: true))
        KeyCommand.show(KeyPair(seed: seed).publicKey, path, false)
      }
    }
  }

  static func show(_ key: PublicKey, _ path: String, _ json: Bool) {
    print(json ? "{\"publicKey\": \"\(key.value.hex)\"}" : "\(path): \(key.value.hex)")
  }
}
