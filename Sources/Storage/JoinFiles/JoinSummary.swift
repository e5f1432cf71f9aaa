// SPDX-License-Identifier: Apache-2.0

public import Joining
import Ledger
import LedgerFiles
import Quantities

/// What a request says, for people.
public enum JoinSummary {
  /// Names and values in their order.
  public static func rows(_ request: JoinRequest) -> [(name: String, value: String)] {
    let site = request.site
    var rows: [(name: String, value: String)] = []
    if let member = request.member {
      let kind = NetworkFile.kinds.first { $0.value == member.kind }?.key ?? "\(member.kind)"
      rows += [("member", member.name), ("kind", kind), ("member_id", member.id.hex)]
    } else {
      rows.append(("member_id", site.member.hex))
    }
    let prefecture = Prefecture(site.region).map { " (\($0.english))" } ?? ""
    rows += [
      ("site", site.name), ("site_id", site.id.hex), ("method", "\(site.method)"),
      ("capacity_w", "\(site.capacityW)"), ("battery_wh", "\(site.batteryWh)"),
      ("connection_w", "\(site.connectionW)"),
      ("region", site.region + prefecture), ("grid_area", site.gridArea),
      ("device", "\(site.deviceName) \(site.deviceId)"),
      ("commissioned", "\(CalendarDate(dayNumber: Int64(site.commissionedDay)))"),
      ("support", "\(site.support)"),
      ("active_from", "\(site.activeFrom)"), ("network", request.network.hex),
    ]
    return rows
  }
}
