// SPDX-License-Identifier: Apache-2.0

import Charts
import ExplorerIndex
import HomeEnergy
import Ledger
import MeterServices
import Quantities

/// How energy is drawn everywhere: above zero what a home had, by where it came from, below zero
/// what it sold, and its consumption as a line. What rises above the line went into a store.
enum EnergyPicture {
  /// A chart of bars with their numbers, without its marks.
  /// - Parameter unknown: the flows of each bar that are partly unknown; nil where nothing is known
  ///   of it.
  static func chart(
    _ view: View, _ title: String, id: String, _ bars: [HomeFlows], names: [String],
    unknown: (Int) -> Set<EnergyFlow>? = { _ in [] }
  ) -> BarChart {
    let supplies = bars.map { HomeSupply($0) }
    var chart = BarChart(title, id: id, slots: bars.count)
    let parts: [(String, String, KeyPath<HomeSupply, UInt64>)] = [
      (view.t("own generation", "自家発電"), "sun", \.sun),
      (view.t("other", "その他の発電"), "other", \.other),
      (view.t("battery", "蓄電池"), "batt", \.battery), (view.t("car", "車"), "car", \.vehicle),
      (view.t("bought", "買電"), "grid", \.purchased),
    ]
    chart.above = parts.compactMap { name, style, part in
      let values = supplies.map { $0[keyPath: part] }
      return values.contains { $0 > 0 } ? ChartSeries(name, style: style, values) : nil
    }
    if bars.contains(where: { $0.sold > 0 }) {
      chart.below = [ChartSeries(view.t("sold", "売電"), style: "sold", bars.map(\.sold))]
    }
    chart.line = ChartSeries(view.t("used", "消費"), style: "use", bars.map(\.consumed))
    chart.known = Set(bars.indices.filter { unknown($0).map { !$0.contains(.consumed) } ?? false })
    chart.details = zip(names, bars).enumerated().map { slot, bar in
      guard let missing = unknown(slot) else { return (bar.0, view.t("not known", "記録なし")) }
      return detail(view, bar.0, bar.1, isPartial: !missing.isEmpty)
    }
    chart.hint = view.t("touch a bar for its numbers", "棒に触れると数値が出ます")
    return chart
  }

  /// What is said of a bar when it is touched.
  private static func detail(
    _ view: View, _ name: String, _ flows: HomeFlows, isPartial: Bool
  ) -> (String, String) {
    let supply = HomeSupply(flows)
    let parts =
      [
        (view.t("own", "自家"), supply.sun), (view.t("other", "その他"), supply.other),
        (view.t("battery", "蓄電池"), supply.battery), (view.t("car", "車"), supply.vehicle),
        (view.t("bought", "買電"), supply.purchased), (view.t("sold", "売電"), flows.sold),
      ].filter { $0.1 > 0 }.map { "\($0.0) \(View.thousandths($0.1))" }
      + (isPartial ? [view.t("partly unknown", "一部不明")] : [])
    return (
      "\(name) · \(view.t("used", "消費")) \(View.thousandths(flows.consumed)) kWh",
      parts.joined(separator: " · ")
    )
  }
}

extension HomeFlows {
  subscript(flow: EnergyFlow) -> UInt64 {
    switch flow {
    case .generated: generated
    case .consumed: consumed
    case .sold: sold
    case .purchased: purchased
    case .batteryCharged: battery.charged
    case .batteryDischarged: battery.discharged
    case .vehicleCharged: vehicle.charged
    case .vehicleDischarged: vehicle.discharged
    case .otherGenerated: otherGenerated
    }
  }
}

extension View {
  /// A flow's name.
  func name(_ flow: EnergyFlow) -> String { flow.name(language) }
}
