// SPDX-License-Identifier: Apache-2.0

import Quantities
public import TruthChecks

/// One site and month under review, day after day; what is held leaves the references, as at the
/// desk.
public enum Trial {
  /// What came of a month.
  public struct Outcome: Sendable {
    /// Days that could be judged, and those of them that were held.
    public var days = 0
    public var held = 0
    /// By which checks, how often.
    public var checks: [TruthCheck: Int] = [:]

    /// Nothing judged yet.
    public init() {}
  }

  /// Reviews the days of `month`.
  public static func review(
    _ site: SiteRecordings, neighbours: [SiteRecordings], month: Range<Int>
  ) -> Outcome {
    var site = site
    var outcome = Outcome()
    for day in month {
      guard let known = site.days[day - site.firstDay], known.isComplete else { continue }
      outcome.days += 1
      var review = TruthReview(site, neighbours: neighbours)
      let found = review.findings(on: day).filter { $0.score >= 0.5 }
      guard !found.isEmpty else { continue }
      outcome.held += 1
      for finding in found { outcome.checks[finding.check, default: 0] += 1 }
      site.days[day - site.firstDay]?.isAccepted = false
    }
    return outcome
  }
}
