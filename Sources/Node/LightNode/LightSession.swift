// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import KeyFiles
public import Ledger
public import LedgerCrypto
import Metering
public import PeerProtocol
import PeerTransport
import Product
import Proofs
import Quantities
public import Wire

/// Why a light client has no answer.
public enum LightError: Error, Sendable, CustomStringConvertible {
  /// Nobody answers, or a file does not fit: another peer or file may.
  case unusable(String)
  /// The peer's answer does not hold, or there is no such thing.
  case wrong(String)

  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .unusable(let reason), .wrong(let reason): reason
    }
  }
}

/// One link of a light client, from greeting to answers.
public struct LightSession {
  private let genesis: Genesis
  private let file: String?
  private let subjects: [(name: String, subject: GetProof.Subject)]
  /// The report whose samples are wanted.
  private let report: TransactionId?
  private let key: KeyPair
  private var client: LightClient
  private var proofs: [LightAnswer.ProofForm] = []
  private var isAsked = false
  private var bytesReceived = 0
  private var proven: Report?
  private var offset: UTCOffset?
  private var evidence: LightAnswer.EvidenceForm?

  /// A session that asks for `subjects` and for the samples under the report `evidence`.
  /// - Parameters:
  ///   - file: where what is known is kept from one time to the next.
  ///   - key: who asks; nil for a new key, which is nobody's.
  /// - Throws: `LightError.unusable` where the file is of another network, or damaged.
  public init(
    _ genesis: Genesis, known file: String?,
    subjects: [(name: String, subject: GetProof.Subject)], evidence report: TransactionId?,
    key: KeyPair?
  ) throws {
    self.genesis = genesis
    self.file = file
    self.subjects = subjects + (report.map { [("report \($0.hex)", .transaction($0))] } ?? [])
    self.report = report
    self.key = key ?? KeyPair(seed: KeyFile.randomSeed())
    let kept = file.flatMap { FileManager.default.contents(atPath: $0) }.map { Array($0) }
    do { client = try LightClient(genesis, kept: kept) } catch {
      throw LightError.unusable("\(file ?? "the genesis"): \(error); name another file")
    }
  }

  /// Links to a node, follows what is final and has everything proven.
  /// - Parameter timeout: seconds until the answer must be there.
  /// - Throws: `LightError`.
  public mutating func run(_ target: PeerTarget, timeout: Int) async throws -> LightAnswer {
    let transport = try PeerTransport(key, rules: genesis.rules)
    let deadline = Task {
      try await Task.sleep(for: .seconds(timeout))
      await transport.shutDown()
    }
    defer { deadline.cancel() }
    transport.connect(attempt: 1, to: target)
    for await event in transport.events {
      switch event {
      case .failed:
        throw LightError.unusable("no node answers at \(target.host):\(target.port)")
      case .linked(let link, let info):
        if let key = target.key, key != info.key {
          throw LightError.unusable("the node there has the key \(info.key.value.hex)")
        }
        transport.send(client.greeting(at: time, agent: "hinata \(Version.number)"), on: link)
      case .received(let link, let message, let byteCount):
        transport.release(byteCount, of: link)
        bytesReceived += byteCount
        let actions = client.receive(message, at: time)
        if try perform(actions, transport, link) {
          await transport.shutDown()
          return try finish()
        }
      case .malformed(_, let error): try fail("the node's bytes are no message: \(error)")
      case .unlinked: try fail("the node closed the link")
      }
    }
    throw LightError.unusable("no answer within \(timeout) s")
  }

  /// Demo networks' clocks run ahead of the wall's: headers are not held to this machine's clock.
  private var time: NetworkTime { NetworkTime(seconds: 1 << 39) }

  private func fail(_ reason: String) throws -> Never {
    throw LightError.wrong(reason)
  }

  /// - Returns: whether all is answered.
  private mutating func perform(
    _ actions: [LightClient.Action], _ transport: PeerTransport, _ link: Link
  ) throws -> Bool {
    for action in actions {
      switch action {
      case .send(let message): transport.send(message, on: link)
      case .followed:
        guard !isAsked else { continue }
        isAsked = true
        for (_, subject) in subjects {
          _ = try perform(client.ask(subject), transport, link)
        }
        if subjects.isEmpty { return true }
      case .proven(let subject, let proof, let header, let standing):
        if subjects.contains(where: { $0.subject == subject }) {
          add(subject, proof, header, standing)
        }
        try askSamples(subject, proof, transport, link)
        if isDone { return true }
      case .evidence(let delivery):
        try judge(delivery)
        if isDone { return true }
      case .notFinal(_, let height):
        try fail("it stands in block \(height), which is not final yet: ask again in some hours")
      case .unknown: try fail("the node's chain has no such transaction")
      case .failed(let reason): try fail(reason)
      }
    }
    return false
  }

  private var isDone: Bool { proofs.count == subjects.count && (report == nil || evidence != nil) }

  /// Once the wanted report is proven, asks for its site, whose clock counts; then for the samples.
  private mutating func askSamples(
    _ subject: GetProof.Subject, _ proof: ProofDelivery.Proof, _ transport: PeerTransport,
    _ link: Link
  ) throws {
    if let report, subject == .transaction(report), case .transaction(let proof, _) = proof {
      guard case .report(let report) = proof.transaction.transaction else {
        try fail("transaction \(report.hex) is no report")
      }
      proven = report
      _ = try perform(client.ask(.entry(.site(report.site))), transport, link)
    } else if let report = proven, subject == .entry(.site(report.site)), offset == nil,
      case .entry(let proof) = proof,
      case .site(let site)? = try proof.entry.map({ try StateEntry(.site, exactly: $0) })
    {
      offset = site.utcOffset
      _ = try perform(client.ask(samplesUnder: report), transport, link)
    }
  }

  private mutating func judge(_ delivery: EvidenceDelivery) throws {
    guard let report, let proven, let offset else { return }
    switch delivery.outcome {
    case .given: break
    case .notKept: try fail("the node keeps no samples of that report: ask the node of its site")
    case .notMember: try fail("the key of who asks is no member's: name one with --key")
    }
    let finding = EvidenceAudit.finding(on: proven, bytes: delivery.evidence, offset: offset)
    evidence = LightAnswer.EvidenceForm(
      report: report.hex, byteCount: delivery.evidence.count, finding: "\(finding)")
  }

  private mutating func add(
    _ subject: GetProof.Subject, _ proof: ProofDelivery.Proof, _ header: BlockHeader,
    _ standing: Standing
  ) {
    var holds: String?
    var byteCount = 0
    switch proof {
    case .unknown, .notFinal: break
    case .entry(let proof):
      byteCount = proof.bytes.count
      holds = proof.entry.flatMap { try? StateEntry(proof.key.kind, exactly: $0) }.map { "\($0)" }
    case .transaction(let proof, _):
      byteCount = proof.bytes.count
      holds = "\(proof.transaction.transaction.kind.name), \(proof.transaction.bytes.count) bytes"
    }
    proofs.append(
      LightAnswer.ProofForm(
        subject: subjects.first { $0.subject == subject }?.name ?? "", holds: holds,
        block: header.hash.hex, height: header.height, standing: StandingForm(standing),
        proofBytes: byteCount))
  }

  private func finish() throws -> LightAnswer {
    if let file {
      try Data(client.kept).write(to: URL(fileURLWithPath: file), options: .atomic)
    }
    let best = client.best
    return LightAnswer(
      network: genesis.rules.name, height: best?.height ?? 0, block: best?.hash.hex ?? "",
      time: best.map { "\($0.time)" } ?? "", bytesReceived: bytesReceived,
      bytesKept: client.kept.count, proofs: proofs, evidence: evidence)
  }
}
