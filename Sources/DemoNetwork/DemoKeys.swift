public import CanonicalCoding
public import Ledger
public import LedgerCrypto
public import Quantities

/// The keys of the demo network. They are public on purpose: everybody may play every part, and
/// nothing in it is worth anything.
public enum DemoKeys {
  /// The parts of the demo.
  public enum Part: String, CaseIterable, Sendable {
    case `operator`, exchange, member, site
  }

  /// The password of all key files of the demo.
  public static let password = "demo"

  /// The seed of a part's key.
  public static func seed(_ part: Part) -> Bytes32 {
    SHA256.digest(Array("hinata demo network: \(part.rawValue)".utf8))
  }

  /// The key of a part.
  public static func key(_ part: Part) -> KeyPair { KeyPair(seed: seed(part)) }
}

/// The home of the demo: its member and site as the demo's operator admits them.
public enum DemoHome {
  /// The home's member.
  public static let member = MemberRecord(
    kind: .consumer, name: "Demo home", key: DemoKeys.key(.member).publicKey)

  /// The home's site, with PV of `capacityW`.
  public static func site(
    capacityW: UInt32, offset: UTCOffset, activeFrom: Interval
  ) -> SiteRecord {
    SiteRecord(
      member: member.id, key: DemoKeys.key(.site).publicKey, name: "Demo roof",
      method: .photovoltaic, role: .production, capacityW: capacityW, batteryWh: 0,
      gridArea: "tokyo", region: "JP-13", position: position, utcOffset: offset,
      deviceName: "Emulated PV", deviceId: "HINATA-HOUSE-1", technology: "T010101",
      commissionedDay: activeFrom.day, activeFrom: activeFrom)
  }

  private static let position =
    CoarsePosition(latitudeTenths: 357, longitudeTenths: 1397) ?? CoarsePosition.origin

  /// The operator's transactions that let the home in.
  public static func admission(
    site: SiteRecord, genesis: Genesis
  ) -> [EncodedTransaction] {
    let key = DemoKeys.key(.operator)
    guard let `operator` = genesis.members.first(where: { $0.kind == .operator }) else {
      return []
    }
    return [
      EncodedTransaction(
        .admitMember(
          AdmitMember(
            operator: `operator`.id, record: member, network: genesis.network, signedBy: key))),
      EncodedTransaction(
        .registerSite(
          RegisterSite(
            operator: `operator`.id, record: site, network: genesis.network, signedBy: key))),
    ]
  }
}
