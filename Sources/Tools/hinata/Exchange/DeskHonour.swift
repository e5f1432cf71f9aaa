// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import Certificates
import CommandLineTool
import Foundation
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerStore
import Quantities

/// A non-exclusive exchange takes value of other networks.
struct DeskHonour: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "honour",
    abstract: "Honour value of another network, by its certificate, once.",
    discussion: """
      The other network's coins must have been retired for a member of this one: as their beneficiary \
      stands what --beneficiary-of prints. The certificate proves from that network's genesis that its \
      approvers made the retirement final; value of an open network, where nothing is, is refused. \
      What is honoured is written on the chain: no other desk can honour it again.

      Examples:
        hinata desk honour --data ~/exchange --genesis Genesis/street.json --beneficiary-of MEMBER
        hinata desk honour --data ~/exchange --genesis Genesis/street.json --key exchange.key \\
          --foreign other.json --certificate june.json
      """)

  @OptionGroup var ledger: LedgerOptions

  @Option(help: "Id of a member: print what a foreign retirement has to name.")
  var beneficiaryOf: String?

  @Option(help: "Key file of the exchange.")
  var key: String?

  @Option(help: "Network file of the other network.")
  var foreign: String?

  @Option(help: "Certificate file of the retired value.")
  var certificate: String?

  func run() throws {
    try guarded {
      let own = try NetworkFile.load(ledger.genesis)
      if let beneficiaryOf {
        let member =
          try MemberId(hex: beneficiaryOf)
          ?? ledger.open().member(named: beneficiaryOf)
        return print(ForeignValue.beneficiary(network: own.network, member: member))
      }
      guard let foreign, let certificate, let key else {
        throw UsageError(description: "--foreign, --certificate and --key are wanted")
      }
      let genesis = try NetworkFile.load(foreign)
      let bytes = try read(certificate)
      do {
        let verdict = try CertificateFile(reading: bytes).verify(genesis: genesis)
        let value = try ForeignValue(verdict.certificate, verdict.standing, into: own.network)
        let lot = try honour(value, verdict.certificate, bytes, key)
        print("\(lot.energyWh) Wh of \(genesis.rules.name) for member \(lot.member.hex)")
        print("it waits for a block; hinata wallet foreign shows it once it is there")
      } catch let fault as CertificateFault { throw refused(fault.description) }
    }
  }

  /// Signs what is honoured and lets it wait for a block; the certificate stays with the desk.
  private func honour(
    _ value: ForeignValue, _ certificate: Certificate, _ bytes: Data, _ key: String
  ) throws -> ForeignLot {
    let (store, exchange, pair) = try SpendOptions.open(ledger, key)
    let members = try store.members(beginning: value.member)
    guard members.count == 1, let member = members.first else {
      throw UsageError(description: "the network has no member \(value.member)…")
    }
    let lot = ForeignLot(
      exchange: exchange, member: member, network: value.network, lot: value.lot,
      energyWh: value.energyWh, first: certificate.first, length: certificate.length,
      certificate: SHA256.digest(Array(bytes)))
    let waits = try store.pending().contains {
      if case .honour(let other) = $0.transaction {
        other.value.lot == lot.lot && other.value.network == lot.network
      } else {
        false
      }
    }
    guard try store.entry(ForeignLot.key(network: lot.network, lot: lot.lot)) == nil, !waits else {
      throw CertificateFault.honouredBefore(value.lot)
    }
    let honour = EncodedTransaction(
      .honour(Honour(lot, network: store.network, signedBy: pair)))
    var ahead = try WalletLedger(store)
    try ahead.add([honour])
    try DeskStore(folder: ledger.data).keep(certificate: Array(bytes), of: lot)
    try store.addPending(honour)
    return lot
  }

  private func refused(_ reason: String) -> ExitCode {
    Screen.note("hinata: refused: \(reason)")
    return ExitCode(1)
  }

  private func read(_ path: String) throws -> Data {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageError(description: "\(path) cannot be read")
    }
    return data
  }
}
