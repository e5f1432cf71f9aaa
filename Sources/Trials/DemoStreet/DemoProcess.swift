// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// An executable of this package run beside the one that asks, its log in a file.
public final class DemoProcess {
  private let process = Process()
  /// The executable's name.
  public let name: String
  /// Where its standard error goes.
  public let log: URL

  /// Starts `name`.
  /// - Parameters:
  ///   - binaries: the folder of the executables.
  ///   - log: made anew, or continued where `appends`.
  ///   - namespace: the network namespace to run in, as `ip netns` names it.
  public init(
    _ name: String, _ arguments: [String], binaries: URL, log: URL,
    environment: [String: String] = [:], appends: Bool = false, namespace: String? = nil
  ) throws {
    self.log = log
    self.name = name
    let file = binaries.appendingPathComponent(name)
    process.executableURL = namespace == nil ? file : URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      (namespace.map { ["ip", "netns", "exec", $0, file.path] } ?? []) + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if !appends || !FileManager.default.fileExists(atPath: log.path) {
      _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    }
    let handle = try FileHandle(forWritingTo: log)
    _ = try handle.seekToEnd()
    process.standardError = handle
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  /// Its number, as in /proc.
  public var processIdentifier: Int32 { process.processIdentifier }

  /// Whether it runs.
  public var isRunning: Bool { process.isRunning }

  /// Asks it to end and waits until it has; one that has not after a minute is killed, and its log
  /// says so.
  public func end() {
    if process.isRunning { process.terminate() }
    let deadline = Date(timeIntervalSinceNow: 60)
    while process.isRunning, deadline > Date() { usleep(10_000) }
    if process.isRunning, let handle = try? FileHandle(forWritingTo: log) {
      _ = try? handle.seekToEnd()
      try? handle.write(contentsOf: Data("\(DemoProcess.unwilling)\n".utf8))
    }
    kill()
  }

  /// What the log of a process says that did not end when it was asked to.
  public static let unwilling = "killed: it did not end within a minute"

  /// Stops it where it is, until it is killed.
  public func freeze() { Foundation.kill(process.processIdentifier, SIGSTOP) }

  /// Kills it as a power cut would.
  public func kill() {
    if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  /// The folder of the executable that asks.
  public static var ownFolder: URL {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
  }
}
