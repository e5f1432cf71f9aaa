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
      let arguments = Array(CommandLine.arguments.dropFirst())
      let message = unknownCommand(in: arguments) ?? fullMessage(for: error)
      try? FileHandle.standardError.write(contentsOf: Data((message + "\n").utf8))
      Foundation.exit(2)
    }
  }

  /// What is said of a command that there is not, with the one that was perhaps meant; nil where
  /// the words before the first option are commands.
  public static func unknownCommand(in arguments: [String]) -> String? {
    var command: any ParsableCommand.Type = self
    var path = [command._commandName]
    for word in arguments.prefix(while: { !$0.hasPrefix("-") }) {
      let known = command.configuration.subcommands
      guard !known.isEmpty else { return nil }
      if let next = known.first(where: { $0._commandName == word }) {
        command = next
        path.append(word)
        continue
      }
      guard word != "help" else { return nil }
      let names = known.map { NamedThing(id: "", name: $0._commandName) }
      let near = NamedThing.near(word, among: names).prefix(3).map { "\"\($0.name)\"" }
      let all = path.joined(separator: " ")
      return near.isEmpty
        ? "Error: \(all) has no command \"\(word)\". See \"\(all) --help\"."
        : "Error: \(all) has no command \"\(word)\"; did you mean \(near.joined(separator: " or "))?"
    }
    return nil
  }
}
