// SPDX-License-Identifier: Apache-2.0

/// Finds a shorter list of faults that still breaks an invariant.
public enum Shrinker {
  /// Tries to leave out ever smaller parts of the plan's faults.
  /// - Parameters:
  ///   - tries: how many runs it may take.
  ///   - breaks: whether a plan still breaks.
  public static func shortest(
    _ plan: Plan, tries: Int, where breaks: (Plan) throws -> Bool
  ) rethrows -> Plan {
    var best = plan
    var left = tries
    var part = max(1, best.faults.count / 2)
    while left > 0 {
      var at = 0
      var hasShrunk = false
      while at < best.faults.count, left > 0 {
        var shorter = best
        shorter.faults.removeSubrange(at..<min(at + part, best.faults.count))
        left -= 1
        if try breaks(shorter) {
          best = shorter
          hasShrunk = true
        } else {
          at += part
        }
      }
      if part == 1, !hasShrunk { break }
      part = max(1, part / 2)
    }
    return best
  }
}
