// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Certificates
public import Ledger
import LedgerCrypto
public import Proofs
import Quantities

/// Value of another network that was retired there for the good of a member here. Its retirement
/// names this network and the member as the beneficiary, so that no third network can take the same
/// value.
public struct ForeignValue: Hashable, Sendable {
  /// The network that it comes from, and the retired lot there.
  public let network: NetworkId
  public let lot: LotId
  /// Who may use it here, by the first half of its id.
  public let member: String
  public let energyWh: UInt64

  /// What a retirement has to state as its beneficiary to be honoured in `network` for `member`.
  public static func beneficiary(network: NetworkId, member: MemberId) -> String {
    "hinata:\(network.hex):\(member.hex.prefix(32))"
  }

  /// The value that a foreign certificate carries into `network`.
  /// - Parameters:
  ///   - certificate: verified against the other network's genesis.
  ///   - standing: what it stands on there: final, or it is refused.
  public init(
    _ certificate: Certificate, _ standing: Standing, into network: NetworkId
  ) throws(CertificateFault) {
    if case .worked(let worked) = standing {
      throw .onlyWorked(confirmations: worked.confirmations, work: "\(worked.work)")
    }
    guard certificate.network != network else {
      throw .ownNetwork
    }
    let parts = certificate.beneficiary.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "hinata", parts[1] == network.hex, parts[2].count == 32
    else {
      throw .notForMember(beneficiary: certificate.beneficiary)
    }
    self.network = certificate.network
    lot = certificate.id
    member = String(parts[2])
    energyWh = certificate.energyWh
  }
}
