// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import Chain
import CommandLineTool
import Foundation
import Ledger
import LedgerCrypto
import Metering
import Quantities
import Verification

/// One block.
struct VerifyBlock: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "block", abstract: "One block, with every law checked up to it and on it.")

  @OptionGroup var source: SourceOptions

  @Option(help: "Its height; or --hash.")
  var height: UInt64?

  @Option(help: "Its hash.")
  var hash: String?

  struct Form: Codable {
    let ok: Bool
    let height: UInt64
    let hash: String
    let previous: String
    let time: String
    let producer: String
    let transactions: [String]
  }

  func run() async throws {
    guard (height == nil) != (hash == nil) else { throw ValidationError("name --height or --hash") }
    var found: ConnectedBlock?
    _ = try await source.checked { connected in
      if connected.block.header.height == height || connected.hash.hex == hash {
        found = connected
      }
    }
    guard let found else {
      throw wrong("no such block above the genesis is on this chain", json: source.json)
    }
    let header = found.block.header
    let form = Form(
      ok: true, height: header.height, hash: found.hash.hex, previous: header.previous.hex,
      time: "\(header.time)", producer: header.producer.value.hex,
      transactions: found.block.transactions.map { "\($0.transaction.kind.name) \($0.id.hex)" })
    if source.json { return try printJSON(form) }
    print("block \(form.height)  \(form.hash)")
    print("  \(form.time), sealed by \(form.producer)")
    for transaction in form.transactions { print("  \(transaction)") }
    print("All laws hold on it.")
  }
}

/// One report.
struct VerifyReport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "One report, with the samples under it.",
    discussion: """
      The samples are the file that hinata evidence --out writes. They must lead to the report's sample \
      root, and their counters to its energy.

      Example:
        hinata-verify report ID --data DIR --genesis FILE --evidence report.samples
      """)

  @OptionGroup var source: SourceOptions

  @Argument(help: "Id of the report.")
  var report: String

  @Option(help: "File with the samples.")
  var evidence: String?

  struct Form: Codable {
    let ok: Bool
    let report: String
    let height: UInt64
    let site: String
    let first: String
    let next: String
    let generatedWh: Int64
    let consumedWh: Int64
    let sampleRoot: String
    /// agrees, otherEnergy, otherRoot; nil without samples.
    let evidence: String?
  }

  func run() async throws {
    guard let id = TransactionId(hex: report) else { throw ValidationError("\(report) is no id") }
    var found: (report: Report, height: UInt64)?
    let verdict = try await source.checked { connected in
      for transaction in connected.block.transactions where transaction.id == id {
        if case .report(let report) = transaction.transaction {
          found = (report, connected.block.header.height)
        }
      }
    }
    guard let (report, height) = found else {
      throw wrong("the chain has no report \(self.report)", json: source.json)
    }
    var finding: AuditNote.Finding?
    if let evidence {
      guard let data = FileManager.default.contents(atPath: evidence) else {
        Screen.note("hinata-verify: \(evidence) cannot be read")
        throw ExitCode(2)
      }
      guard let site = try verdict.state.site(report.site) else {
        throw wrong("the report's site is unknown", json: source.json)
      }
      finding = EvidenceAudit.finding(on: report, bytes: Array(data), offset: site.utcOffset)
    }
    let form = Form(
      ok: finding == nil || finding == .agrees, report: id.hex, height: height,
      site: report.site.hex, first: "\(report.first)", next: "\(report.next)",
      generatedWh: report.total(.generated).value, consumedWh: report.total(.consumed).value,
      sampleRoot: report.sampleRoot.hex, evidence: finding.map { "\($0)" })
    if source.json {
      try printJSON(form)
    } else {
      print("report in block \(height), \(form.first) to \(form.next)")
      print("  generated \(form.generatedWh) Wh, consumed \(form.consumedWh) Wh")
      if let finding { print("  the samples: \(finding)") }
    }
    if !form.ok { throw ExitCode(1) }
  }
}

/// Two chains.
struct VerifyDiff: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Where the chains of two nodes part.",
    discussion: """
      Both are checked. Exit code 0 where one is the beginning of the other, 1 where they part.

      Example:
        hinata-verify diff --data A --with B --genesis Genesis/street.json
      """)

  @OptionGroup var source: SourceOptions

  @Option(help: "The other data folder or chain file.")
  var with: String

  struct Form: Codable {
    let ok: Bool
    let heights: [UInt64]
    /// The last height that both share.
    let common: UInt64
    let commonHash: String
    /// Accumulated work decides which is the chain: 0 the first, 1 the other, nil the same.
    let more: Int?
  }

  func run() async throws {
    var other = source
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: with, isDirectory: &isFolder)
    other.data = isFolder.boolValue ? with : nil
    other.file = isFolder.boolValue ? nil : with
    other.resume = nil
    var chains: [[BlockHash]] = []
    var works: [UInt256] = []
    for source in [source, other] {
      var hashes: [BlockHash] = []
      var work = UInt256.zero
      _ = try await source.checked { connected in
        hashes.append(connected.hash)
        let target = CompactTarget.expand(connected.block.header.target)
        work = work.addingSaturated(target?.work ?? .zero)
      }
      chains.append(hashes)
      works.append(work)
    }
    let common = zip(chains[0], chains[1]).prefix { $0 == $1 }.count
    let form = Form(
      ok: common == min(chains[0].count, chains[1].count),
      heights: chains.map { UInt64($0.count) }, common: UInt64(common),
      commonHash: common > 0 ? chains[0][common - 1].hex : "the genesis block",
      more: works[0] == works[1] ? nil : works[0] > works[1] ? 0 : 1)
    if source.json {
      try printJSON(form)
    } else {
      print("heights \(form.heights[0]) and \(form.heights[1]); common up to \(form.common)")
      print("  \(form.commonHash)")
      print(form.ok ? "One is the beginning of the other." : "They part above that block.")
      if let more = form.more { print("The \(more == 0 ? "first" : "second") has more work.") }
    }
    if !form.ok { throw ExitCode(1) }
  }
}
