// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import JoinFiles
import Joining
import MulticastUDP
import Quantities
import RouteB
import WebService

/// The pages on which a new box asks to be let into its network.
struct JoinPages {
  static func endpoints(_ household: Household, _ join: @escaping Household.Join) -> [Endpoint] {
    let form = (type: "application/x-www-form-urlencoded", most: 8192)
    return [
      Endpoint(.post, "/home/join", "pages", "", body: form, gives: .media("text/plain")) { call in
        try HouseholdPages.sameOrigin(call)
        guard household.access.isOpen(to: call) else {
          throw Problem(.forbidden, "log in first, on /home")
        }
        let values = try call.form()
        do {
          try await join(JoinAnswers(values), try meters(values))
        } catch let error as JoinAnswerError {
          throw Problem(.unprocessableContent, error.description)
        } catch let error as RouteBCredentials.Failure {
          throw Problem(.unprocessableContent, error.description)
        } catch let error as HomeIdentityError {
          throw Problem(.conflict, error.description)
        }
        return Answer(seeing: "/home/asked")
      }
    ]
  }

  /// The settings of the meters that a form says.
  private static func meters(_ values: [String: String]) throws -> HomeIdentity.Meters {
    var meters: HomeIdentity.Meters = ["meters.utcOffset": "+09:00"]
    if let address = values["address"], !address.isEmpty { meters["meters.address"] = address }
    let asked = (values["addresses"] ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
    if !asked.isEmpty { meters["meters.addresses"] = asked }
    if let port = values["port"], !port.isEmpty {
      let (id, password) = (values["routeb_id"] ?? "", values["routeb_password"] ?? "")
      _ = try RouteBCredentials(id: id, password: password)
      meters["routeB.port"] = port
      meters["routeB.id"] = id
      meters["routeB.password"] = password
    }
    return meters
  }

  let view: View
  let household: Household

  /// The form of a box that has not asked yet.
  var form: HTML {
    view.page(
      view.t("Join the network", "ネットワークに参加する"), "home",
      """
      <h1>\(view.t("Join the network", "ネットワークに参加する"))</h1><section class="narrow"><p>\(view.t(
        "The box makes its keys, and a request for the operator. Nothing leaves it but what you write here.",
        "このボックスが鍵と、運営者への申請を作ります。ここに書いたこと以外は送られません。"))</p>\
      <form method="post" action="/home/join">\(JoinAnswers.questions(isAnother: false).map(field))\
      \(choice("address", view.t("This box on the home's network, to find meters there", "家庭内ネットワークの接続口（機器を探すため）"), JoinPages.places))\
      \(text("addresses", view.t("Addresses of devices that are not found by themselves, with commas", "自動で見つからない機器のアドレス（カンマ区切り）")))\
      \(choice("port", view.t("Wi-SUN dongle for the smart meter (Route B), if there is one", "スマートメーター（B ルート）用ドングル"), JoinPages.serialPorts.map { ($0, $0) }))\
      \(text("routeb_id", view.t("Route B id, 32 digits", "B ルート認証 ID（32 桁）")))\
      \(text("routeb_password", view.t("Route B password, 12 characters", "B ルートパスワード（12 文字）")))\
      <button>\(view.t("Ask to join", "申請する"))</button></form></section>
      """)
  }

  /// What a box that has asked shows until it is let in.
  func waiting() throws -> HTML {
    let identity = HomeIdentity(folder: household.folder)
    guard let request = try? JoinRequestFile.read(identity.request.path) else { return "" }
    let rows = JoinSummary.rows(request).map { row -> [HTML] in ["\(row.name)", "\(row.value)"] }
    return """
      <section id="asked"><h2>\(view.t("Waiting for the operator", "運営者の承認待ち"))</h2><p>\(view.t(
        "Show this code to the operator, or send the file join-request.json of the data folder. Once the admission is on the chain, this box begins by itself.",
        "このコードを運営者に見せるか、データフォルダーの join-request.json を送ってください。承認がチェーンに載ると自動で始まります。"))</p>\
      <figure class="qr">\(HTML(stringLiteral: try JoinRequestPicture.svg(request)))</figure>\
      <p class="whole"><code>\(JoinRequestFile.text(request))</code></p></section>\
      \(view.table(view.t("The request", "申請の内容"), [view.t("What", "項目"), view.t("Value", "値")], rows, id: "request"))
      """
  }

  /// What is shown while the node starts anew with its keys.
  static func asked(_ view: View) -> HTML {
    view.page(
      view.t("The box sets itself up", "準備しています"), "home",
      """
      <h1>\(view.t("The box sets itself up", "準備しています"))</h1><section><p>\(view.t(
        "The keys are made and the request is written. The node starts anew with them; this takes a few seconds.",
        "鍵と申請ができました。ノードが起動し直します（数秒）。"))</p><p><a href="/home">\(view.t("To my home", "わが家へ"))</a></p></section>
      """)
  }

  private func field(_ question: JoinAnswers.Question) -> HTML {
    let label = view.t(question.english, question.japanese)
    switch question.name {
    case "kind":
      return select(
        "kind", label,
        ["consumer", "publicConsumer", "businessConsumer", "generator"].map { ($0, $0) })
    case "place":
      return select(
        "place", label,
        Prefecture.all.map { ($0.code, view.t($0.english, $0.japanese)) })
    default:
      let needed: HTML = question.fallback == nil ? " required" : ""
      return """
        <label for="\(question.name)">\(label)</label><input id="\(question.name)" name="\(question.name)" \
        value="\(question.fallback ?? "")"\(needed)>
        """
    }
  }

  private func text(_ name: String, _ label: String) -> HTML {
    "<label for=\"\(name)\">\(label)</label><input id=\"\(name)\" name=\"\(name)\" autocomplete=\"off\">"
  }

  private func choice(_ name: String, _ label: String, _ values: [(value: String, text: String)])
    -> HTML
  { select(name, label, [("", view.t("none", "なし"))] + values) }

  private func select(_ name: String, _ label: String, _ values: [(value: String, text: String)])
    -> HTML
  {
    let options = values.map { value -> HTML in
      "<option value=\"\(value.value)\">\(value.text)</option>"
    }
    return
      "<label for=\"\(name)\">\(label)</label><select id=\"\(name)\" name=\"\(name)\">\(options)</select>"
  }

  /// This machine's interfaces with IPv4, the loopback last: their addresses may change, their names stay.
  private static var places: [(value: String, text: String)] {
    HomeInterface.all.map { ($0.name, "\($0.name) (\($0.address))") }
  }

  /// Serial ports by names that stay the same when they are plugged in elsewhere, else by their numbers.
  private static var serialPorts: [String] {
    func files(_ folder: String, _ prefix: String) -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { $0.hasPrefix(prefix) }.sorted().map { "\(folder)/\($0)" }
    }
    let named = files("/dev/serial/by-id", "")
    return named.isEmpty ? files("/dev", "ttyUSB") + files("/dev", "ttyACM") : named
  }
}
