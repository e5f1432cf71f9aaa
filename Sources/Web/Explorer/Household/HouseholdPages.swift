// SPDX-License-Identifier: Apache-2.0

import Clocks
import ExplorerIndex
public import Foundation
import HTTPAPI
import HTTPTypes
public import JoinFiles
import Ledger
public import LedgerCrypto
import LedgerStore
import Markup
public import MeterServices
import Metering
import NodeServices
import PeerProtocol
import PeerTransport
import Quantities
import WebService
import Wire

/// The household that a node belongs to.
public struct Household: Sendable {
  /// Writes a new box's request to join and starts its node anew.
  public typealias Join = @Sendable (JoinAnswers, HomeIdentity.Meters) async throws -> Void

  /// The key that signs its site's reports; nil while the box has not asked to join.
  public let key: PublicKey?
  /// The node's data folder.
  public let folder: URL
  /// Who may see its pages.
  public let access: HouseholdAccess

  /// Who reads its meters; nil where nobody does yet.
  public let meters: MeterReadingService?
  /// Who looks at its devices while somebody watches; nil where nobody does.
  public let watch: HomeWatch?
  /// What a box without a key does when somebody wants to join.
  public let join: Join?
  /// What its people do for an exchange or an operator; nil for a home alone.
  public let office: Office?

  /// A household with these parts.
  public init(
    key: PublicKey?, folder: URL, access: HouseholdAccess, meters: MeterReadingService? = nil,
    watch: HomeWatch? = nil, office: Office? = nil, join: Join? = nil
  ) {
    self.key = key
    self.folder = folder
    self.access = access
    self.meters = meters
    self.watch = watch
    self.join = join
    self.office = office
  }
}

/// The household's own pages: first run, log-in, and what is behind it.
struct HouseholdPages {
  static func endpoints(_ source: ExplorerSource, _ household: Household) -> [Endpoint] {
    let access = household.access
    return [
      .page("/home", source, EnergyPeriod.parameters, isShared: false) { view, call in
        let pages = HouseholdPages(view: view, household: household)
        if !access.isSetUp { return pages.firstRun() }
        guard access.isOpen(to: call) else { return pages.login() }
        guard household.key != nil else {
          if let office = household.office { return try OfficePages.start(view, office) }
          return JoinPages(view: view, household: household).form()
        }
        return try await Dashboard(view: view, household: household).page(call)
      },
      .action("/home/first", source) { view, call, values in
        do {
          guard HostAddress(ipAddress: call.client)?.isLocal == true else {
            throw HouseholdAccess.Refusal.notAtHome
          }
          guard values["password"] == values["again"] else { throw HouseholdAccess.Refusal.differ }
          let code = (values["code"] ?? "").filter { $0 != " " }
          return entered(
            try access.setUp(code: code, password: values["password"] ?? "", client: call.client))
        } catch let refusal as HouseholdAccess.Refusal {
          let pages = HouseholdPages(view: view, household: household)
          let text = refusal.text(view.language)
          return refused(
            refusal, refusal == .isSetUp ? pages.login(text) : pages.firstRun(text, values["code"]))
        }
      },
      .action("/home/login", source) { view, call, values in
        do {
          return entered(
            try access.logIn(password: values["password"] ?? "", client: call.client))
        } catch let refusal as HouseholdAccess.Refusal {
          let pages = HouseholdPages(view: view, household: household)
          return refused(refusal, pages.login(refusal.text(view.language)))
        }
      },
      .action("/home/logout", source) { _, call, _ in
        access.logOut(call)
        var answer = Answer(seeing: "/home")
        answer.headers[.setCookie] = "home=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
        return answer
      },
    ] + DevicePages.endpoints(source, household) + HalfHours.endpoints(source, household)
      + MoneyPart.endpoints(source, household) + OfficePages.endpoints(source, household)
      + LookPages.endpoints(source, household)
      + (household.join.map { JoinPages.endpoints(source, household, $0) } ?? [])
  }

  /// Somebody who has not logged in may do nothing here.
  static func guardOpen(_ household: Household, to call: Call) throws {
    guard household.access.isOpen(to: call) else {
      throw Problem(.forbidden, "log in first, on /home")
    }
  }

  private static func refused(_ refusal: HouseholdAccess.Refusal, _ page: HTML) -> Answer {
    var answer = Answer(page, status: refusal.status, freshness: .never)
    if case .tooManyTries(let seconds) = refusal { answer.headers[.retryAfter] = "\(seconds)" }
    return answer
  }

  private static func entered(_ token: String) -> Answer {
    var answer = Answer(seeing: "/home")
    answer.headers[.setCookie] =
      "home=\(token); Path=/; Max-Age=\(HouseholdAccess.sessionSeconds); HttpOnly; SameSite=Strict"
    return answer
  }

  let view: View
  let household: Household

  private func firstRun(_ problem: String? = nil, _ code: String? = nil) -> HTML {
    let file = household.folder.appendingPathComponent(HouseholdAccess.codeFile).path
    return view.page(
      view.homeTitle, "home",
      """
      <h1>\(view.t("Welcome to your node", "ノードへようこそ"))</h1><section class="narrow"><p>\(view.t(
        "Nobody has set a password for these pages yet. The box has written a code of eight digits into \(file); whoever can read it there sets the password.",
        "このページのパスワードはまだ設定されていません。8 桁のコードが \(file) に書かれています。それを読める方がパスワードを決めてください。"))</p>\
      \(view.problem(problem))\
      <form method="post" action="/home/first"><label for="code">\(view.t("Code", "コード"))</label>\
      <input id="code" name="code" value="\(code ?? "")" inputmode="numeric" autocomplete="one-time-code" required>\
      \(field("password", view.t("New password, 8 characters or more", "新しいパスワード（8 文字以上）"), "new-password"))\
      \(field("again", view.t("The same again", "もう一度"), "new-password"))\
      <button>\(view.t("Set the password", "設定する"))</button></form></section>
      """)
  }

  private func login(_ problem: String? = nil) -> HTML {
    view.page(
      view.homeTitle, "home",
      """
      <h1>\(view.homeTitle)</h1><section class="narrow">\(view.problem(problem))\
      <form method="post" action="/home/login">\
      \(field("password", view.t("Password of this home", "この家のパスワード"), "current-password"))\
      <button>\(view.t("Log in", "ログイン"))</button></form></section>
      """)
  }

  private func field(_ name: String, _ label: String, _ fills: String) -> HTML {
    """
    <label for="\(name)">\(label)</label>\
    <input id="\(name)" name="\(name)" type="password" autocomplete="\(fills)" required>
    """
  }
}

extension View {
  var homeTitle: String { t("My home", "わが家") }

  /// What was wrong with what a form sent, above the form.
  func problem(_ text: String?) -> HTML {
    text.map { "<p class=\"bad\" role=\"alert\">\($0)</p>" } ?? ""
  }
}
