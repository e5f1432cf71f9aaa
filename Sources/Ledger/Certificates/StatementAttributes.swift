// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Ledger
import Quantities

extension Statement {
  /// What the statement says as a whole, in the order in which it is shown. Verification compares
  /// each with what the proof gives.
  public var attributes: [Certificate.Attribute] {
    func attribute(_ name: String, _ value: some CustomStringConvertible) -> Certificate.Attribute {
      Certificate.Attribute(name: name, value: value.description)
    }
    let unknown = users.reduce(0) { $0 + $1.unknown }
    return [
      attribute("statement_id", id.hex), attribute("network", networkName),
      attribute("network_id", network.hex), attribute("owner", owner.name),
      attribute("owner_id", owner.id.hex), attribute("beneficiary", beneficiary),
      attribute("period_start", first.start), attribute("period_end", end.start),
      attribute("certificates", certificates.count), attribute("energy_carrier", "electricity"),
      attribute("energy_wh", energyWh), attribute("amount_mcoin", amount.value),
      attribute("sources", sources.map(Statement.words).joined(separator: "; ")),
      attribute("fed_in_of_periods_wh", fedIn),
      attribute("use_of", users.map(Statement.words).joined(separator: "; ")),
      attribute("used_wh", suppliedWh), attribute("matched_wh", matchedWh),
      attribute("unknown_half_hours", unknown),
      attribute("disclosure", "exclusive: the retired value is used here and nowhere else"),
    ]
  }

  /// What of the generation of all the lots' periods went into the grid. Parts of a lot have one
  /// period, which counts once.
  private var fedIn: String {
    var sum: UInt64 = 0
    var seen: Set<Certificate.Period> = []
    for certificate in certificates where seen.insert(certificate.period).inserted {
      guard let fedIn = certificate.fedInWh else { return "unknown" }
      sum = sum.addingUpToMax(fedIn)
    }
    return "\(sum)"
  }

  /// A site whose use is shown: others of the owner may not be.
  private static func words(_ user: User) -> String {
    "\(Statement.quoted(user.site.name)) (\(user.site.id.hex))"
  }

  /// A name that cannot look like a further part of the list.
  private static func quoted(_ name: String) -> String {
    "\"\(name.replacing("\"", with: "'"))\""
  }

  private static func words(
    _ source: (site: SiteRecord, producer: MemberRecord, energyWh: UInt64)
  ) -> String {
    let site = source.site
    return
      "\(source.energyWh) Wh of \(quoted(site.name)) (\(site.method), \(site.region), support \(site.support), "
      + "\(site.id.hex))"
  }

  /// What each certificate says in a statement's list, by name.
  public var rows: [[String: String]] {
    certificates.map { certificate in
      [
        "certificate_id": certificate.id.hex, "period_start": "\(certificate.first.start)",
        "intervals": "\(certificate.length)", "energy_wh": "\(certificate.energyWh)",
        "site_id": certificate.site.id.hex, "purpose": certificate.purpose,
        "retirement": certificate.retirement.hex,
      ]
    }
  }

  /// Holds what is stated against what is proven: nothing may differ, be missing or be added.
  public func check(
    _ stated: [String: String], rows statedRows: [[String: String]]
  ) throws(CertificateFault) {
    for attribute in attributes where stated[attribute.name] != attribute.value {
      throw .altered(
        field: attribute.name, stated: stated[attribute.name] ?? "", proven: attribute.value)
    }
    let known = Set(attributes.map(\.name))
    for name in stated.keys.sorted() where !known.contains(name) {
      throw .altered(field: name, stated: stated[name] ?? "", proven: "")
    }
    let proven = rows
    guard statedRows.count == proven.count else {
      throw .altered(
        field: "certificates", stated: "\(statedRows.count)", proven: "\(proven.count)")
    }
    for (row, mine) in zip(statedRows, proven) where row != mine {
      let name = Set(row.keys).union(mine.keys).sorted().first { row[$0] != mine[$0] } ?? ""
      throw .altered(
        field: "\(name) of certificate \((mine["certificate_id"] ?? "").prefix(10))",
        stated: row[name] ?? "", proven: mine[name] ?? "")
    }
  }
}

extension Certificate {
  /// A site's half hours, which parts of one lot share.
  struct Period: Hashable {
    let site: SiteId
    let first: Interval
    let length: UInt32
  }

  var period: Period { Period(site: site.id, first: first, length: length) }
}
