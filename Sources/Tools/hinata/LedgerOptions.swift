// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Ledger
import LedgerFiles
import LedgerStore
import Quantities

/// Which ledger to look into.
struct LedgerOptions: ParsableArguments {
  @Option(help: "Data folder of a node.")
  var data: String

  @Option(help: "Network file.")
  var genesis: String

  /// The ledger as it is at this moment, whatever a running node goes on to write.
  func open() throws -> LedgerStore { try follow().frozen() }

  /// The ledger, for reading alone, as it goes on.
  func follow() throws -> LedgerStore {
    try LedgerStore.reading(folder: data, genesis: try NetworkFile.load(genesis))
  }
}
