// SPDX-License-Identifier: Apache-2.0

/// The policy of the demo's exchange. Its homes replay days of other places, years and clocks:
/// checks that know the sun over the site would rightly doubt them all, so they hold nothing there.
public enum DemoPolicy {
  /// The policy file's text.
  public static let json: String = {
    let never = #"{"hold": 2, "refuse": 2}"#
    let names = [
      "night", "ceiling", "capacity", "neighbours", "week", "trend", "clock", "clear-day",
      "clear-week", "clear-hours", "replay",
    ]
    return "{\"checks\": {" + names.map { "\"\($0)\": \(never)" }.joined(separator: ", ") + "}}\n"
  }()
}
