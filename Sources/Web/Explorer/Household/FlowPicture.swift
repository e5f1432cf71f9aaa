// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Markup
import MeterServices

/// A home just now as a picture: sun, roof, house, battery, car, grid and coins, with the watts
/// that flow between them. What belongs to the home stands inside its walls, what it trades with
/// outside.
struct FlowPicture {
  /// Below this nothing flows, in W: meters are never quite still.
  static let least = 20

  let view: View
  let now: HomeNow
  /// Seconds since the devices said so.
  let age: Int64
  let hasSun: Bool
  let hasBattery: Bool
  let hasCar: Bool
  /// Coins, as text.
  let coins: String

  private var sun: Int { max(0, now.generated ?? 0) }
  private var grid: Int { now.grid ?? 0 }
  private var battery: Int { now.battery ?? 0 }
  private var car: Int { now.vehicle ?? 0 }
  private var used: Int? {
    now.used(hasSun: hasSun, hasBattery: hasBattery, hasVehicle: hasCar)
  }
  private func flows(_ watts: Int) -> Bool { abs(watts) >= FlowPicture.least }

  /// Watts as people read them.
  func power(_ watts: Int) -> String {
    let magnitude = abs(watts)
    guard magnitude >= 1000 else { return "\(magnitude)\u{a0}W" }
    let tenths = (magnitude + 50) / 100
    return "\(tenths / 10).\(tenths % 10)\u{a0}kW"
  }

  // MARK: In words

  /// What the picture shows, in a sentence or two.
  var sentence: HTML {
    guard now.grid != nil || now.generated != nil else {
      return "\(view.t("The meters have not answered yet.", "メーターの応答を待っています。"))"
    }
    guard used != nil else {
      let known = tail
      let silent = view.t(
        "Some devices do not answer just now; not all is known.", "応答しない機器があり、一部が不明です。")
      return known.isEmpty ? "<b>\(silent)</b>" : "<b>\(silent)</b> \(known)"
    }
    let rest = tail
    return rest.isEmpty ? "<b>\(head)</b>" : "<b>\(head)</b> \(rest)"
  }

  private var head: String {
    let isSunny = flows(sun)
    let isFed = battery < 0 && flows(battery) || car < 0 && flows(car)
    let store =
      battery < 0 && flows(battery) ? view.t("battery", "蓄電池") : view.t("car", "車")
    if grid > 0, flows(grid) {
      if !isSunny && !isFed {
        return view.t("Everything is bought: \(power(grid)).", "すべて買電です: \(power(grid))。")
      }
      return view.t("\(power(grid)) are bought.", "\(power(grid)) を買電中です。")
    }
    if isSunny && isFed {
      return view.t("Sun and \(store) cover everything.", "太陽と\(store)で足りています。")
    }
    if isFed { return view.t("The \(store) covers everything.", "\(store)で足りています。") }
    if isSunny { return view.t("The sun covers everything.", "太陽だけで足りています。") }
    return view.t("Nothing flows just now.", "いまは電気が流れていません。")
  }

  private var tail: String {
    var parts: [String] = []
    if grid > 0, flows(grid), flows(sun) {
      parts.append(view.t("the sun gives \(power(sun))", "太陽光 \(power(sun))"))
    }
    if battery > 0, flows(battery) {
      parts.append(view.t("\(power(battery)) go into the battery", "\(power(battery)) 蓄電中"))
    } else if flows(battery), let charge = now.batteryCharge {
      parts.append(view.t("the battery is \(charge)\u{a0}% full", "蓄電池の残り \(charge)\u{a0}%"))
    }
    if car > 0, flows(car) {
      parts.append(view.t("\(power(car)) go into the car", "\(power(car)) 車へ充電中"))
    }
    if grid < 0, flows(grid) {
      parts.append(view.t("\(power(grid)) are sold", "\(power(grid)) 売電中"))
    }
    guard !parts.isEmpty else { return "" }
    let text = parts.joined(separator: view.t(", ", "、"))
    return view.t(text.prefix(1).uppercased() + text.dropFirst() + ".", text + "。")
  }

  // MARK: As a picture

  /// The picture; for those who do not see it the sentence says the same.
  var html: HTML {
    """
    <svg width="100%" height="330" aria-hidden="true">\(house)\(pipes)\(sunAndRoof)\(gridPart)\
    \(coinPart)\(usePart)\(hasBattery ? batteryPart : "")\(hasCar ? carPart : "")</svg>\
    \(age > 60 ? old : "")
    """
  }

  private var old: HTML {
    "<p class=\"soft small\">\(view.t("As the devices said \(age) s ago.", "\(age) 秒前の応答です。"))</p>"
  }

  private var house: HTML {
    """
    <line class="wall" x1="50%" y1="88" x2="14%" y2="136"/><line class="wall" x1="50%" y1="88" x2="86%" y2="136"/>\
    <line class="wall" x1="19%" y1="131" x2="19%" y2="316"/><line class="wall" x1="81%" y1="131" x2="81%" y2="316"/>\
    <line class="ground" x1="1%" y1="317" x2="99%" y2="317"/>
    """
  }

  /// A pipe from one place to another, with dots that run when something flows.
  private func pipe(_ from: (String, Int), _ to: (String, Int), _ style: String, _ watts: Int)
    -> HTML
  {
    let ends: HTML = """
      x1="\(from.0)" y1="\(from.1)" x2="\(to.0)" y2="\(to.1)"
      """
    guard flows(watts) else { return "<line class=\"off\" \(ends)/>" }
    let pace = abs(watts) < 500 ? " slow" : (abs(watts) > 2500 ? " fast" : "")
    return """
      <line class="pipe s-\(style)" \(ends)/><line class="dots\(pace) s-\(style)" \(ends)/>
      """
  }

  private var pipes: HTML {
    let middle = ("50%", 168)
    var all: [HTML] = []
    if hasSun { all.append(pipe(("50%", 76), middle, "sun", sun)) }
    all.append(
      grid >= 0
        ? pipe(("11%", 168), middle, "grid", grid) : pipe(middle, ("11%", 168), "sold", grid))
    let source =
      flows(sun) ? "sun" : (battery < 0 && flows(battery) ? "batt" : (car < 0 ? "car" : "grid"))
    all.append(pipe(middle, ("50%", 198), source, used ?? 0))
    let stores = [(hasBattery, battery, "30%", "batt"), (hasCar, car, "70%", "car")]
    for (has, watts, x, style) in stores where has {
      let way = [middle, (x, 168), (x, 204)]
      let run = watts >= 0 ? way : way.reversed()
      all.append(pipe(run[0], run[1], style, watts))
      all.append(pipe(run[1], run[2], style, watts))
    }
    all.append("<line class=\"proof\" x1=\"50%\" y1=\"168\" x2=\"86%\" y2=\"168\"/>")
    all.append(
      "<svg x=\"50%\" y=\"168\"><rect class=\"node\" x=\"-8\" y=\"-8\" width=\"16\" height=\"16\" rx=\"4\"/></svg>"
    )
    return "\(all)"
  }

  /// A number and what it is, one under the other.
  private func label(
    _ x: String, _ y: Int, _ value: String, _ what: String, _ side: String = "t-m"
  ) -> HTML {
    """
    <text class="w \(side)" x="\(x)" y="\(y)">\(value)</text>\
    <text class="soft \(side)" x="\(x)" y="\(y + 17)">\(what)</text>
    """
  }

  private var sunAndRoof: HTML {
    guard hasSun else { return "" }
    let rays = [(0, 38), (27, 27), (38, 0), (27, -27), (0, -38), (-27, -27), (-38, 0), (-27, 27)]
    let shine = rays.map { x, y -> HTML in
      "<line x1=\"\(x)\" y1=\"\(y)\" x2=\"\(x * 44 / 38)\" y2=\"\(y * 44 / 38)\"/>"
    }
    let value = now.generated.map { power($0) } ?? "–"
    return """
      <svg x="50%" y="46" class="sun\(flows(sun) ? " up" : "")"><g class="rays">\(shine)</g>\
      <circle class="f-sun" r="26"/></svg>\
      <line class="panel" x1="54%" y1="83" x2="81%" y2="119"/><line class="panel" x1="46%" y1="83" x2="19%" y2="119"/>\
      <svg x="50%" y="0">\(label("56", 40, value, view.t("the sun gives", "発電中"), ""))</svg>
      """
  }

  private var gridPart: HTML {
    let isSold = grid < 0 && flows(grid)
    let isBought = grid > 0 && flows(grid)
    let words =
      isSold
      ? view.t("sold", "売電") : (isBought ? view.t("bought", "買電") : view.t("grid", "電力網"))
    return """
      <svg x="9%" y="168" class="\(isSold ? "k-sold" : "k-grid")"><g class="ico"><path d="M0-20-7 20M0-20 7 20\
      M-12-6h24M-9-13-12-6M9-13l3 7M-4 2 6 15M4 2-6 15M0-20v10"/></g></svg>\
      \(label("9%", 208, now.grid.map { power($0) } ?? "–", words))
      """
  }

  private var coinPart: HTML {
    """
    <svg x="91%" y="168" class="k-coin"><circle class="f-card" r="17"/><g class="ico"><circle r="16"/><circle r="5"/>\
    <path d="M0-12v3M0 9v3M-12 0h3M9 0h3"/></g></svg>\
    \(label("91%", 208, coins, view.t("coins", "コイン")))
    """
  }

  private var usePart: HTML {
    let ring =
      grid > 0 && flows(grid)
      ? "grid" : (flows(sun) ? "sun" : (battery < 0 && flows(battery) ? "batt" : "edge"))
    return """
      <svg x="50%" y="236"><circle class="node" r="36"/><circle class="ring s-\(ring)" r="36"/></svg>\
      \(label("50%", 236, used.map { power($0) } ?? "–", view.t("used", "消費中")))
      """
  }

  private var batteryPart: HTML {
    let charge = now.batteryCharge
    let height = 46 * (charge ?? 0) / 100
    let words =
      !flows(battery)
      ? view.t("battery", "蓄電池")
      : (battery > 0 ? view.t("charging", "充電中") : view.t("giving", "放電中"))
    return """
      <svg x="30%" y="206"><rect class="f-batt" x="-8" y="-5" width="16" height="6" rx="2"/>\
      <rect class="f-card" x="-19" y="0" width="38" height="54" rx="7"/>\
      <rect class="f-batt" x="-15" y="\(50 - height)" width="30" height="\(height)" rx="3"/>\
      <rect class="s-batt case" x="-19" y="0" width="38" height="54" rx="7"/></svg>\
      \(label("30%", 282, now.battery.map { power($0) } ?? "–", charge.map { "\(words) \($0)\u{a0}%" } ?? words))
      """
  }

  private var carPart: HTML {
    let words =
      !flows(car)
      ? view.t("car", "車")
      : (car > 0 ? view.t("charging", "充電中") : view.t("giving", "放電中"))
    return """
      <svg x="70%" y="232" class="k-car"><g class="ico"><path d="M-24 12v-10l6-3 5-13h26l8 13 6 3v10zM-19 0h36"/>\
      <circle class="f-card" cx="-12" cy="14" r="5"/><circle class="f-card" cx="13" cy="14" r="5"/></g></svg>\
      \(label("70%", 282, now.vehicle.map { power($0) } ?? "–", now.vehicleCharge.map { "\(words) \($0)\u{a0}%" } ?? words))
      """
  }
}
