public import Foundation

/// The executables of this package as tests run them.
public enum Executable {
  /// The folder of the checkout.
  public static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What a process that ended said.
  public struct Result: Sendable {
    public let status: Int32
    public let output: String
    public let errors: String
  }

  /// The file of an executable: built by the same `swift build --build-tests`.
  public static func file(_ name: String) -> URL {
    root.appendingPathComponent(".build/debug/\(name)")
  }

  /// A process of `name`, not yet started; its output goes to pipes.
  public static func process(
    _ name: String, _ arguments: [String], environment: [String: String] = [:]
  ) -> (process: Process, output: Pipe, errors: Pipe) {
    let process = Process()
    process.executableURL = name.hasPrefix("/") ? URL(fileURLWithPath: name) : file(name)
    process.arguments = arguments
    process.currentDirectoryURL = root
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    return (process, output, errors)
  }

  /// Starts a process and waits until its errors tell `text`.
  public static func start(
    _ parts: (process: Process, output: Pipe, errors: Pipe), until text: String
  ) throws {
    try parts.process.run()
    var told = ""
    while !told.contains(text) {
      let data = parts.errors.fileHandleForReading.availableData
      if data.isEmpty { return }
      told += String(decoding: data, as: UTF8.self)
    }
  }

  /// Runs `name` to its end.
  public static func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Result {
    let (process, output, errors) = process(name, arguments, environment: environment)
    // Errors go to a file: two full pipes read one after the other could wait for each other.
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    _ = FileManager.default.createFile(atPath: file.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: file) }
    process.standardError = try FileHandle(forWritingTo: file)
    _ = errors
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let complaint = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return Result(status: process.terminationStatus, output: text, errors: complaint)
  }
}
