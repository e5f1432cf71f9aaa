// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Certificates
import CommandLineTool
import Foundation
import Ledger
import LedgerFiles
import Proofs
import Quantities

/// A statement, from its file and the genesis alone.
struct VerifyStatement: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "statement",
    abstract: "A buyer's statement of a period, from the genesis alone.",
    discussion: """
      Every lot, the days in which it was generated and what the buyer's sites used meanwhile are derived \
      again from one proof: the state of a block that two thirds of the approvers made final, each set of \
      approvers proven by the one before it from the genesis on. No lot may stand in it twice, and nothing \
      that is not needed may be in it. A page must carry the signature of its owner or issuer as well.

      That it is all that was retired is not said: a lot that is left out claims less. The use is \
      that of the sites which use_of names: others of the owner may not be in it.

      Examples:
        hinata-verify statement august.json --genesis Genesis/street.json
        hinata-verify statement august.html --genesis Genesis/street.json
      """)

  @Argument(help: "Statement file (JSON) or page (HTML).")
  var statement: String

  @Option(help: "Network file: all that is believed.")
  var genesis: String

  @OptionGroup var own: HeaderOptions

  @Flag(help: "Print JSON.")
  var json = false

  struct Form: Codable {
    let ok: Bool
    let statement: [String: String]
    let certificates: [[String: String]]
    let standing: StandingForm
    let proofBytes: Int
    let finalityBytes: Int
  }

  func run() throws {
    let verdict: StatementFile.Verdict = try judged(json: json) {
      let genesis = try NetworkFile.load(genesis)
      guard let bytes = FileManager.default.contents(atPath: statement) else {
        throw ValidationError("\(statement) cannot be read")
      }
      let kept = try own.chain(genesis)
      let verdict =
        try bytes.first == UInt8(ascii: "{")
        ? StatementFile(reading: bytes).verify(genesis: genesis, headers: kept)
        : ProvenPage<StatementFile>(reading: bytes).verify(genesis: genesis, headers: kept)
      try own.accept(verdict.standing)
      return verdict
    }
    let proven = verdict.statement
    if json {
      return try printJSON(
        Form(
          ok: true,
          statement: Dictionary(
            uniqueKeysWithValues: proven.attributes.map { ($0.name, $0.value) }),
          certificates: proven.rows, standing: StandingForm(verdict.standing),
          proofBytes: verdict.proofBytes, finalityBytes: verdict.basisBytes))
    }
    print(
      "\(proven.owner.name) retired \(Thousandths.text(proven.energyWh)) kWh for \(proven.beneficiary), "
        + "in \(proven.certificates.count) lots of \(proven.first.start) to \(proven.end.start).")
    print("")
    var table = Table([.left, .left])
    for attribute in proven.attributes { table.add([attribute.name, attribute.value]) }
    for line in table.lines { print(line) }
    print("")
    print(
      "The statement holds: proven by \(verdict.proofBytes) bytes on \(verdict.basisBytes) that say "
        + "what its block counts for:")
    print("\(verdict.standing)")
  }
}
