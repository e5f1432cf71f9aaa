// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Logging

/// Lines for systemd's journal: a priority that it filters by, and no time, which it has itself.
/// Source: sd-daemon(3).
public struct JournalLogHandler: LogHandler {
  public var metadata: Logger.Metadata = [:]
  public var logLevel = Logger.Level.info
  private let label: String

  /// The handler of a logger.
  public init(label: String) { self.label = label }

  /// One value of what every line says.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes a line to standard error.
  public func log(event: LogEvent) {
    let line = JournalLogHandler.line(
      event.level, label, "\(event.message)",
      metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" })
    FileHandle.standardError.write(Data(line.utf8))
  }

  /// A line with its priority; a message of many lines stays one entry.
  static func line(
    _ level: Logger.Level, _ label: String, _ message: String, _ values: [String: String]
  ) -> String {
    let priority =
      switch level {
      case .trace, .debug: 7
      case .info: 6
      case .notice: 5
      case .warning: 4
      case .error: 3
      case .critical: 2
      }
    let words = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let text = ([label + ":", message] + words).joined(separator: " ")
    return "<\(priority)>" + text.split(whereSeparator: \.isNewline).joined(separator: " / ") + "\n"
  }
}
