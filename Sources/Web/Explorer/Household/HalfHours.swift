// SPDX-License-Identifier: Apache-2.0

import HTTPAPI
import HTTPTypes
import MeterServices
import WebService

/// What the node of a home has read, before it is final.
enum HalfHours {
  static func endpoints(_ source: ExplorerSource, _ household: Household) -> [Endpoint] {
    [
      Endpoint(
        "/home/half-hours", "home",
        "Half hours that this home's node has read and that are not final yet. Who has logged in at /home may read them.",
        gives: .form(HalfHoursForm.schema), failures: [.forbidden], isShared: false
      ) { call in
        try HouseholdPages.guardOpen(household, to: call)
        let open = try await household.meters?.openHalfHours() ?? []
        return Answer(HalfHoursForm(open), freshness: .never)
      }
    ]
  }
}
