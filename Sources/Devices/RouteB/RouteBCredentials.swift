// SPDX-License-Identifier: Apache-2.0

/// What a power company gives a household for Route B: an id of 32 hexadecimal digits and a
/// password of 12 letters and digits. Neither is ever logged.
public struct RouteBCredentials: Hashable, Sendable, CustomStringConvertible {
  /// What is wrong with an id or a password, without saying it.
  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    case id(count: Int)
    case password(count: Int)

    /// The text for people.
    public var description: String {
      switch self {
      case .id(let count):
        "the Route B id has 32 hexadecimal digits, this one has \(count) characters or others than 0-9 and A-F"
      case .password(let count):
        "the Route B password has 12 letters and digits, this one has \(count) characters or others"
      }
    }
  }

  let id: String
  let password: String

  /// The credentials as they stand in the power company's letter; blanks and dashes between groups
  /// are left out.
  public init(id: String, password: String) throws(Failure) {
    let digits = id.filter { $0 != " " && $0 != "-" }.uppercased()
    guard digits.utf8.count == 32, digits.allSatisfy(\.isHexDigit) else {
      throw .id(count: digits.count)
    }
    let word = password.filter { $0 != " " && $0 != "-" }
    guard word.utf8.count == 12, word.utf8.allSatisfy({ $0.isLetterOrDigit }) else {
      throw .password(count: word.count)
    }
    self.id = digits
    self.password = word
  }

  /// Says nothing.
  public var description: String { "Route B credentials" }
}

extension UInt8 {
  /// Whether it is an ASCII letter or digit.
  var isLetterOrDigit: Bool {
    switch self {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
  }
}
