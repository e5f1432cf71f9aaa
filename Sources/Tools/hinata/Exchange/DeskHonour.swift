// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import Certificates
import CommandLineTool
import Foundation
import Ledger
import LedgerFiles
import LedgerStore

/// A non-exclusive exchange takes value of other networks.
struct DeskHonour: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "honour",
    abstract: "Honour value of another network, by its certificate, once.",
    discussion: """
      The other network's coins must have been retired for a member of this one: as their beneficiary \
      stands what --beneficiary-of prints. The certificate proves from that network's genesis that its \
      approvers made the retirement final; value of an open network, where nothing is, is refused.

      Examples:
        hinata desk honour --data ~/exchange --genesis Genesis/street.json --beneficiary-of MEMBER
        hinata desk honour --data ~/exchange --genesis Genesis/street.json --foreign other.json \\
          --certificate june.json
      """)

  @OptionGroup var ledger: LedgerOptions

  @Option(help: "Id of a member: print what a foreign retirement has to name.")
  var beneficiaryOf: String?

  @Option(help: "Network file of the other network.")
  var foreign: String?

  @Option(help: "Certificate file of the retired value.")
  var certificate: String?

  func run() throws {
    try guarded {
      let own = try NetworkFile.load(ledger.genesis)
      if let beneficiaryOf {
        guard let member = MemberId(hex: beneficiaryOf) else {
          throw UsageError(description: "\(beneficiaryOf) is no id of 64 hexadecimal digits")
        }
        return print(ForeignValue.beneficiary(network: own.network, member: member))
      }
      guard let foreign, let certificate else {
        throw UsageError(description: "--foreign and --certificate are wanted")
      }
      let genesis = try NetworkFile.load(foreign)
      let bytes = try read(certificate)
      do {
        let verdict = try CertificateFile(reading: bytes).verify(genesis: genesis)
        let value = try ForeignValue(verdict.certificate, verdict.standing, into: own.network)
        let desk = try DeskStore(folder: ledger.data)
        guard
          try desk.honour(network: value.network, lot: value.lot, certificate: Array(bytes))
        else {
          throw CertificateFault.honouredBefore(value.lot)
        }
        print("\(value.energyWh) Wh of \(genesis.rules.name) for member \(value.member)…")
      } catch let fault as CertificateFault { throw refused(fault.description) }
    }
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
