// SPDX-License-Identifier: Apache-2.0

public import MeterServices
public import WebService

/// The half hours of a home that are not final on the ledger yet.
public struct HalfHoursForm: Form {
  struct Item: Form {
    let halfHour: OpenHalfHour

    static let name = "HalfHour"
    static let fields: [Field<Self>] = [
      Field(
        "state", .choice(OpenHalfHour.State.allCases.map(\.rawValue)),
        "read: by the meters, not reported yet; waiting: for a block; sealed: in a block that is not final."
      ) { .text($0.halfHour.state.rawValue) },
      Field(form: "reading", "What flowed, as far as it is known.") {
        ReadingForm($0.halfHour.reading)
      },
    ]
  }

  private let halfHours: [OpenHalfHour]

  /// A list, the oldest first.
  public init(_ halfHours: [OpenHalfHour]) { self.halfHours = halfHours }

  public static let name = "HalfHours"
  public static let fields: [Field<Self>] = [
    Field(items: "items", "The half hours, the oldest first.") { $0.halfHours.map(Item.init) }
  ]
}
