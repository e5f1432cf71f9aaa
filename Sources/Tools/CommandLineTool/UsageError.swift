// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A command line that cannot be followed: exit code 2.
public struct UsageError: Error, CustomStringConvertible {
  /// What is wrong, with which value, and what to do.
  public let description: String

  /// An error with what is wrong.
  public init(description: String) { self.description = description }
}

/// Runs a command's body; errors go to standard error with the exit code for wrong use.
/// - Throws: the body's own `ExitCode`, or 2.
public func guarded<Value>(_ body: () throws -> Value) throws -> Value {
  do { return try body() } catch let code as ExitCode { throw code } catch { throw said(error) }
}

/// The same for work that waits.
/// - Throws: the body's own `ExitCode`, or 2.
public func guardedAsync(_ body: () async throws -> Void) async throws {
  do { try await body() } catch let code as ExitCode { throw code } catch { throw said(error) }
}

private func said(_ error: any Error) -> ExitCode {
  Screen.note("\(CommandLine.arguments.first?.split(separator: "/").last ?? "hinata"): \(error)")
  return ExitCode(2)
}
