// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import Ledger
import LedgerStore
import Quantities

// Replays a file of blocks into a data folder, as a process that a test can kill at any moment.
// Arguments: folder, genesis file (canonical bytes), blocks file (each length in 4 bytes, block).
// Prints a line after each block that the store has taken.
func tell(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

let arguments = CommandLine.arguments
let genesis = try Genesis(exactly: Array(try Data(contentsOf: URL(fileURLWithPath: arguments[2]))))
let store = try LedgerStore(folder: arguments[1], genesis: genesis)
let chain = try ActiveChain(store)
let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: arguments[3])))
var input = ByteReader(bytes)
tell("ready \(chain.tip.height)")
while input.remaining > 0 {
  let length = Int(try input.readFixed(UInt32.self))
  let block = try Block(exactly: Array(try input.readBytes(length)))
  _ = try chain.accept(block, now: NetworkTime(seconds: 1 << 39))
  tell("tip \(chain.tip.height)")
}
try store.close()
