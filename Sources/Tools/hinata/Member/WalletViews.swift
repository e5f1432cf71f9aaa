// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import Chain
import CommandLineTool
import Ledger
import LedgerStore
import Quantities

/// A member's four sums.
struct WalletBalance: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "balance",
    abstract: "Purchased, received, used, amortised and balance coins of a member.")

  @OptionGroup var options: MemberOptions

  struct Form: Codable {
    let member: String
    let name: String
    let purchasedMcoin: UInt64
    let receivedMcoin: UInt64
    let usedMcoin: UInt64
    let retiredMcoin: UInt64
    let balanceMcoin: UInt64
    /// The balance once what waits in this folder is in a block.
    let balanceAheadMcoin: UInt64
  }

  func run() throws {
    try guarded {
      let store = try options.ledger.open()
      let id = try options.id(in: store)
      let coins = try store.coins(id)
      let ahead = try WalletLedger(store).sums(of: id)
      var name = ""
      if let member = try store.member(id) { name = member.record.name }
      if options.json {
        return try printJSON(
          Form(
            member: id.hex, name: name, purchasedMcoin: coins.purchased.value,
            receivedMcoin: coins.received.value, usedMcoin: coins.used.value,
            retiredMcoin: coins.retired.value, balanceMcoin: coins.balance.value,
            balanceAheadMcoin: ahead.balance.value))
      }
      print(name)
      var table = Table([.left, .right, .left])
      table.add(["purchased", "\(coins.purchased)", "minted for its own generation"])
      table.add(["received", "\(coins.received)", "from other members"])
      table.add(["used", "\(coins.used)", "sent to other members"])
      table.add(["amortised", "\(coins.retired)", "retired"])
      table.add(["balance", "\(coins.balance)", "still valid"])
      if ahead != coins {
        table.add(["then", "\(ahead.balance)", "once what waits in this folder is in a block"])
      }
      for line in table.lines { print("  " + line) }
    }
  }
}

/// A member's lots.
struct WalletLots: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lots", abstract: "The lots of a member with their provenance.")

  @OptionGroup var options: MemberOptions

  @Flag(help: "Retired lots too.")
  var all = false

  struct Form: Codable {
    let lot: String
    let amountMcoin: UInt64
    let site: String
    let periodStart: String
    let periodEnd: String
    let isWhole: Bool
    let isRetired: Bool
    let mint: String
  }

  func run() throws {
    try guarded {
      let store = try options.ledger.open()
      let lots = try store.lots(of: try options.id(in: store)).filter { all || !$0.lot.isRetired }
      if options.json {
        return try printJSON(
          lots.map { id, lot in
            Form(
              lot: id.hex, amountMcoin: lot.amount.value, site: lot.site.hex,
              periodStart: "\(lot.first)", periodEnd: "\(lot.first.advanced(by: lot.length))",
              isWhole: lot.isWhole, isRetired: lot.isRetired, mint: lot.mint.hex)
          })
      }
      var table = Table([.left, .right, .left, .left, .left])
      table.add(["lot", "amount", "generated from", "to", "site"])
      for (id, lot) in lots {
        var site = String(lot.site.hex.prefix(8))
        if let record = try store.site(lot.site) { site = record.name }
        table.add([
          id.hex, "\(lot.amount)", "\(lot.first)", "\(lot.first.advanced(by: lot.length))",
          site + (lot.isRetired ? " (retired)" : ""),
        ])
      }
      for line in table.lines { print(line) }
    }
  }
}

/// Value of other networks that was honoured for a member: no coins.
struct WalletForeign: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "foreign", abstract: "Value of other networks that was honoured for a member.")

  @OptionGroup var options: MemberOptions

  struct Form: Codable {
    let network: String
    let lot: String
    let energyWh: UInt64
    let periodStart: String
    let periodEnd: String
    let exchange: String
    let certificate: String
  }

  func run() throws {
    try guarded {
      let store = try options.ledger.open()
      let all = try store.foreignLots(of: try options.id(in: store))
      if options.json {
        return try printJSON(
          all.map {
            Form(
              network: $0.network.hex, lot: $0.lot.hex, energyWh: $0.energyWh,
              periodStart: "\($0.first)", periodEnd: "\($0.first.advanced(by: $0.length))",
              exchange: $0.exchange.hex, certificate: $0.certificate.hex)
          })
      }
      var table = Table([.left, .right, .left, .left, .left])
      table.add(["lot there", "energy", "generated from", "to", "network"])
      for lot in all {
        table.add([
          lot.lot.hex, "\(lot.energyWh) Wh", "\(lot.first)",
          "\(lot.first.advanced(by: lot.length))", "\(lot.network.hex.prefix(16))…",
        ])
      }
      for line in table.lines { print(line) }
    }
  }
}

/// What happened to a member's coins.
struct WalletHistory: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Mints, transfers and retirements of a member, oldest first.")

  @OptionGroup var options: MemberOptions

  struct Form: Codable {
    let height: UInt64
    let time: String
    let kind: String
    let transaction: String
    let lot: String
    /// Where the ledger still tells it.
    let amountMcoin: UInt64?
    let counterpart: String?
    let purpose: String?
  }

  func run() throws {
    try guarded {
      let store = try options.ledger.open()
      let id = try options.id(in: store)
      var forms = try store.transactions(naming: id.value).compactMap { try form($0, id, store) }
      // A mint names its site, not its member.
      var sites: [SiteId] = []
      try store.visitEntries(of: .site) { _, bytes in
        guard case .site(let site)? = try? StateEntry(.site, exactly: bytes),
          site.member == id
        else { return }
        sites.append(site.id)
      }
      for site in sites {
        forms += try store.transactions(naming: site.value).compactMap { try form($0, id, store) }
      }
      forms.sort { ($0.height, $0.transaction) < ($1.height, $1.transaction) }
      if options.json { return try printJSON(forms) }
      var table = Table([.right, .left, .left, .right, .left, .left])
      table.add(["block", "time", "what", "coins", "lot", "with or for"])
      for form in forms {
        table.add([
          "\(form.height)", form.time, form.kind,
          form.amountMcoin.map { "\(MilliCoins($0))" } ?? "–", String(form.lot.prefix(16)) + "…",
          try form.purpose ?? form.counterpart.map { try self.name($0, store) } ?? "",
        ])
      }
      for line in table.lines { print(line) }
    }
  }

  private func name(_ id: String, _ store: LedgerStore) throws -> String {
    try MemberId(hex: id).flatMap { try store.member($0)?.record.name } ?? "\(id.prefix(16))…"
  }

  /// What moved: stated by the transaction, or as the lot that it made says.
  private func amount(
    _ transaction: EncodedTransaction, _ store: LedgerStore
  ) throws -> MilliCoins? {
    switch transaction.transaction {
    case .mint(let mint): return mint.amount
    case .transfer(let transfer):
      if case .amount(let amount) = transfer.part { return amount }
    case .retire(let retire):
      if case .amount(let amount) = retire.part { return amount }
    default: return nil
    }
    return try store.lot(transaction.lotId(0))?.amount
  }

  private func form(
    _ placed: PlacedTransaction, _ id: MemberId, _ store: LedgerStore
  ) throws -> Form? {
    let amount = try amount(placed.transaction, store)
    func make(_ kind: String, _ lot: LotId, _ other: MemberId?, _ purpose: String? = nil) -> Form {
      Form(
        height: placed.block.height, time: "\(placed.block.time)", kind: kind,
        transaction: placed.transaction.id.hex, lot: lot.hex, amountMcoin: amount?.value,
        counterpart: other?.hex, purpose: purpose)
    }
    switch placed.transaction.transaction {
    case .mint(let mint): return make("minted", placed.transaction.lotId(0), mint.exchange)
    case .transfer(let transfer):
      return transfer.from == id
        ? make("sent", transfer.lot, transfer.to)
        : make("received", placed.transaction.lotId(0), transfer.from)
    case .retire(let retire):
      return make("retired", retire.lot, nil, "\(retire.purpose) · \(retire.beneficiary)")
    default: return nil
    }
  }
}
