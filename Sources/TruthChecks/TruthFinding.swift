/// The checks that an exchange asks before it mints. They are advice: no law rests on them.
public enum TruthCheck: String, CaseIterable, Sendable {
  /// More than a clear sky gives at that place and time.
  case ceiling
  /// Generation at night.
  case night
  /// A day that was there before.
  case replay
  /// A series that is smoother, or a scaled copy of another.
  case shape
  /// More sold than there was to sell.
  case reverse
  /// More than neighbours under the same sky.
  case neighbours
  /// Samples that are missing or say something else.
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
    self.score = score
    self.sentence = sentence
  }
}
