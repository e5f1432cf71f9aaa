import ArgumentParser
import Foundation
import Ledger
import LedgerStore
import NetworkFiles
import Quantities

/// Which ledger to look into.
struct LedgerOptions: ParsableArguments {
  @Option(help: "Data folder of a node.")
  var data: String

  @Option(help: "Network file.")
  var genesis: String

  /// The ledger, for reading alone.
  func open() throws -> LedgerStore {
    try LedgerStore.reading(folder: data, genesis: try NetworkFile.load(genesis))
  }
}

extension Interval {
  /// Reads `2016-08-01T03:00Z` or a number.
  init?(text: String) {
    if let number = UInt32(text) {
      self.init(number)
      return
    }
    let full = text.hasSuffix("Z") ? text.dropLast() + ":00Z" : text + ":00Z"
    guard let date = try? Date(String(full), strategy: .iso8601), date.timeIntervalSince1970 >= 0
    else { return nil }
    self.init(containing: NetworkTime(seconds: UInt64(date.timeIntervalSince1970)))
  }
}

/// Prints `value` as JSON for scripts.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
