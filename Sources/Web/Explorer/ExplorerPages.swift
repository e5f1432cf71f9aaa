// SPDX-License-Identifier: Apache-2.0

import HTTPAPI
import WebService

/// All pages of the explorer.
enum ExplorerPages {
  static func endpoints(_ source: ExplorerSource) -> [Endpoint] {
    HomePage.endpoints(source) + BlockPages.endpoints(source)
      + TransactionPages.endpoints(source) + SitePages.endpoints(source)
      + MemberPages.endpoints(source) + LotPages.endpoints(source)
      + ClaimPages.endpoints(source) + NetworkPages.endpoints(source) + Asset.endpoints
  }
}
