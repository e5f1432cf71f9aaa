// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPAPI
import HTTPTypes
import JoinFiles
import Joining
import Markup
import MulticastUDP
import Quantities
import RouteB
import WebService

/// The pages on which a new box asks to be let into its network.
struct JoinPages {
  static func endpoints(
    _ source: ExplorerSource, _ household: Household, _ join: @escaping Household.Join
  ) -> [Endpoint] {
    [
      .action("/home/join", source) { view, call, values in
        try HouseholdPages.guardOpen(household, to: call)
        let pages = JoinPages(view: view, household: household)
        do { try await join(JoinAnswers(values), try meters(values)) } catch {
          guard let words = try words(error, view) else { throw error }
          return Answer(
            pages.form(values, words), status: .unprocessableContent, freshness: .never)
        }
        // The node begins anew: this page is the last that it answers for a moment.
        return Answer(asked(view), freshness: .never)
      }
    ]
  }

  /// What was wrong with the answers, in words; nil for what is no fault of theirs.
  private static func words(_ error: any Error, _ view: View) throws -> String? {
    switch error {
    case let error as JoinAnswerError: error.text(view.language)
    case let error as RouteBCredentials.Failure:
      switch error {
      case .id: view.t(error.description, "B ルート認証 ID は 32 桁の 16 進数です")
      case .password: view.t(error.description, "B ルートパスワードは 12 文字の英数字です")
      }
    case let error as HomeIdentityError: throw Problem(.conflict, error.description)
    default: nil
    }
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

  /// The form of a box that has not asked yet; with what was wrong, and what was filled in before.
  func form(_ values: [String: String] = [:], _ problem: String? = nil) -> HTML {
    view.page(
      view.t("Join the network", "ネットワークに参加する"), "home",
      """
      <h1>\(view.t("Join the network", "ネットワークに参加する"))</h1><section class="narrow"><p>\(view.t(
        "The box makes its keys, and a request for the operator. Nothing leaves it but what you write here.",
        "このボックスが鍵と、運営者への申請を作ります。ここに書いたこと以外は送られません。"))</p>\
      \(view.problem(problem))\
      <form method="post" action="/home/join">\(JoinAnswers.questions(isAnother: false).map { field($0, values[$0.name]) })\
      \(choice("address", view.t("This box on the home's network, to find meters there", "家庭内ネットワークの接続口（機器を探すため）"), JoinPages.places, values["address"]))\
      \(text("addresses", view.t("Addresses of devices that are not found by themselves, with commas", "自動で見つからない機器のアドレス（カンマ区切り）"), values["addresses"]))\
      \(choice("port", view.t("Wi-SUN dongle for the smart meter (Route B), if there is one", "スマートメーター（B ルート）用ドングル"), JoinPages.serialPorts.map { ($0, $0) }, values["port"]))\
      \(text("routeb_id", view.t("Route B id, 32 digits", "B ルート認証 ID（32 桁）"), values["routeb_id"]))\
      \(text("routeb_password", view.t("Route B password, 12 characters", "B ルートパスワード（12 文字）"), nil))\
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

  /// What is shown while the node starts anew with its keys: it leads on by itself once the node is
  /// there again.
  private static func asked(_ view: View) -> HTML {
    view.page(
      view.t("The box sets itself up", "準備しています"), "home",
      """
      <h1>\(view.t("The box sets itself up", "準備しています"))</h1><section data-await="/home"><p>\(view.t(
        "The keys are made and the request is written. The node starts anew with them; this takes a few seconds, then this page leads on.",
        "鍵と申請ができました。ノードが起動し直します。数秒で次のページに進みます。"))</p><p><a href="/home">\(view.t("To my home", "わが家へ"))</a></p></section>
      """)
  }

  private func field(_ question: JoinAnswers.Question, _ value: String?) -> HTML {
    let label = view.t(question.english, question.japanese)
    switch question.name {
    case "kind":
      return select(
        "kind", label,
        ["consumer", "publicConsumer", "businessConsumer", "generator"].map { ($0, $0) }, value)
    case "support":
      return select(
        "support", label, JoinAnswers.supports.map { ($0.key, view.support($0.value)) }, value)
    case "place":
      return select(
        "place", label,
        Prefecture.all.map { ($0.code, view.t($0.english, $0.japanese)) }, value)
    default:
      let needed: HTML = question.fallback == nil ? " required" : ""
      return """
        <label for="\(question.name)">\(label)</label><input id="\(question.name)" name="\(question.name)" \
        value="\(value ?? question.fallback ?? "")"\(needed)>
        """
    }
  }

  private func text(_ name: String, _ label: String, _ value: String?) -> HTML {
    "<label for=\"\(name)\">\(label)</label><input id=\"\(name)\" name=\"\(name)\" value=\"\(value ?? "")\" autocomplete=\"off\">"
  }

  private func choice(
    _ name: String, _ label: String, _ values: [(value: String, text: String)], _ chosen: String?
  ) -> HTML { select(name, label, [("", view.t("none", "なし"))] + values, chosen) }

  private func select(
    _ name: String, _ label: String, _ values: [(value: String, text: String)], _ chosen: String?
  ) -> HTML {
    let options = values.map { value -> HTML in
      let selected: HTML = value.value == chosen ? " selected" : ""
      return "<option value=\"\(value.value)\"\(selected)>\(value.text)</option>"
    }
    return
      "<label for=\"\(name)\">\(label)</label><select id=\"\(name)\" name=\"\(name)\">\(options)</select>"
  }

  /// This machine's interfaces with IPv4, the loopback last: their addresses may change, their
  /// names stay.
  private static var places: [(value: String, text: String)] {
    HomeInterface.all.map { ($0.name, "\($0.name) (\($0.address))") }
  }

  /// Serial ports by names that stay the same when they are plugged in elsewhere, else by their
  /// numbers.
  private static var serialPorts: [String] {
    func files(_ folder: String, _ prefix: String) -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { $0.hasPrefix(prefix) }.sorted().map { "\(folder)/\($0)" }
    }
    let named = files("/dev/serial/by-id", "")
    return named.isEmpty ? files("/dev", "ttyUSB") + files("/dev", "ttyACM") : named
  }
}
