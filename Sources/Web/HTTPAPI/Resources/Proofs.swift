// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Certificates
public import Chain
public import ExplorerIndex
import HTTPTypes
public import Ledger
import LedgerFiles
import LedgerStore
import Metering
import NodeServices
public import Proofs
import WebService

extension ExplorerSource {
  /// A transaction of the chain with its block's header and its proof under it; nil where the chain
  /// has none, this node pruned it, or the chain is just moving on.
  public func proof(
    of id: TransactionId
  ) throws -> (summary: TransactionSummary, block: SealedHeader, proof: TransactionProof)? {
    guard let summary = try index.transaction(id),
      let proof = try index.proof(of: summary, in: ledger),
      let block = try ledger.header(height: summary.place.height),
      proof.isValid(under: block.header)
    else { return nil }
    return (summary, block, proof)
  }

  /// The proof of what the state holds under keys after the newest final block, from the tree that
  /// the node has, or else from the file.
  func stateProofs(
    _ keys: [StateKey]
  ) async throws -> (basis: ProofBasis, entries: [EntryProof])? {
    if let keeper { return try await keeper.proofs(of: keys) }
    return try ledger.proofs(of: keys)
  }

  /// The certificate of a retired lot; nil where it is none, or its retirement is not final yet.
  public func certificate(
    of id: LotId
  ) async throws -> (certificate: Certificate, proof: CertificateProof)? {
    guard let lot = try ledger.lot(id), lot.isRetired, let summary = try index.lot(id),
      let retirement = try index.transaction(at: summary.born),
      let (_, _, ended) = try proof(of: retirement.id), let (_, _, made) = try proof(of: lot.mint),
      let site = try ledger.site(lot.site),
      let (basis, entries) = try await stateProofs(CertificateProof.keys(of: id, lot, at: site)),
      let whole = try CertificateProof(
        basis: basis, entries: entries, in: ledger, mint: made.transaction,
        retirement: ended.transaction)
    else { return nil }
    return (try Certificate(whole, genesis: ledger.genesis), whole)
  }
}

extension Resources {
  func proofs() -> [Endpoint] {
    let kinds: [(path: String, word: String, key: @Sendable (Bytes32) -> StateKey)] = [
      ("members", "member", { .member(MemberId($0)) }),
      ("coins", "member", { .coins(MemberId($0)) }), ("sites", "site", { .site(SiteId($0)) }),
      ("lots", "lot", { .lot(LotId($0)) }),
    ]
    let entries = kinds.map { kind in
      Endpoint(
        "/api/v1/proofs/\(kind.path)/{\(kind.word)}", "proofs",
        "What the state after the newest final block holds of it, or that it holds nothing, as a proof "
          + "file for hinata-verify.",
        [Parameter(kind.word, .id, "Id of the \(kind.word).")],
        gives: .form(.entryProof), failures: [.notFound], isShared: false
      ) { call in
        let key = kind.key(call.id(kind.word) ?? .zero)
        guard let (basis, entries) = try await source.stateProofs([key]), let entry = entries.first
        else {
          throw Problem.notFound("nothing is final on this node's chain yet: ask again later")
        }
        return Answer(
          Array(try ProofFile(entry, on: basis).bytes()), type: "application/json",
          freshness: .never)
      }
    }
    return entries + [
      Endpoint(
        "/api/v1/proofs/transactions/{transaction}", "proofs",
        "That a transaction stands at or below the newest final block, as a proof file for "
          + "hinata-verify.",
        [Resources.transaction], gives: .form(.transactionProof), failures: [.notFound]
      ) { call in
        let id = TransactionId(call.id("transaction") ?? .zero)
        guard let (_, block, proof) = try source.proof(of: id) else {
          throw Problem.notFound("the chain has no transaction \(id.hex)")
        }
        guard let (basis, trail) = try source.ledger.trail(of: proof, in: block.header) else {
          throw Problem.notFound(
            "block \(block.header.height) is not final yet: ask again later")
        }
        return Answer(
          Array(try ProofFile(trail, on: basis).bytes()), type: "application/json",
          freshness: .never)
      },
      Endpoint(
        "/api/v1/headers", "proofs",
        "All headers after the genesis, 242 bytes each: what proofs of an open network are judged by.",
        gives: .media("application/octet-stream"), isShared: false
      ) { _ in
        Answer(streaming: "application/octet-stream") { writer in
          var height: UInt64 = 1
          while true {
            let headers = try source.ledger.sealedHeaders(from: height, limit: 500)
            guard !headers.isEmpty else { return }
            try await writer.write(HeaderChain.encode(headers))
            height += UInt64(headers.count)
          }
        }
      },
      Endpoint(
        "/api/v1/certificates", "coins", "Retired lots, each of which has a certificate.",
        gives: .page(LotForm.schema)
      ) { call in Answer(try lotPage(.retired, call), for: call) },
      Endpoint(
        "/api/v1/certificates/{lot}", "coins",
        "The certificate of a retired lot with its proof, in one file.",
        [Resources.lot], gives: .form(.certificateFile), failures: [.notFound], isShared: false
      ) { call in
        guard
          let (certificate, proof) = try await source.certificate(
            of: LotId(call.id("lot") ?? .zero))
        else {
          throw Problem.notFound("no retired lot that is final has the id \(call["lot"] ?? "")")
        }
        let genesis = source.ledger.genesis
        let headers =
          genesis.rules.hasFinality
          ? nil : try HeaderChain(genesis, source.ledger.sealedHeaders())
        let file = CertificateFile(certificate, proof: proof, headers: headers)
        var answer = Answer(
          Array(try file.bytes()), type: "application/json", freshness: .never)
        answer.headers[.contentDisposition] =
          "inline; filename=\"certificate-\(certificate.id.hex.prefix(16)).json\""
        return answer
      },
    ]
  }
}
