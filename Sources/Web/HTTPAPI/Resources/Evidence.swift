// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import EchonetLite
import ExplorerIndex
import HTTPTypes
public import Ledger
import LedgerCrypto
import LedgerStore
public import Metering
import Proofs
import Quantities
public import WebService

/// A sample with its meaning and its way to the report's root.
public struct SampleForm: Form {
  public let sample: Sample
  let path: [Bytes32]

  /// A sample with its way to a root, or alone.
  public init(_ sample: Sample, path: [Bytes32] = []) {
    self.sample = sample
    self.path = path
  }

  /// What the bytes say, by the device's class.
  public var meaning: (property: String, value: String) {
    guard let property = DeviceClass.known(sample.object.classCode)?[sample.property] else {
      return ("unknown property", "")
    }
    let value = property.type.decode(sample.data).description
    return (property.name, value.count > 200 ? value.prefix(200) + "…" : value)
  }

  public static let name = "Sample"
  public static let fields: [Field<Self>] = [
    Field("time", .time, "When the answer came.") { .text("\($0.sample.time)") },
    Field("device", .count, "Which device of the site.") { .unsigned(UInt64($0.sample.device)) },
    Field("object", .text(), "ECHONET Lite object.") { .text("\($0.sample.object)") },
    Field("property", .text(pattern: "^[0-9a-f]{2}$"), "ECHONET Lite property code.") {
      .text([$0.sample.property].hex)
    },
    Field("property_name", .text(), "Its name.") { .text($0.meaning.property) },
    Field("data", .text(pattern: "^([0-9a-f]{2})*$"), "The meter's bytes.") {
      .text($0.sample.data.hex)
    },
    Field("value", .text(), "What they say.") { .text($0.meaning.value) },
    Field("leaf", .id, "Its hash.") { .text($0.sample.leaf.hex) },
    Field(list: "merkle_path", of: .id, "What is hashed with it, up to the sample root.") {
      $0.path.map { .text($0.hex) }
    },
  ]
}

/// What is known of the samples under a report.
public struct EvidenceForm: Form {
  public let report: TransactionId
  public let sampleRoot: Bytes32
  /// Nil where this node keeps no samples of it.
  public let root: Bytes32?
  public let samples: [SampleForm]
  public let notes: [AuditNoteForm]

  public static let name = "Evidence"
  public static let fields: [Field<Self>] = [
    Field("report", .id, "The report.") { .text($0.report.hex) },
    Field("sample_root", .id, "The root that it is signed with.") { .text($0.sampleRoot.hex) },
    Field("root_of_samples", .nullable(.id), "Root of the samples here; null where none are.") {
      .optional($0.root?.hex)
    },
    Field(items: "samples", "The samples that this node keeps, as the meters sent them.") {
      $0.samples
    },
    Field(items: "audits", "What members found who looked at them.") { $0.notes },
  ]
}

/// What a member found who looked at the samples.
public struct AuditNoteForm: Form {
  public let note: AuditNote
  public let auditor: String?

  public static let name = "AuditNote"
  public static let fields: [Field<Self>] = [
    Field("auditor_key", .id, "Who looked.") { .text($0.note.auditor.value.hex) },
    Field("auditor_name", .nullable(.text()), "The member whose key it is.") {
      .optional($0.auditor)
    },
    Field("finding", .choice(AuditNote.Finding.allCases.map { "\($0)" }), "What was found.") {
      .text("\($0.note.finding)")
    },
    Field("time", .time, "When.") { .text("\($0.note.time)") },
  ]
}

extension ExplorerSource {
  /// What is known of the samples under a report: at most `limit` of them, to who may see them.
  public func evidence(
    under report: Report, _ id: TransactionId, limit: Int = 2000, areOpen: Bool
  ) throws -> EvidenceForm {
    let evidence =
      areOpen ? try samples?.evidence(site: report.site, covering: report.first)?.evidence : nil
    return try form(evidence, under: report, id, limit: limit)
  }

  /// Samples, wherever they come from, with what auditors said of the report.
  /// - Parameter hasPaths: each with its path to the root; one costs as much as the root does.
  public func form(
    _ evidence: Evidence?, under report: Report, _ id: TransactionId, limit: Int = 2000,
    hasPaths: Bool = true
  ) throws -> EvidenceForm {
    let leaves = evidence?.samples.map(\.leaf) ?? []
    let notes = try ledger.auditNotes(on: id).map {
      AuditNoteForm(note: $0, auditor: try member(of: $0.auditor)?.name)
    }
    return EvidenceForm(
      report: id, sampleRoot: report.sampleRoot, root: evidence?.root,
      samples: (evidence?.samples ?? []).prefix(limit).enumerated().map { index, sample in
        SampleForm(
          sample, path: hasPaths ? MerkleTree.proof(for: index, in: leaves)?.siblings ?? [] : [])
      }, notes: notes)
  }
}

extension Resources {
  func evidence() -> [Endpoint] {
    [
      Endpoint(
        "/api/v1/transactions/{transaction}/evidence", "transactions",
        "What auditors found of a report; and the samples under it, where this node keeps them, to "
          + "the logged-in household (to everybody with api.samples).",
        [Resources.transaction], gives: .form(EvidenceForm.schema), failures: [.notFound],
        isShared: false
      ) { call in
        let id = TransactionId(call.id("transaction") ?? .zero)
        guard let summary = try source.index.transaction(id),
          case .report(let report)? = try source.index.content(of: summary, in: source.ledger)?
            .transaction
        else { throw Problem.notFound("the chain has no report \(id.hex)") }
        return Answer(
          try source.evidence(under: report, id, areOpen: source.opensSamples(to: call)))
      }
    ]
  }
}
