// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import Certificates
import CommandLineTool
import Foundation
import Ledger
import LedgerFiles
import LedgerStore
import Proofs

/// Writes proofs and headers into files.
struct ProveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove", abstract: "Write a proof of one thing, and the headers to judge it by.",
    discussion: """
      Whoever has the headers of the chain checks the proof without a ledger: hinata-verify proof.

      Examples:
        hinata prove --data ~/.local/state/hinata --genesis Genesis/street.json --lot ID --to lot.json
        hinata prove --data ~/.local/state/hinata --genesis Genesis/street.json --headers street.headers
      """)

  @OptionGroup var ledger: LedgerOptions

  @Option(help: "Id of a lot.") var lot: String?
  @Option(help: "Id of a member.") var member: String?
  @Option(help: "Id of a member: its coins.") var coins: String?
  @Option(help: "Id of a site.") var site: String?
  @Option(help: "Id of a transaction, for example a report.") var transaction: String?
  @Option(help: "The proof's file.") var to: String?
  @Flag(help: "The state holds nothing of it, and that is to be proven.") var absence = false
  @Option(help: "Write all headers to this file.") var headers: String?

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
      guard let to else { throw UsageError(description: "name the proof's file with --to") }
      try file.bytes().write(to: URL(fileURLWithPath: to), options: .atomic)
      print("proof of \((file.entry ?? file.transaction)?.count ?? 0) bytes: \(to)")
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
      guard let (tip, entries) = try store.proofs(of: [key]), let entry = entries.first else {
        return nil
      }
      guard (entry.entry == nil) == absence else {
        throw UsageError(
          description: absence
            ? "the state holds it: leave --absence out"
            : "the state holds nothing of \(key.id.hex); --absence proves that")
      }
      return ProofFile(entry, under: tip)
    }
    guard let transaction else { return nil }
    guard let (block, proof) = try store.proof(of: TransactionId(try id(transaction))) else {
      throw UsageError(description: "the chain has no transaction \(transaction)")
    }
    return ProofFile(proof, under: block)
  }
}
