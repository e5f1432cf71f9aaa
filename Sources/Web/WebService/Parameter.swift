// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Quantities

/// A value that a request carries in its path or its query.
public struct Parameter: Sendable {
  /// What values are taken.
  public enum Kind: Sendable {
    /// An id of 64 hexadecimal digits.
    case id
    case integer(ClosedRange<Int64>)
    case choice([String])
    /// A day, `2026-11-21`.
    case date
    /// An interval, by its number or its start in UTC, `2026-11-21T03:30Z`.
    case interval
    /// A height or a hash.
    case block
    /// Any text of at most so many characters, none of them a control character.
    case text(Int)
    /// Where a list goes on: what `next` of the page before said.
    case cursor
  }

  let name: String
  let kind: Kind
  let about: String
  let isRequired: Bool

  /// A parameter of the query.
  public init(_ name: String, _ kind: Kind, _ about: String, isRequired: Bool = false) {
    self.name = name
    self.kind = kind
    self.about = about
    self.isRequired = isRequired
  }

  /// How many items of a list; 50 unless told.
  public static let limit = Parameter("limit", .integer(1...200), "How many items; 50 unless told.")
  /// Where a list goes on.
  public static let after = Parameter(
    "after", .cursor, "Goes on after a page: the value of its `next`.")
  /// JSON or CSV.
  public static let format = Parameter(
    "format", .choice(["json", "csv"]), "`csv` gives the list as a table.")

  var schema: Schema {
    switch kind {
    case .id: .id
    case .integer(let range): .integer(range)
    case .choice(let choices): .choice(choices)
    case .date: .text(pattern: "^\(Parameter.day)$")
    case .interval:
      .text(pattern: "^([0-9]{1,9}|\(Parameter.day)T([01][0-9]|2[0-3]):[0-5][0-9]Z)$")
    case .block: .text(pattern: "^([0-9]{1,15}|[0-9a-f]{64})$")
    case .text(let most): .text(pattern: "^[^\\u0000-\\u001F\\u007F]*$", most: most)
    case .cursor: .text(pattern: "^[0-9]{1,18}(\\.[0-9]{1,9})?$")
    }
  }

  /// Days that every month has; the others are taken as well.
  private static let day =
    "(19[7-9][0-9]|20[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"

  /// Why a value is not taken, or nil.
  func fault(in value: String) -> String? {
    switch kind {
    case .id:
      Bytes32(hex: value) == nil ? "is no id of 64 hexadecimal digits" : nil
    case .integer(let range):
      Int64(value).map(range.contains) == true && !value.hasPrefix("+")
        ? nil : "is no whole number in \(range.lowerBound)…\(range.upperBound)"
    case .choice(let choices):
      choices.contains(value) ? nil : "is none of \(choices.joined(separator: ", "))"
    case .date: CalendarDate(text: value) == nil ? "is no day such as 2026-11-21" : nil
    case .interval:
      Interval(text: value) == nil ? "is no interval such as 2026-11-21T03:30Z" : nil
    case .block:
      isNumber(value, most: 15) || Bytes32(hex: value) != nil
        ? nil : "is no height and no hash of 64 hexadecimal digits"
    case .text(let most):
      value.unicodeScalars.count <= most ? nil : "is longer than \(most) characters"
    case .cursor:
      value.split(separator: ".", omittingEmptySubsequences: false).count <= 2
        && value.split(separator: ".", omittingEmptySubsequences: false)
          .allSatisfy { isNumber($0, most: 18) }
        ? nil : "is no cursor that a page gave"
    }
  }

  private func isNumber(_ value: some StringProtocol, most: Int) -> Bool {
    !value.isEmpty && value.count <= most && value.utf8.allSatisfy { (48...57).contains($0) }
  }
}
