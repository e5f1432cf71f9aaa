// SPDX-License-Identifier: Apache-2.0

import EchonetLite
import Ledger
public import Metering
public import Product

/// What a home's devices give to its readings, in words, for who sets them up.
public enum MeterContribution {
  /// What a device gives, and what it promises and does not give.
  public static func words(
    of device: MeteredDevice, _ plan: FlowPlan, _ say: Language
  ) -> [String] {
    let own = plan.sources.filter { $0.device == device.number }
    var words = own.map { source in
      let name = source.flow.name(say)
      let step = "\(Double(source.step) / 10)"
      return source.isIntegrated
        ? say(
          "\(name), added up each minute from its power: it has no count",
          "\(name)（積算値がないため、毎分の電力から積算）")
        : say("\(name), in steps of \(step) Wh", "\(name)（\(step) Wh 単位）")
    }
    let counted = Set(own.map(\.flow))
    for counter in device.role?.counters ?? [] where device.role?.countsLoads != true {
      let flow = EnergyFlow(counter.flow)
      guard !counted.contains(flow), plan.uncounted.contains(flow) else { continue }
      words.append(
        say(
          "\(flow.name(say)) is there, but the device gives no count of it: unknown",
          "\(flow.name(say)) の積算値がないため、不明になります"))
    }
    if plan.consumption?.device == device.number {
      words.append(
        say(
          "all loads: PQ2 is checked against them", "全負荷（PQ2 の確認に使用）"))
    }
    if plan.mixture == device.number {
      words.append(
        say(
          "its output holds what batteries gave, which is taken off",
          "出力には蓄電池の放電が含まれるため、差し引きます"))
    }
    if plan.isComparingRoofs, counted.contains(.generated) {
      words.append(
        say(
          "perhaps the roof that another device shows too: the two are compared, and PQ1 is unknown until then",
          "別の機器と同じ太陽光かもしれません。比べ終わるまで PQ1 は不明です"))
    }
    return words
  }

  /// What no device of the home counts, and what that leads to.
  public static func missing(_ plan: FlowPlan, _ say: Language) -> [String] {
    var words: [String] = []
    if !plan.sources.contains(where: { $0.flow == .purchased }) {
      words.append(
        say(
          "No meter of the grid (PQ3, PQ4): consumption stays unknown, and the exchange holds coins back.",
          "系統のメーター（PQ3・PQ4）がありません。消費は不明となり、コインは保留されます。"))
    } else if plan.uncounted.contains(.sold) {
      words.append(
        say(
          "The grid's meter gives no count of what is sold (PQ3), though there is something to sell.",
          "売電の積算値（PQ3）がありません。"))
    }
    if !plan.has(.generated) {
      words.append(
        say("Nothing generates (PQ1): there will be no coins.", "発電（PQ1）がないため、コインは生まれません。"))
    }
    return words
  }
}
