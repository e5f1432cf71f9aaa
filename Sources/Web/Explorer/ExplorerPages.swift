// SPDX-License-Identifier: Apache-2.0

import HTTPAPI
import WebService

/// All pages of the explorer.
enum ExplorerPages {
  /// - Parameter isNew: the pages are those of a box that has not joined yet.
  static func endpoints(_ source: ExplorerSource, isNew: Bool) -> [Endpoint] {
    HomePage.endpoints(source, isNew: isNew) + BlockPages.endpoints(source)
      + TransactionPages.endpoints(source) + SitePages.endpoints(source)
      + MemberPages.endpoints(source) + StatementPages.endpoints(source)
      + LotPages.endpoints(source)
      + ClaimPages.endpoints(source) + NetworkPages.endpoints(source) + HelpPage.endpoints(source)
      + ReadingsFile.endpoints(source)
      + Asset.endpoints
  }
}
