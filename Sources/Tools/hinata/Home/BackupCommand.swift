// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import Foundation
import KeyFiles

/// A home's identity in one sealed file.
struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Write keys and identity of a home to one sealed file.",
    discussion: """
      Keys, settings that joining found out, devices and the request. The ledger is left out: a restored box gets it \
      from its peers. The password (HINATA_BACKUP_PASSWORD, or asked for) is needed to restore. For paper, see \
      `hinata key export`.

      Example:
        hinata backup --data /var/lib/hinata --out hinata-home.backup
      """)

  @OptionGroup var place: FolderOptions
  @Option(help: "File to write.") var out: String
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try guarded {
      try place.check()
      let names = try BackupFile.write(
        folder: URL(fileURLWithPath: place.data, isDirectory: true), to: out,
        password: try BackupCommand.password(twice: true))
      if json { return try printJSON(names) }
      print("\(out): \(names.joined(separator: ", "))")
    }
  }

  /// The password of the backup, which is not that of the key files.
  static func password(twice: Bool) throws -> String {
    if let password = ProcessInfo.processInfo.environment["HINATA_BACKUP_PASSWORD"] {
      return password
    }
    return try KeyCommand.ask(
      "Password of the backup: ", twice: twice, setting: "HINATA_BACKUP_PASSWORD")
  }
}

/// Puts a backup back.
struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Put a backup of a home's identity into an empty data folder.",
    discussion: """
      Nothing is overwritten. Stop the old box for good first: of two boxes with one key one stands back.

      Example:
        hinata restore hinata-home.backup --data /var/lib/hinata
      """)

  @Argument(help: "The backup.") var file: String
  @Option(help: "Data folder of the node.") var data: String
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try guarded {
      let names = try BackupFile.restore(
        file, to: URL(fileURLWithPath: data, isDirectory: true),
        password: try BackupCommand.password(twice: false))
      if json { return try printJSON(names) }
      print("\(data): \(names.joined(separator: ", "))")
    }
  }
}
