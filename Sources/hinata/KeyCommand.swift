import ArgumentParser
import CanonicalCoding
import Foundation
import KeyFiles
import LedgerCrypto
import Terminal

/// Keys of members, sites and nodes.
struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Make, show and export keys.",
    discussion: """
      A key file holds an Ed25519 seed sealed by a password (Argon2id, secretbox); its mode is 0600. \
      The password comes from HINATA_KEY_PASSWORD or is asked for.

      Examples:
        hinata key new ~/.hinata/site.key
        hinata key show ~/.hinata/site.key --json
        hinata key export ~/.hinata/site.key > paper-backup.txt
      """,
    subcommands: [New.self, Show.self, Export.self])

  /// The password from the environment, or asked on the terminal without echo.
  static func password(twice: Bool) throws -> String {
    if let password = ProcessInfo.processInfo.environment["HINATA_KEY_PASSWORD"] {
      return password
    }
    guard isatty(STDIN_FILENO) == 1, let first = getpass("Password: ").map({ String(cString: $0) })
    else { throw UsageError(description: "no password: set HINATA_KEY_PASSWORD") }
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
      discussion: "Example:\n  hinata key new ~/.hinata/site.key")

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
      discussion: "Example:\n  hinata key show ~/.hinata/site.key")

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
      abstract: "Print the secret seed, for a backup on paper.",
      discussion: "Whoever has it has the key.\n\nExample:\n  hinata key export ~/.hinata/site.key")

    @Argument(help: "Key file.")
    var path: String

    func run() throws {
      try guarded {
        let key = try KeyFile.open(path, password: try KeyCommand.password(twice: false))
        print(key.seed.hex)
      }
    }
  }

  static func show(_ key: PublicKey, _ path: String, _ json: Bool) {
    print(json ? "{\"publicKey\": \"\(key.value.hex)\"}" : "\(path): \(key.value.hex)")
  }
}
