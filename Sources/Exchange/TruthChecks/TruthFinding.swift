// SPDX-License-Identifier: Apache-2.0

/// The checks that an exchange asks before it mints. They are advice: no law rests on them.
public enum TruthCheck: String, CaseIterable, Sendable {
  /// Generation while the sun is down.
  case night
  /// More in a half hour than a clear sky gives at that place.
  case ceiling
  /// More in a day than the best fixed roof of that capacity could.
  case capacity
  /// More in a day than the neighbours under the same sky let expect.
  case neighbours
  /// The same over a week: little by little.
  case week
  /// The same over two weeks against the month before the last: a slow rise.
  case trend
  /// The day's middle is elsewhere: a wrong clock, or another place.
  case clock
  /// More in a day than the site's own clear days.
  case clearDay = "clear-day"
  /// More than that on several days of a week.
  case clearWeek = "clear-week"
  /// More within a few hours than the site's own clear sky.
  case clearHours = "clear-hours"
  /// A day that was there before, here or next door, perhaps scaled.
  case replay
  /// Another site under the same sky recorded the very same half hours: one meter at two sites.
  case twin
  /// More sold than was generated and discharged.
  case reverse
  /// A battery that gives back more than it took, or too little: its discharge may be sold as sun.
  case battery
  /// Half hours of daylight are missing: what is there is compared, many such days are held.
  case incomplete
  /// Generation of which the grid meter says nothing.
  case unmetered
  /// Samples that are missing or say something else, by members' audits.
  case evidence
}

/// What a check found.
public struct TruthFinding: Hashable, Sendable {
  public let check: TruthCheck
  /// How sure the check is that something is wrong, 0…1; from 0.5 on by its own threshold.
  public let score: Double
  /// One sentence for whoever claimed.
  public let sentence: String

  /// A finding.
  public init(check: TruthCheck, score: Double, sentence: String) {
    self.check = check
    self.score = min(1, max(0, score))
    self.sentence = sentence
  }

  /// The score of a value against its threshold: 0.5 at the threshold, 1 at twice as much.
  static func score(_ value: Double, _ threshold: Double) -> Double {
    min(1, max(0, value / (2 * threshold)))
  }
}
