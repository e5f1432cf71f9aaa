// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import Foundation

extension ParsableCommand {
  /// Parses the arguments and runs the command, with this project's exit codes: 0 fine, 1 found
  /// wrong, 2 used wrong. ArgumentParser's own code for wrong use is 64.
  public static func runTool() async {
    do {
      var command = try parseAsRoot()
      if var waiting = command as? any AsyncParsableCommand {
        try await waiting.run()
      } else {
        try command.run()
      }
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      try? FileHandle.standardError.write(contentsOf: Data((fullMessage(for: error) + "\n").utf8))
      Foundation.exit(2)
    }
  }
}
