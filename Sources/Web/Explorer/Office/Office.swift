// SPDX-License-Identifier: Apache-2.0

public import Foundation
import HTTPAPI
import HTTPTypes
public import LedgerStore
import Markup
import WebService

/// What people of an exchange or of the operator do in the browser, behind the node's own log-in.
public struct Office: Sendable {
  /// The exchange's desk; nil where this node is none.
  public let desk: DeskStore?
  /// The key file with which the operator admits; each use asks for its password. Nil where this
  /// node's people are no operator.
  public let operatorKey: URL?

  /// The offices that a node has.
  public init(desk: DeskStore?, operatorKey: URL?) {
    (self.desk, self.operatorKey) = (desk, operatorKey)
  }
}

/// The ways to the offices.
struct OfficePages {
  static func endpoints(_ source: ExplorerSource, _ household: Household) -> [Endpoint] {
    guard let office = household.office else { return [] }
    return (office.desk.map { DeskPages.endpoints(source, household, $0) } ?? [])
      + (office.operatorKey.map { OperatorPages.endpoints(source, household, $0) } ?? [])
  }

  /// The first page of a node that is an office and no home.
  static func start(_ view: View, _ office: Office) throws -> HTML {
    view.page(
      view.homeTitle, "home",
      "<h1>\(view.t("Your office", "業務"))</h1>\(try links(view, office))")
  }

  /// Cards that lead on, with what waits there.
  static func links(_ view: View, _ office: Office) throws -> HTML {
    var parts: HTML = ""
    if let desk = office.desk {
      let held = try desk.claims(.held, limit: 1000).count
      let text =
        held == 0
        ? view.t("No claim waits for a person.", "確認待ちの申請はありません。")
        : view.t("\(held) claims wait for a person.", "\(held) 件の申請が確認を待っています。")
      parts += """
        <section><h2><a href="/home/desk">\(view.t("The exchange's desk", "交換所の窓口"))</a></h2><p>\(text)</p></section>
        """
    }
    if office.operatorKey != nil {
      parts += """
        <section><h2><a href="/home/operator">\(view.t("Let a household in", "参加申請の承認"))</a></h2><p>\(view.t(
          "Read a request, weigh what the chain says of it, and admit.", "申請を読み取り、チェーンの記録と照らして承認します。"))</p></section>
        """
    }
    return parts
  }
}
