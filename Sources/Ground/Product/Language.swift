// SPDX-License-Identifier: Apache-2.0

/// What people read: English, or Japanese.
public enum Language: String, CaseIterable, Sendable {
  case english = "en"
  case japanese = "ja"

  /// The language of a terminal. Source: POSIX.1-2017, environment variables, §8.2.
  public init(environment: [String: String]) {
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"].compactMap { environment[$0] }
      .first { !$0.isEmpty }
    self = Language(rawValue: String((named ?? "").prefix(2))) ?? .english
  }

  /// A phrase in this language.
  public func callAsFunction(_ english: String, _ japanese: String) -> String {
    self == .japanese ? japanese : english
  }
}
