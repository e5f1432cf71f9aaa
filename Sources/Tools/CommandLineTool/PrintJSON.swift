// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Prints `value` as JSON for scripts: names in snake case, in order, indented.
public func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
