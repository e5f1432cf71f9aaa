// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import CertificatePages
import Certificates
import CommandLineTool
import Foundation
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerStore
import Proofs
import Quantities

/// Makes a buyer's statement of a period.
struct StatementCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "statement",
    abstract: "State what a member retired of a period's generation, with the use beside it.",
    discussion: """
      All lots of one owner and one beneficiary that were generated in the days from --first to --last are \
      in one file with one proof; beside them what the owner's sites used, half hour by half hour. Whoever \
      has it and the network file can verify it, offline: hinata-verify statement. A day is written \
      2026-08-31, a whole month 2026-08. With --page a page to print is made as well, signed with the \
      owner's or the exchange's key.

      Examples:
        hinata statement --member "Sato Foods" --first 2026-08 --last 2026-08 --out august.json
        hinata statement --member "Sato Foods" --beneficiary "Sato Foods" --first 2026-04-01 --last 2027-03-31 \
          --out 2026.json --page 2026.html --key member.key --language ja
      """)

  @OptionGroup var ledger: LedgerOptions
  @OptionGroup var reader: ReaderOptions

  @Option(help: "Who retired: a member's name or id.")
  var member: String

  @Option(help: "In whose name; needed where there are several.")
  var beneficiary: String?

  @Option(help: "First day, or its month.")
  var first: String

  @Option(help: "Last day, or its month.")
  var last: String

  @Option(help: "The file to write.")
  var out: String

  @Option(help: "The page to write.")
  var page: String?

  @Option(help: "Key file that signs the page.")
  var key: String?

  @Option(help: "Address of a node's explorer for the QR code.")
  var link: String?

  func run() throws {
    try guarded {
      guard (page == nil) == (key == nil) else {
        throw UsageError(description: "--page and --key go together: the page is signed")
      }
      guard link.map({ $0.hasPrefix("https://") || $0.hasPrefix("http://") }) ?? true else {
        throw UsageError(description: "--link \(link ?? "") is no http address")
      }
      let days = try days()
      let store = try ledger.open()
      let owner = try store.member(named: member, isLoose: true)
      let pair = try key.map {
        try KeyFile.open($0, password: try KeyCommand.password(twice: false))
      }
      let (statement, proof) = try state(owner, days, in: store)
      if let pair {
        let signers = [statement.owner.key] + statement.certificates.map(\.exchange.key)
        guard signers.contains(pair.publicKey) else {
          throw UsageError(
            description: "--key \(key ?? "") is neither the owner's nor an exchange's")
        }
      }
      let headers =
        store.genesis.rules.hasFinality
        ? nil : try HeaderChain(store.genesis, store.sealedHeaders())
      let file = StatementFile(statement, proof: proof, headers: headers)
      try file.bytes().write(to: URL(fileURLWithPath: out), options: .atomic)
      show(statement, proof)
      guard let page, let pair else { return }
      let path =
        "members/\(statement.owner.id.hex)/statement?"
        + StatementSheet.query(days, for: statement.beneficiary)
      let html = try StatementSheet.html(
        file, statement, days: days, reader.language,
        link: link.map { "\($0)/\(path)" } ?? "hinata:\(statement.networkName)/\(path)")
      try Data(
        ProvenPage<StatementFile>.signed(html, network: store.network, by: pair).utf8
      ).write(to: URL(fileURLWithPath: page), options: .atomic)
      print("  page: \(page)")
    }
  }

  private func show(_ statement: Statement, _ proof: StatementProof) {
    print("statement \(statement.id.hex)")
    print(
      "  \(Thousandths.text(statement.energyWh)) kWh for \(statement.beneficiary) in "
        + "\(statement.certificates.count) lots")
    if statement.suppliedWh > 0 {
      print(
        "  \(Thousandths.text(statement.matchedWh)) of \(Thousandths.text(statement.suppliedWh)) kWh of use "
          + "matched in the half hour of generation")
    }
    print(
      "  proof of \(proof.ownByteCount) bytes on \(proof.basis.bytes.count) that make it final: \(out)"
    )
  }

  /// The days that are asked for.
  private func days() throws -> ClosedRange<CalendarDate> {
    func day(_ text: String, _ name: String, isLast: Bool) throws -> CalendarDate {
      if let day = CalendarDate(text: text) { return day }
      guard let month = CalendarDate(text: text + "-01"),
        let end = CalendarDate(
          year: month.year, month: month.month,
          day: CalendarDate.days(inMonth: month.month, of: month.year))
      else {
        throw UsageError(
          description: "\(name) \(text) is no day such as 2026-08-31 and no month such as 2026-08")
      }
      return isLast ? end : month
    }
    let from = try day(first, "--first", isLast: false)
    let to = try day(last, "--last", isLast: true)
    guard from <= to else {
      throw UsageError(description: "--last \(to) is before --first \(from)")
    }
    guard to.dayNumber - from.dayNumber < 366 else {
      throw UsageError(description: "\(from) to \(to) is more than a year: state it year by year")
    }
    return from...to
  }

  private func state(
    _ owner: MemberId, _ days: ClosedRange<CalendarDate>, in store: LedgerStore
  ) throws -> (Statement, StatementProof) {
    var sites: [SiteRecord] = []
    try store.visitEntries(of: .site) { _, bytes in
      let site = try SiteRecord(exactly: bytes)
      if site.member == owner { sites.append(site) }
    }
    let offset = sites.first?.utcOffset ?? .japan
    let period =
      offset.interval(
        day: UInt32(clamping: days.lowerBound.dayNumber), slot: 0)..<offset.interval(
        day: UInt32(clamping: days.upperBound.dayNumber + 1), slot: 0)
    let items = try items(of: owner, in: period, store)
    let most = Int(StatementProof.lotCount.upperBound)
    guard items.count <= most else {
      throw UsageError(
        description: "\(items.count) lots: a statement has at most \(most); state fewer days")
    }
    guard
      let plan = try StatementPlan(
        items, period: period, users: sites.prefix(16).map(\.id), in: store),
      let (basis, entries) = try store.proofs(of: plan.keys)
    else { throw UsageError(description: "nothing is final on this chain yet") }
    let proof = plan.proof(on: basis, entries)
    do { return (try Statement(proof, genesis: store.genesis), proof) } catch {
      if case .notRetired = error {
        throw UsageError(description: "not all of it is final yet: try again in some hours")
      }
      throw error
    }
  }

  /// The retired lots of the period, in the name that is asked for.
  private func items(
    of owner: MemberId, in period: Range<Interval>, _ store: LedgerStore
  ) throws -> [StatementPlan.Item] {
    var (items, names) = ([StatementPlan.Item](), Set<String>())
    var mints: [TransactionId: EncodedTransaction] = [:]
    for (id, lot) in try store.lots(of: owner)
    where lot.isRetired && lot.first >= period.lowerBound
      && lot.first.advanced(by: lot.length) <= period.upperBound
    {
      let ended = try store.transactions(naming: id.value).last { $0.transaction.lotId(0) == id }
      guard let retirement = ended?.transaction,
        case .retire(let retire) = retirement.transaction
      else { continue }
      names.insert(retire.beneficiary)
      guard beneficiary == nil || beneficiary == retire.beneficiary else { continue }
      if mints[lot.mint] == nil {
        mints[lot.mint] = try store.proof(of: lot.mint)?.proof.transaction
      }
      guard let mint = mints[lot.mint] else {
        throw UsageError(
          description: "the bodies of old blocks were pruned here: ask an archive's explorer")
      }
      items.append(StatementPlan.Item(id: id, lot: lot, mint: mint, retirement: retirement))
    }
    guard !names.isEmpty else {
      throw UsageError(description: "\(member) retired nothing that was generated in these days")
    }
    let known = names.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
    guard !items.isEmpty, beneficiary != nil || names.count == 1 else {
      throw UsageError(description: "--beneficiary is one of: \(known)")
    }
    return items
  }
}
