// SPDX-License-Identifier: Apache-2.0

import CommandLineTool
import Foundation

// Prints a line a figure and writes the same to .build/bench.json. Arguments choose measures.
let measures: [(name: String, measure: () async throws -> [Figure])] = [
  ("hashing", hashing), ("verification", verification), ("storing", storing), ("frames", frames),
  ("home-year", homeYear), ("syncing", syncing), ("gossip", gossip), ("links", links),
  ("truth", truth), ("verifier", verifier), ("finality", finality), ("pool", pool),
  ("explorer", explorer),
  ("home-node", homeNode), ("report-length", reportLength),
]
let chosen = Set(CommandLine.arguments.dropFirst())
var figures: [Figure] = []
for (name, measure) in measures where chosen.isEmpty || chosen.contains(name) {
  do { figures += try await measure() } catch { Screen.note("hinata-bench: \(error)") }
}
var table = Table([.left, .right, .left, .right, .left])
table.add(["name", "value", "unit", "ratio", "to what"])
for figure in figures { table.add(figure.row) }
for line in table.lines { print(line) }
let encoder = JSONEncoder()
encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
let file = URL(fileURLWithPath: ".build/bench.json")
try FileManager.default.createDirectory(
  at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
try encoder.encode(figures).write(to: file)
