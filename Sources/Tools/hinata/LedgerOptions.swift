// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import Foundation
import Ledger
import LedgerFiles
import LedgerStore
import Quantities

/// Which ledger to look into.
struct LedgerOptions: ParsableArguments {
  @OptionGroup var place: PlaceOptions

  /// The data folder.
  var data: String { place.data }
  /// The network file.
  var genesis: String { place.genesis }

  /// The ledger as it is at this moment, whatever a running node goes on to write.
  func open() throws -> LedgerStore { try follow().frozen() }

  /// The ledger, for reading alone, as it goes on.
  func follow() throws -> LedgerStore {
    try place.folder.check()
    return try LedgerStore.reading(folder: data, genesis: try NetworkFile.load(genesis))
  }
}
