// SPDX-License-Identifier: Apache-2.0

import Clocks
import EchonetLite
import Foundation
import HTTPAPI
import HTTPTypes
import Ledger
import LedgerStore
import Markup
import MeterServices
import Metering
import Quantities
import WebService

/// The devices of a home on its own pages: how they are, and which of those that answer are the
/// home's.
struct DevicePages {
  static func endpoints(_ source: ExplorerSource, _ household: Household) -> [Endpoint] {
    [
      .action("/home/devices", source) { _, call, values in
        try HouseholdPages.guardOpen(household, to: call)
        guard let meters = household.meters else {
          throw Problem(.conflict, "no meters are read here yet")
        }
        let places = try values.filter { $0.key.hasPrefix("device") }.map { value in
          guard let place = ConfiguredDevice(value.value) else {
            throw Problem.badRequest("\"\(value.value.prefix(80))\" is no address and object")
          }
          return place
        }
        switch values["answer"] {
        case "ours":
          do { try await meters.confirm(places) } catch let failure as ConfirmationFailure {
            throw Problem(.conflict, failure.description)
          }
        case "others": try await meters.dismiss(places)
        case "gone": try await meters.remove(places)
        case "roofs": try await meters.separateRoofs()
        default: throw Problem.badRequest("an answer is ours, others, gone or roofs")
        }
        return Answer(seeing: "/home")
      }
    ]
  }

  let view: View
  let household: Household

  /// A device and what can be said of it.
  private func ask(_ place: MeterHealth.Place, _ answers: [(value: String, text: String)]) -> HTML {
    let buttons = answers.map { answer -> HTML in
      "<button name=\"answer\" value=\"\(answer.value)\">\(answer.text)</button> "
    }
    return """
      <li><form method="post" action="/home/devices" class="ask"><span>\(place.name(view.language)) \
      <small><code>\(place.object)</code></small></span>\
      <input type="hidden" name="device" value="\(place.address) \(place.object)">\(buttons)</form></li>
      """
  }

  private func section(
    _ id: String, _ title: String, _ about: String, _ items: [HTML], _ more: HTML = ""
  ) -> HTML {
    """
    <section id="\(id)"><h2>\(title)</h2><p>\(about)</p><ul>\(items)</ul>\(more)</section>
    """
  }

  /// What somebody of the home has to say: whose a device is, and whether roofs are two.
  private func questions(_ health: MeterHealth) -> HTML {
    guard household.meters != nil else { return "" }
    return "\([strangers(health), missed(health), dismissed(health), moved(health), roofs(health)])"
  }

  private func strangers(_ health: MeterHealth) -> HTML {
    let places = health.strangers
    guard !places.isEmpty else { return "" }
    let all = places.enumerated().map { index, place -> HTML in
      "<input type=\"hidden\" name=\"device\(index)\" value=\"\(place.address) \(place.object)\">"
    }
    let together: HTML = """
      <form method="post" action="/home/devices">\(all)<button name="answer" value="ours">\(view.t(
        "All of them are ours", "すべてうちの機器です"))</button></form>
      """
    return section(
      "strangers", view.t("Are these devices of your home?", "これらはご自宅の機器ですか"),
      view.t(
        "They answer on the home's network. Until you say that they are yours nothing of them is counted.",
        "家庭内ネットワークで応答した機器です。確認されるまで、計量には使いません。"),
      places.map {
        ask(
          $0,
          [
            ("ours", view.t("It is ours", "うちの機器です")), ("others", view.t("Not ours", "違います")),
          ])
      }, places.count > 1 ? together : "")
  }

  private func missed(_ health: MeterHealth) -> HTML {
    let places = health.silent.filter(\.isKnown)
    guard !places.isEmpty else { return "" }
    return section(
      "missed", view.t("These devices do not answer", "応答しない機器"),
      view.t(
        "What only they count is unknown meanwhile. One that was taken away is waited for until you say so.",
        "その機器だけが計量する量は不明になります。撤去した機器は、そう選ぶまで待ち続けます。"),
      places.map { ask($0, [("gone", view.t("It is gone for good", "撤去しました"))]) })
  }

  private func dismissed(_ health: MeterHealth) -> HTML {
    guard !health.dismissed.isEmpty else { return "" }
    return section(
      "dismissed", view.t("Not ours", "自宅のものではない機器"),
      view.t("Nobody is asked about them again.", "今後は確認しません。"),
      health.dismissed.map { ask($0, [("ours", view.t("It is ours after all", "やはりうちの機器です"))]) })
  }

  private func moved(_ health: MeterHealth) -> HTML {
    guard !health.moved.isEmpty else { return "" }
    return section(
      "moved", view.t("Devices that moved", "アドレスが変わった機器"),
      view.t(
        "They were known by their identification and their counters.",
        "識別番号と積算値から、同じ機器と判断しました。"),
      health.moved.map {
        "<li>\($0.name(view.language)) \(view.time(NetworkTime(seconds: $0.since)))</li>"
      })
  }

  private func roofs(_ health: MeterHealth) -> HTML {
    guard health.isComparingRoofs || !health.doubles.isEmpty else { return "" }
    return """
      <section id="roofs"><h2>\(view.t("One roof, or two?", "屋根は一つですか、二つですか"))</h2><p>\(view.t(
        "Two devices show what the sun gives. One roof that two devices show is counted once; until that is clear PQ1 is unknown.",
        "二つの機器が太陽光の発電量を示しています。同じ屋根は一度だけ数えます。はっきりするまで PQ1 は不明です。"))</p>\
      <form method="post" action="/home/devices"><button name="answer" value="roofs">\(view.t(
        "They are roofs of their own", "別々の屋根です"))</button></form></section>
      """
  }

  /// How the meters are, what they said last, and what waits for somebody's word.
  func sections() throws -> HTML {
    let health = MeterHealth(folder: household.folder)
    let rows = (health?.devices ?? []).map { device -> [HTML] in
      let isFine = device.timeouts * 20 <= device.answers
      return [
        "\(MeterHealth.name(device.object, view.language))", "\(device.address)",
        "\(View.grouped(UInt64(max(0, device.answers))))",
        "<span class=\"\(isFine ? "good" : "bad")\">\(device.timeouts)</span>",
      ]
    }
    let last = try view.source.samples?.newest(limit: 200) ?? []
    var seen: Set<String> = []
    let said: [[HTML]] = last.compactMap { sample -> [HTML]? in
      let form = SampleForm(sample)
      guard sample.data.count <= 8, seen.insert("\(sample.object)\(sample.property)").inserted
      else {
        return nil
      }
      return ["\(form.meaning.property)", "\(form.meaning.value)", view.time(sample.time)]
    }
    let troubles = (health?.troubles(view.language, now: view.source.clock.now) ?? []).map {
      "<li>\($0.text) <small>\($0.advice)</small></li>" as HTML
    }
    let disagreements = health.map { $0.disagreements.count + $0.boardDisagreements } ?? 0
    let list: HTML =
      troubles.isEmpty
      ? ""
      : "<section class=\"bad\" id=\"troubles\"><h2>\(view.t("Somebody is needed", "対応が必要です"))</h2><ul>\(troubles)</ul></section>"
    let open: HTML = troubles.isEmpty ? "" : " open"
    return list + (health.map(questions) ?? "")
      + """
      <section id="devices"><h2>\(view.t("Your meters", "メーターのようす"))</h2><p>\(answering(health))</p>\
      <details\(open)><summary>\(view.t("Devices and what they said", "機器と応答"))</summary>\(view.table(
        view.t("Meters", "メーター"),
        [
          view.t("Device", "機器"), view.t("Address", "アドレス"), view.t("Answers", "応答"),
          view.t("Silent", "無応答"),
        ], rows, numbers: [2, 3], id: "meters"))\
      <p>\(view.t("Half hours without readings", "欠測の 30 分値")): \(health?.gaps ?? 0), \
      \(view.t("disagreements", "食い違い")): \(disagreements)</p>\(view.table(
        view.t("What they said last", "最後の応答"),
        [view.t("Property", "項目"), view.t("Value", "値"), view.t("When", "時刻")], said, id: "said"))\
      </details></section>
      """
  }

  /// In a sentence, how the meters answer.
  private func answering(_ health: MeterHealth?) -> String {
    guard let health, !health.devices.isEmpty else {
      return view.t("No meter has answered yet.", "まだ応答したメーターがありません。")
    }
    let count = health.devices.count
    let silent = health.silent.count { $0.isKnown }
    guard silent > 0 else {
      return view.t(
        count == 1 ? "The meter answers." : "All \(count) devices answer.",
        "\(count) 台の機器がすべて応答しています。")
    }
    return view.t(
      "\(silent) of \(count) devices do not answer.", "\(count) 台のうち \(silent) 台が応答していません。")
  }
}
