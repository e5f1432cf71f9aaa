// SPDX-License-Identifier: Apache-2.0

import CheckoutFixtures
public import Foundation

/// The executables of this package as tests run them.
public enum Executable {
  /// What a process that ended said.
  public struct Result: Sendable {
    public let status: Int32
    public let output: String
    public let errors: String
  }

  /// The file of an executable: built by the same `swift build --build-tests`.
  public static func file(_ name: String) -> URL {
    Checkout.root.appendingPathComponent(".build/debug/\(name)")
  }

  /// A process of `name`, not yet started; its output goes to pipes.
  public static func process(
    _ name: String, _ arguments: [String], environment: [String: String] = [:]
  ) -> (process: Process, output: Pipe, errors: Pipe) {
    let process = Process()
    process.executableURL = name.hasPrefix("/") ? URL(fileURLWithPath: name) : file(name)
    process.arguments = arguments
    process.currentDirectoryURL = Checkout.root
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    return (process, output, errors)
  }

  /// Why a process was given up.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String

    /// A failure with these words.
    public init(description: String) { self.description = description }
  }

  /// Starts a process and waits until its errors tell `text`.
  /// - Throws: when it has not told it within a minute, or ended before.
  public static func start(
    _ parts: (process: Process, output: Pipe, errors: Pipe), until text: String
  ) throws {
    try parts.process.run()
    let guardian = Guardian(parts.process, seconds: 60)
    defer { guardian.rest() }
    var told = ""
    while !told.contains(text) {
      let data = parts.errors.fileHandleForReading.availableData
      if data.isEmpty { throw Failure(description: "it ended before \"\(text)\": \(told)") }
      told += String(decoding: data, as: UTF8.self)
    }
  }

  /// Ends a process; one that does not end within 20 seconds is killed. Children of a Swift process
  /// may begin with blocked signals, so programs that do not lift them never hear of SIGTERM.
  /// - Returns: whether it ended by itself.
  @discardableResult
  public static func end(_ parts: (process: Process, output: Pipe, errors: Pipe)) -> Bool {
    guard parts.process.isRunning else { return true }
    parts.process.terminate()
    let guardian = Guardian(parts.process, seconds: 20)
    parts.process.waitUntilExit()
    return guardian.rest()
  }

  /// Runs `name` to its end; one that does not end within `seconds` is killed, and says so.
  public static func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:],
    seconds: Int = 900
  ) throws -> Result {
    let (process, _, _) = process(name, arguments, environment: environment)
    // Files, not pipes: a pipe stays open as long as any child of the process lives.
    let (output, errors) = (try Capture(), try Capture())
    process.standardOutput = output.handle
    process.standardError = errors.handle
    try process.run()
    let guardian = Guardian(process, seconds: seconds)
    process.waitUntilExit()
    let said = guardian.rest() ? "" : "killed after \(seconds) s: \(name) \(arguments)"
    return Result(
      status: process.terminationStatus, output: output.text(), errors: errors.text() + said)
  }
}

/// Kills a process that takes too long, so that a test that waits for it fails and does not hang.
private final class Guardian {
  private let timer = DispatchSource.makeTimerSource()

  init(_ process: Process, seconds: Int) {
    let number = process.processIdentifier
    timer.schedule(deadline: .now() + .seconds(seconds))
    timer.setEventHandler { [timer] in
      kill(number, SIGKILL)
      timer.cancel()
    }
    timer.resume()
  }

  /// Ends the watch.
  /// - Returns: whether the process ended by itself.
  @discardableResult
  func rest() -> Bool {
    defer { timer.cancel() }
    return !timer.isCancelled
  }
}

/// What a process wrote, in a file of its own.
private struct Capture {
  let handle: FileHandle
  private let file = FileManager.default.temporaryDirectory
    .appendingPathComponent("hinata-output-\(UUID().uuidString)")

  init() throws {
    _ = FileManager.default.createFile(atPath: file.path, contents: nil)
    handle = try FileHandle(forWritingTo: file)
  }

  func text() -> String {
    defer { try? FileManager.default.removeItem(at: file) }
    return (try? Data(contentsOf: file)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
