// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Wire

/// What finality costs with a full set of 64 seats: its proof, a handover, a year of a light client
/// that looks daily, a day of approvals on a link. Limits of Docs/finality.md's source, §12 and §15.
func finality() async throws -> [Figure] {
  var fixture = LedgerFixture(homes: 100)
  var chain = try FixtureChain(fixture)
  try chain.seal(encoded: fixture.admissions)
  // The first terms end before a member may be drawn; each home reports, so that it may be.
  for _ in 0..<40 {
    let reports = try (0..<100).map { index -> EncodedTransaction in
      EncodedTransaction(.report(try fixture.report(index, generated: [1], consumed: [1])))
    }
    try chain.seal(encoded: reports, after: 1_800)
    try chain.settle()
  }
  guard let proof = chain.settled.proof, let last = proof.handovers.last else {
    throw BenchError(description: "nothing became final")
  }
  let known = try KnownTerm(fixture.genesis)
  let term = try proof.verify(from: known)
  let start = ContinuousClock.now
  for _ in 0..<20 { try term.check(proof.final) }
  let milliseconds = seconds(since: start) * 50
  let seats = term.term.seats.count
  let handover = last.bytes.count
  let daily = WireFrame.bytes(of: .finality(Finality(handovers: [], final: proof.final))).count
  let signature = proof.final.proof.signers.signatures[0]
  var approvals = 0
  for seat in 0..<seats {
    let one = Approvals.Signed(seat: UInt8(seat), signature: signature)
    let message = Approvals(.approval(proof.final.proof.approval), signed: [one])
    approvals += WireFrame.bytes(of: .approvals(message)).count
  }
  let year = Double(12 * handover + 365 * daily)
  let limit = try rawVerifications()
  return [
    Figure(
      name: "finality_proof", value: milliseconds, unit: "ms to verify, \(seats) seats",
      ratio: milliseconds / (limit * Double(term.term.quorum)),
      to: "\(term.term.quorum) raw libsodium verifications"),
    Figure(
      name: "finality_proof_bytes", value: Double(proof.final.proof.bytes.count), unit: "bytes",
      ratio: Double(proof.final.proof.bytes.count) / 2_832, to: "2,832 at 64 seats"),
    Figure(
      name: "handover_bytes", value: Double(handover), unit: "bytes",
      ratio: Double(handover) / 6_042, to: "5.9 KB"),
    Figure(
      name: "light_client_year", value: year, unit: "bytes, daily",
      ratio: year / 2_097_152, to: "2 MB"),
    Figure(
      name: "approvals_day", value: Double(4 * approvals), unit: "bytes a link, four epochs",
      ratio: Double(4 * approvals) / 40_960, to: "40 KB"),
  ]
}

/// Milliseconds of one signature verification by libsodium.
private func rawVerifications() throws -> Double {
  let key = LedgerFixture.key("raw")
  let message = [UInt8](repeating: 7, count: 127)
  let signature = key.sign(message)
  let start = ContinuousClock.now
  for _ in 0..<500 {
    guard signature.isValid(for: message, by: key.publicKey) else {
      throw BenchError(description: "a signature does not hold")
    }
  }
  return seconds(since: start) * 2
}
