// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Certificates
import Chain
import Foundation
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerFixtures
import Proofs
import Quantities
import RawLimits
import Verification

/// hinata-verify on a year of 500 homes in a chain file, on one and on two cores, against raw
/// libsodium verifications in the same run; and a single certificate's proof.
func verifier() async throws -> [Figure] {
  let homes = 500
  let traces = try BenchHomes.traces().homes
  let fixture = LedgerFixture(homes: homes)
  var year = BenchYear(fixture: fixture, traces: (0..<homes).map { traces[$0 % traces.count] })
  let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("hinata-bench-\(UUID().uuidString).chain").path
  defer { try? FileManager.default.removeItem(atPath: path) }
  var chain = try FixtureChain(fixture)
  var writer = try ChainFileWriter(path: path, genesis: fixture.genesis)
  var reports = 0
  func write(_ block: Block) throws {
    try writer.append(header: block.sealed.bytes, body: block.bodyBytes)
  }
  try write(chain.blocks[0])
  try chain.seal(encoded: fixture.admissions, after: 86_400)
  try write(chain.blocks[1])
  for day in 0..<365 {
    let block = try chain.seal(encoded: try year.day(day), after: 86_400).block
    try write(block)
    reports += block.transactions.count
  }
  try writer.finish()
  let keys = Dictionary(uniqueKeysWithValues: fixture.homes.map { ($0.site.id, $0.siteKey) })
  // They must differ, and be many: of a few again and again the processor learns the branches.
  let raws = try chain.blocks[2..<12].flatMap(\.transactions).map { transaction in
    guard case .report(let report) = transaction.transaction, let key = keys[report.site] else {
      throw BenchError(description: "no report")
    }
    return try RawMessage(transaction.bytes, fixture.network, key.publicKey)
  }
  let reader = try ChainFileReader(path: path)
  var figures: [Figure] = []
  var single = 0.0
  for jobs in [1, 2] {
    var options = CheckOptions()
    options.jobs = jobs
    var (limit, rate) = (0.0, 0.0)
    for _ in 0..<3 {
      var start = ContinuousClock.now
      _ = raw_verify(raws.map(\.form), UInt64(raws.count))
      limit = max(limit, Double(raws.count) / seconds(since: start))
      start = ContinuousClock.now
      let verdict = await ChainVerdict(checking: .file(reader), options: options)
      rate = max(rate, Double(reports) / seconds(since: start))
      guard verdict.finding == nil, verdict.tip == chain.context.hash.hex else {
        throw BenchError(description: "\(verdict.form)")
      }
    }
    if jobs == 1 { single = rate }
    figures.append(
      Figure(
        name: "verify_chain_\(jobs)_cores", value: rate.rounded(),
        unit: "reports/s, a year of \(homes) homes", ratio: rate / limit / Double(jobs),
        to: "raw libsodium on one core × \(jobs) (\(Int(limit))/s)"))
    if jobs == 2 {
      figures.append(
        Figure(
          name: "verify_chain_speedup", value: rate / single, unit: "times on two cores",
          ratio: rate / single / 1.8, to: "1.8"))
    }
  }
  return figures + [try certificate(chain)]
}

/// The work on one certificate's proof, from the genesis on.
private func certificate(_ chain: FixtureChain) throws -> Figure {
  var chain = chain
  let fixture = chain.fixture
  let home = fixture.homes[0]
  let lots = chain.state.entries.compactMap { key, entry -> LotId? in
    guard case .lot(let lot) = entry, lot.owner == home.member.id, !lot.isRetired else {
      return nil
    }
    return LotId(key.id)
  }.sorted()
  guard let held = lots.first else { throw BenchError(description: "the year has no coins") }
  let retirement = EncodedTransaction(
    .retire(
      Retire(
        owner: home.member.id, lot: held, part: .all, purpose: "bench",
        beneficiary: "nobody", network: fixture.network, signedBy: home.memberKey)))
  try chain.seal(encoded: [retirement])
  try chain.settle()
  guard let proof = try chain.certificate(retirement) else {
    throw BenchError(description: "nothing was retired")
  }
  let bytes = proof.bytes
  let judge = try ProofJudge(fixture.genesis)
  let start = ContinuousClock.now
  for _ in 0..<100 {
    let read = try CertificateProof(exactly: bytes)
    _ = try judge.standing(of: read.basis)
    _ = try Certificate(read, genesis: fixture.genesis)
  }
  let milliseconds = seconds(since: start) * 10
  return Figure(
    name: "certificate_proof", value: (milliseconds * 1000).rounded() / 1000,
    unit:
      "ms a proof of \(proof.ownByteCount) bytes on \(proof.basis.bytes.count) of finality, state of "
      + "\(chain.state.entries.count) entries",
    ratio: milliseconds / 10, to: "10 ms; 4,096 bytes of its own")
}
