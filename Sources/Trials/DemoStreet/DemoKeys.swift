// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
public import LedgerCrypto
public import Quantities

/// The keys of the demo network. They are public on purpose: everybody may play every part, and
/// nothing in it is worth anything.
public enum DemoKeys {
  /// The parts of the demo.
  public enum Part: String, CaseIterable, Sendable {
    case `operator`, exchange, member, site, company
  }

  /// The password of all key files of the demo.
  public static let password = "demo"

  /// The seed of a part's key; homes are numbered from 1.
  public static func seed(_ part: Part, home: Int = 1) -> Bytes32 {
    let name = home == 1 ? part.rawValue : "\(part.rawValue) \(home)"
    return SHA256.digest(Array("hinata demo network: \(name)".utf8))
  }

  /// The key of a part.
  public static func key(_ part: Part, home: Int = 1) -> KeyPair {
    KeyPair(seed: seed(part, home: home))
  }
}

/// The home of the demo: its member and site as the demo's operator admits them.
public enum DemoHome {
  /// A home's member; homes are numbered from 1.
  public static func member(_ home: Int = 1) -> MemberRecord {
    MemberRecord(
      kind: .consumer, name: home == 1 ? "Demo home" : "Demo home \(home)",
      key: DemoKeys.key(.member, home: home).publicKey)
  }

  /// A home's site, with PV of `capacityW`.
  public static func site(
    _ home: Int = 1, capacityW: UInt32, offset: UTCOffset, activeFrom: Interval
  ) -> SiteRecord {
    SiteRecord(
      member: member(home).id, key: DemoKeys.key(.site, home: home).publicKey,
      name: home == 1 ? "Demo roof" : "Demo roof \(home)",
      method: .photovoltaic, role: .production, capacityW: capacityW, batteryWh: 0,
      gridArea: "tokyo", region: "JP-13", position: position, utcOffset: offset,
      deviceName: "Emulated PV", deviceId: "HINATA-HOUSE-\(home)", technology: "T010101",
      commissionedDay: activeFrom.day, activeFrom: activeFrom)
  }

  private static let position =
    CoarsePosition(latitudeTenths: 357, longitudeTenths: 1397) ?? CoarsePosition.origin

  /// The operator's transactions that let the home in.
  public static func admission(
    _ home: Int = 1, site: SiteRecord, genesis: Genesis
  ) -> [EncodedTransaction] {
    let key = DemoKeys.key(.operator)
    guard let `operator` = genesis.members.first(where: { $0.kind == .operator }) else {
      return []
    }
    return [
      EncodedTransaction(
        .admitMember(
          AdmitMember(
            operator: `operator`.id, record: member(home), network: genesis.network, signedBy: key))
      ),
      EncodedTransaction(
        .registerSite(
          RegisterSite(
            operator: `operator`.id, record: site, network: genesis.network, signedBy: key))),
    ]
  }
}
