// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import ArgumentParser
import CanonicalCoding
import CommandLineTool
import EchonetLite
import Foundation
import Ledger
import LedgerCrypto
import LedgerStore
import Metering
import Quantities

/// The samples under a reading.
struct EvidenceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evidence",
    abstract: "Show the meter's bytes under a reading and their path to the report's root.",
    discussion: """
      A home's samples lie in its own node. Those of another member are asked of that member's node, by \
      this one as it runs: members look into one another's meters.

      Examples:
        hinata evidence --site "Sato roof" --interval 2016-08-01T03:00Z
        hinata evidence --data .build/demo/home-1 --genesis Genesis/demo.json \\
          --site ID --interval 2016-08-01T03:00Z
      """)

  @OptionGroup var ledger: LedgerOptions

  @Option(help: "Id of the site; the only one of the ledger by default.")
  var site: String?

  @Option(help: "Interval: its start in UTC, or its number.")
  var interval: String

  @Flag(help: "Show the Merkle path of each sample.")
  var paths = false

  @Option(help: "Write the samples of the report to this file, for hinata-verify report.")
  var out: String?

  @Flag(help: "Print JSON.")
  var json = false

  struct Form: Codable {
    struct SampleForm: Codable {
      let time: String
      let device: UInt8
      let object: String
      let property: String
      let data: String
      let meaning: String
      let leaf: String
      let path: [String]
    }
    let report: String
    let height: UInt64
    let interval: String
    let flowsWh: [String: UInt32]
    let quality: String
    let unknown: [String]
    let sampleRoot: String
    let rootsAgree: Bool
    let samples: [SampleForm]
  }

  func run() async throws {
    try await guardedAsync {
      let form = try await evidence()
      if json {
        try printJSON(form)
      } else {
        show(form)
      }
      if !form.rootsAgree { throw ExitCode(1) }
    }
  }

  /// The samples of this folder, or else those that the running node gets from their home's node.
  private func samples(_ report: Report, _ id: TransactionId) async throws -> Evidence {
    let file = (ledger.data as NSString).appendingPathComponent(SampleStore.fileName)
    if FileManager.default.fileExists(atPath: file),
      let (_, own) = try SampleStore.reading(folder: ledger.data)
        .evidence(site: report.site, covering: report.first)
    {
      return own
    }
    guard let client = AdminClient(folder: ledger.data) else {
      throw UsageError(
        description:
          "this folder keeps no samples of that report, and no node runs here that could "
          + "ask its home's (a node with admin.listen)")
    }
    let look = try await client.get("evidence/\(id.hex)", as: LookForm.self)
    guard let bytes = look.evidence.flatMap({ Data(base64Encoded: $0) }) else {
      let reasons = [
        "notKept": "that home's node keeps no samples of the report",
        "withheld": "that home's node does not know this node as a member's",
        "noLink": "there is no link to that home's node now; hinata peers shows the links",
      ]
      throw UsageError(description: reasons[look.outcome] ?? "that home's node did not answer")
    }
    do { return try Evidence(exactly: Array(bytes)) } catch {
      throw UsageError(description: "what that home's node sent is no evidence: \(error)")
    }
  }

  private func evidence() async throws -> Form {
    let store = try ledger.open()
    guard let wanted = Interval(text: interval) else {
      throw UsageError(description: "--interval \(interval) is neither a time nor a number")
    }
    let site = try siteId(store)
    let from = Interval(wanted.number.subtractingDownToZero(48))
    let found = try store.reports(of: site, in: from..<wanted.advanced(by: 1)).last {
      $0.report.next > wanted
    }
    guard let (report, id, height) = found else {
      throw UsageError(description: "interval \(wanted) of site \(site.hex) is not on the chain")
    }
    let evidence = try await samples(report, id)
    if let out {
      try Data(evidence.bytes).write(to: URL(fileURLWithPath: out), options: .atomic)
    }
    let reading = report.readings[Int(wanted.number - report.first.number)]
    let leaves = evidence.samples.map(\.leaf)
    let shown = evidence.samples.enumerated().filter { _, sample in
      sample.time.advanced(by: Interval.seconds) > reading.interval.start
        && sample.time < reading.interval.end.advanced(by: Interval.seconds)
    }
    return Form(
      report: id.hex, height: height, interval: "\(wanted)",
      flowsWh: Dictionary(
        uniqueKeysWithValues: EnergyFlow.allCases.filter { reading[quality: $0] != .unknown }
          .map { ("\($0)", reading[$0]) }),
      quality: "\(reading.qualities.worst)", unknown: reading.qualities.unknown.map { "\($0)" },
      sampleRoot: report.sampleRoot.hex,
      rootsAgree: evidence.root == report.sampleRoot,
      samples: shown.map { index, sample in
        Form.SampleForm(
          time: "\(sample.time)", device: sample.device, object: "\(sample.object)",
          property: [sample.property].hex, data: sample.data.hex, meaning: meaning(sample),
          leaf: sample.leaf.hex,
          path: MerkleTree.proof(for: index, in: leaves)?.siblings.map(\.hex) ?? [])
      })
  }

  private func siteId(_ store: LedgerStore) throws -> SiteId {
    if let site { return try store.site(named: site, isLoose: true) }
    var sites: [SiteId] = []
    try store.visitEntries(of: .site) { key, _ in sites.append(SiteId(key.id)) }
    guard sites.count == 1 else {
      throw UsageError(description: "the ledger has \(sites.count) sites; name one with --site")
    }
    return sites[0]
  }

  private func meaning(_ sample: Sample) -> String {
    guard let property = DeviceClass.known(sample.object.classCode)?[sample.property] else {
      return "unknown property"
    }
    let value = property.type.decode(sample.data).description
    return "\(property.name) = \(value.count > 90 ? value.prefix(90) + "…" : value)"
  }

  private func show(_ form: Form) {
    print("interval  \(form.interval)  (\(form.quality))")
    print("report    \(form.report), in block \(form.height)")
    for (flow, energy) in form.flowsWh.sorted(by: { $0.key < $1.key }) where energy > 0 {
      print("          \(flow) \(energy) Wh")
    }
    if !form.unknown.isEmpty { print("          unknown: \(form.unknown.joined(separator: ", "))") }
    print("samples around it, as the meters sent them:")
    var table = Table([.left, .left, .left, .left, .left])
    for sample in form.samples {
      let data = sample.data.count > 40 ? sample.data.prefix(40) + "…" : sample.data
      table.add([sample.time, sample.object, sample.property, String(data), sample.meaning])
    }
    for line in table.lines { print("  " + line) }
    if paths {
      for sample in form.samples {
        print(
          "  \(sample.leaf.prefix(16))… → "
            + sample.path.map { "\($0.prefix(16))…" }.joined(separator: " → "))
      }
    }
    print(
      "sample root \(form.sampleRoot): \(form.rootsAgree ? "the samples lead to it" : "NOT what the samples give")"
    )
  }
}
