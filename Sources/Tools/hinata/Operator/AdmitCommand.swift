// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chain
import CommandLineTool
import Foundation
import JoinFiles
import Joining
import Ledger
import LedgerStore
import QRCodes
import Quantities

/// The operator looks at a request and lets a household in.
struct AdmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "admit", abstract: "Review a household's request and admit it (operator).",
    discussion: """
      Shows what the request says and what the chain says about it, asks, and signs the admission of member and \
      site with the operator's key. The transactions wait in the data folder until its node seals them. With \
      --replaces another member is suspended first: the household lost its keys and asks anew; its old lots stay \
      on the chain and provable.

      Examples:
        hinata admit join-request.json --data ~/.local/state/hinata --genesis Genesis/demo.json --key operator.key
        hinata admit hinata-join:AbC… --data ~/.local/state/hinata --genesis Genesis/demo.json --key operator.key --yes
        hinata admit join-request.json … --replaces ID
      """)

  @OptionGroup var common: OperatorCommand.Common
  @Argument(help: "The request's file, or the text of its QR code.") var request: String
  @Flag(help: "Do not ask, unless there is something to weigh.") var yes = false
  @Flag(help: "Do not ask even then.") var acceptWarnings = false
  @Option(help: "Id of a member that this one replaces; it is suspended.") var replaces: String?
  @Flag(help: "Print JSON, ask nothing and, without --yes, do nothing.") var json = false

  private struct Form: Codable {
    let member: String
    let site: String
    let findings: [String]
    let forbidden: Bool
    let admitted: Bool
    let knownCheckpoint: String?
  }

  func run() throws {
    try guarded {
      let asked = try JoinRequestFile.read(request)
      let store = try common.open()
      let replaced = try replaced(in: store)
      let admission = try store.admission(
        of: asked, replacing: replaced, now: try now(of: store))
      let review = admission.review
      if !json { show(asked, review) }
      let isWanted = try !review.isForbidden && confirmed(review)
      if isWanted {
        // All of it waits at once, so that one block can hold it: the next may be a period later.
        let (by, pair) = try common.signer(in: store)
        try store.addPending(
          admission.transactions(by: by, signedBy: pair).map { EncodedTransaction($0) })
      }
      if json {
        try printJSON(
          Form(
            member: asked.site.member.hex, site: asked.site.id.hex,
            findings: review.findings.map(\.description), forbidden: review.isForbidden,
            admitted: isWanted, knownCheckpoint: try store.knownCheckpoint()?.description))
      } else {
        print(isWanted ? "admitted: site \(asked.site.id.hex)" : "not admitted")
        if isWanted { try showCheckpoint(store) }
      }
      guard isWanted || (json && !yes && !review.isForbidden) else { throw ExitCode(1) }
    }
  }

  private func replaced(in store: LedgerStore) throws -> MemberId? {
    try replaces.map { try store.member(named: $0) }
  }

  /// The network's time: the wall's, or in a demo whose clock runs faster that of the newest block.
  private func now(of store: LedgerStore) throws -> NetworkTime {
    guard store.genesis.rules.clockFactor != 1 else {
      return NetworkTime(seconds: UInt64(max(0, Date().timeIntervalSince1970)))
    }
    return try store.newestTime()
  }

  private func show(_ asked: JoinRequest, _ review: JoinReview) {
    var table = Table([.left, .left])
    for row in JoinSummary.rows(asked) { table.add([row.name, row.value]) }
    for line in table.lines { print(line) }
    for finding in review.findings { print("\(finding.forbids ? "✗" : "!") \(finding)") }
    if review.isClean { print("✓ nothing on the chain speaks against it") }
  }

  /// What the new box may hold on to, whatever chain it is shown.
  private func showCheckpoint(_ store: LedgerStore) throws {
    guard let known = try store.knownCheckpoint()?.description else { return }
    print("for the new box, so that no other chain can lead it astray:")
    print("  hinatad --set store.knownCheckpoint=\(known)")
    if isatty(STDOUT_FILENO) == 1 { print(try QRCode(known).text) }
  }

  private func confirmed(_ review: JoinReview) throws -> Bool {
    if yes, review.isClean || acceptWarnings { return true }
    guard !json, isatty(STDIN_FILENO) == 1 else {
      if yes, !json { Screen.note("there is something to weigh: add --accept-warnings") }
      return false
    }
    print("Admit? [y/N] ", terminator: "")
    fflush(nil)
    return readLine()?.lowercased().hasPrefix("y") ?? false
  }
}
