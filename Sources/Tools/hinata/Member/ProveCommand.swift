// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import Chain
import CommandLineTool
import Foundation
import Ledger
import LedgerFiles
import LedgerStore
import Proofs

/// Writes proofs and headers into files.
struct ProveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove", abstract: "Write a proof of one thing into a file.",
    discussion: """
      Whoever has the network file checks the proof without a ledger: hinata-verify proof. What is \
      proven has to be final first, which takes some hours. In an open network nothing is final, and \
      the reader needs the headers as well: --headers writes them.

      Examples:
        hinata prove --data ~/.local/state/hinata --genesis Genesis/street.json --lot ID --out lot.json
      """)

  @OptionGroup var ledger: LedgerOptions

  @Option(help: "Id of a lot.") var lot: String?
  @Option(help: "Id of a member.") var member: String?
  @Option(help: "Id of a member: its coins.") var coins: String?
  @Option(help: "Id of a site.") var site: String?
  @Option(help: "Id of a transaction, for example a report.") var transaction: String?
  @Option(help: "The proof's file.") var out: String?
  @Flag(help: "The state holds nothing of it, and that is to be proven.") var absence = false
  @Option(help: "Write all headers to this file, for the readers of an open network.") var headers:
    String?

  func run() throws {
    try guarded {
      let store = try ledger.open()
      if let headers {
        let sealed = try store.sealedHeaders()
        try Data(HeaderChain.encode(sealed)).write(
          to: URL(fileURLWithPath: headers), options: .atomic)
        print("\(sealed.count) headers: \(headers)")
      }
      guard let file = try file(store) else {
        guard headers != nil else {
          throw UsageError(description: "name what to prove, or --headers")
        }
        return
      }
      guard let out else { throw UsageError(description: "name the proof's file with --out") }
      try file.bytes().write(to: URL(fileURLWithPath: out), options: .atomic)
      print("proof of \((file.entry ?? file.transaction)?.count ?? 0) bytes: \(out)")
    }
  }

  private func file(_ store: LedgerStore) throws -> ProofFile? {
    guard [lot, member, coins, site, transaction].count(where: { $0 != nil }) <= 1 else {
      throw UsageError(description: "name one thing to prove")
    }
    func id(_ text: String) throws -> Bytes32 {
      guard let id = Bytes32(hex: text) else {
        throw UsageError(description: "\(text) is no id of 64 hexadecimal digits")
      }
      return id
    }
    var key: StateKey?
    if let lot { key = .lot(LotId(try id(lot))) }
    if let member { key = .member(MemberId(try id(member))) }
    if let coins { key = .coins(MemberId(try id(coins))) }
    if let site { key = .site(SiteId(try id(site))) }
    if let key {
      guard let (basis, entries) = try store.proofs(of: [key]), let entry = entries.first else {
        throw UsageError(description: "nothing is final on this chain yet: try again in some hours")
      }
      guard (entry.entry == nil) == absence else {
        throw UsageError(
          description: absence
            ? "the state holds it: leave --absence out"
            : "the state that is final holds nothing of \(key.id.hex); --absence proves that")
      }
      return ProofFile(entry, on: basis)
    }
    guard let transaction else { return nil }
    guard let (block, proof) = try store.proof(of: TransactionId(try id(transaction))) else {
      throw UsageError(description: "the chain has no transaction \(transaction)")
    }
    guard let (basis, trail) = try store.trail(of: proof, in: block.header) else {
      throw UsageError(
        description: "block \(block.header.height) is not final yet: try again in some hours")
    }
    return ProofFile(trail, on: basis)
  }
}
