// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Ledger
import Quantities

extension Certificate {
  /// One stated attribute: its name in files, and its value as text.
  public struct Attribute: Hashable, Sendable {
    public let name: String
    public let value: String
  }

  /// Everything that the certificate states, in the order in which it is shown. Verification
  /// compares each with what the proof gives.
  public var attributes: [Attribute] { identity + device + energy + end }

  private func attribute(_ name: String, _ value: some CustomStringConvertible) -> Attribute {
    Attribute(name: name, value: value.description)
  }

  private var identity: [Attribute] {
    [
      attribute("certificate_id", id.hex), attribute("network", networkName),
      attribute("network_id", network.hex), attribute("issuer", exchange.name),
      attribute("issuer_id", exchange.id.hex), attribute("issue_time", issued),
      attribute("status", "retired"),
    ]
  }

  private var device: [Attribute] {
    [
      attribute("producer", producer.name), attribute("producer_id", producer.id.hex),
      attribute("site", site.name), attribute("site_id", site.id.hex),
      attribute("energy_carrier", "electricity"),
      attribute("energy_source", "\(site.method)"), attribute("technology", site.technology),
      attribute("device_name", site.deviceName), attribute("device_id", site.deviceId),
      attribute("commissioned", CalendarDate(dayNumber: Int64(site.commissionedDay))),
      attribute("capacity_w", site.capacityW),
      attribute("production_or_storage", "\(site.role)"), attribute("region", site.region),
      attribute("grid_area", site.gridArea),
      attribute("location", degrees(site.position)),
      attribute("support_received", "\(site.support)"),
    ]
  }

  private func degrees(_ position: CoarsePosition) -> String {
    func text(_ tenths: Int) -> String {
      "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
    }
    return "\(text(position.latitudeTenths)),\(text(position.longitudeTenths))"
  }

  private var energy: [Attribute] {
    [
      attribute("period_start", first.start),
      attribute("period_end", first.advanced(by: length).start),
      attribute("intervals", length),
      attribute("share", isWholePeriod ? "all of the period" : "a share of the period"),
      attribute("energy_wh", energyWh), attribute("amount_mcoin", amount.value),
      attribute("generated_in_period_wh", known(generatedWh)),
      attribute("fed_in_of_period_wh", known(fedInWh)),
      attribute("mint", mint.hex),
    ]
  }

  private func known(_ energyWh: UInt64?) -> String { energyWh.map { "\($0)" } ?? "unknown" }

  private var end: [Attribute] {
    let matched = consumption.map { consumption in
      "site \(consumption.site.hex): "
        + consumption.matches.map { "\($0.interval) \($0.energyWh) Wh" }.joined(separator: ", ")
    }
    return [
      attribute("owner", owner.name), attribute("owner_id", owner.id.hex),
      attribute("beneficiary", beneficiary), attribute("purpose", purpose),
      attribute("matched_consumption", matched ?? "none"),
      attribute("expiry", "none: a retired value is used up"),
      attribute("disclosure", "exclusive: the retired value is used here and nowhere else"),
      attribute("retirement", retirement.hex),
    ]
  }

  /// Holds what is stated against what is proven: nothing may differ, be missing or be added.
  public func check(_ stated: [String: String]) throws(CertificateFault) {
    for attribute in attributes {
      guard stated[attribute.name] == attribute.value else {
        throw .altered(
          field: attribute.name, stated: stated[attribute.name] ?? "", proven: attribute.value)
      }
    }
    let known = Set(attributes.map(\.name))
    for name in stated.keys.sorted() where !known.contains(name) {
      throw .altered(field: name, stated: stated[name] ?? "", proven: "")
    }
  }
}
