// SPDX-License-Identifier: Apache-2.0

/// Something with an id of hexadecimal digits and a name, as people call it on a command line.
public struct NamedThing: Hashable, Sendable {
  public let id: String
  public let name: String

  /// A thing under its id.
  public init(id: String, name: String) { (self.id, self.name) = (id, name) }
}

extension NamedThing {
  /// As few digits of an id as name it.
  static let shortest = 6

  /// The thing that `text` names: by its id, six digits and more of its id, or its whole name where
  /// that could be no id.
  /// - Parameters:
  ///   - what: what it is, for errors, such as "member".
  ///   - isLoose: whether a part of its name will do. Where something cannot be undone it does not:
  ///     anybody may take a name that has another in it.
  /// - Throws: `UsageError` where nothing has it, or more than one.
  public static func find(
    _ text: String, among things: [NamedThing], what: String, isLoose: Bool = false
  ) throws(UsageError) -> NamedThing {
    let lower = text.lowercased()
    let isDigits = !lower.isEmpty && lower.utf8.allSatisfy(isHexadecimal)
    if let whole = things.first(where: { $0.id == lower }) { return whole }
    // Anybody may call themselves by digits that are, or look like, the beginning of another's id.
    let isId = isDigits && lower.utf8.count >= shortest
    let byDigits = isId ? things.filter { $0.id.hasPrefix(lower) } : []
    let byName = things.filter { $0.name.lowercased() == lower }
    var tries =
      if isId {
        [isLoose ? things.filter { byName.contains($0) || byDigits.contains($0) } : byDigits]
      } else {
        [byName.filter { $0.name == text }, byName]
      }
    if isLoose, !lower.isEmpty {
      tries.append(things.filter { $0.name.lowercased().contains(lower) })
    }
    guard let found = tries.first(where: { !$0.isEmpty }) else {
      throw UsageError(description: unknown(text, among: things, what: what))
    }
    guard found.count == 1 else {
      let some = found.prefix(5).map { "\($0.name) \($0.id.prefix(12))" }
      throw UsageError(
        description: "\"\(text)\" may be \(found.count) \(what)s: \(some.joined(separator: ", ")); "
          + "name one by its id")
    }
    return found[0]
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
  }

  private static func unknown(
    _ text: String, among things: [NamedThing], what: String
  ) -> String {
    let near = near(text, among: things)
    let said = "there is no \(what) \"\(text)\""
    guard !near.isEmpty else {
      return "\(said): it goes by a whole name, an id, or six digits and more of one"
    }
    return
      "\(said); did you mean \(near.prefix(3).map { "\"\($0.name)\"" }.joined(separator: " or "))?"
  }

  /// The things whose names are nearly `text`, or have it in them.
  static func near(_ text: String, among things: [NamedThing]) -> [NamedThing] {
    let lower = text.lowercased()
    guard !lower.isEmpty else { return [] }
    return things.filter { thing in
      let name = thing.name.lowercased()
      return name.contains(lower) || distance(lower, name) <= max(1, min(3, lower.count / 3))
    }
  }

  /// How many letters have to change, come or go. Source: Levenshtein 1966.
  private static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (
      Array(left.unicodeScalars.prefix(64)), Array(right.unicodeScalars.prefix(64))
    )
    var row = Array(0...right.count)
    for (index, one) in left.enumerated() {
      var (corner, now) = (index, [index + 1])
      for (place, other) in right.enumerated() {
        now.append(min(now[place] + 1, row[place + 1] + 1, corner + (one == other ? 0 : 1)))
        corner = row[place + 1]
      }
      row = now
    }
    return row[right.count]
  }
}
