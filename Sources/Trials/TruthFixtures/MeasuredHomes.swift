// SPDX-License-Identifier: Apache-2.0

import CheckoutFixtures
import Foundation
public import TruthChecks

/// The measured homes that the checks are tried on, read where `../shared/data` is present.
public enum MeasuredHomes {
  private static let folder = Checkout.measured

  /// Eight homes in Fontana, California, August 2016 to July 2017, hourly; the clock on the wall is
  /// put back to standard time, an hour is spread evenly over its halves. Empty where the data is
  /// not there.
  public static let fontana: [SiteRecordings] = (1...8).compactMap { home in
    let file = folder.appendingPathComponent("homes-hourly/home-0\(home).csv")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
    let hours = text.split(separator: "\n").dropFirst().compactMap { line in
      let cells = line.split(separator: ",")
      return cells.count >= 2 ? Double(cells[1]) : nil
    }
    let first = 17_014  // 2016-08-01
    var slots = [Double](repeating: 0, count: 2 * hours.count)
    for (hour, energy) in hours.enumerated() {
      let day = first + hour / 24
      // Summer time until 2016-11-06 and from 2017-03-12 on.
      let isSummer = day < 17_111 || day >= 17_237
      let at = 2 * hour - (isSummer ? 2 : 0)
      for (offset, part) in [(0, (energy / 2).rounded(.down)), (1, (energy / 2).rounded(.up))]
      where slots.indices.contains(at + offset) {
        slots[at + offset] += part
      }
    }
    return SiteRecordings(
      capacityW: home == 4 ? 5_000 : 4_000, latitude: 34.1, longitude: -117.4, utcOffset: -8,
      firstDay: first,
      days: (0..<slots.count / 48).map {
        SiteRecordings.Day(generated: Array(slots[48 * $0..<48 * ($0 + 1)]))
      })
  }

  /// A home near Sydney by its half hours, July 2011 to April 2012, put back to standard time.
  public static let sydney: SiteRecordings? = {
    let file = folder.appendingPathComponent("home-half-hourly/ausgrid-12.csv")
    guard let text = try? String(contentsOf: file, encoding: .utf8),
      let header = text.split(separator: "\n").first,
      let column = header.split(separator: ",").firstIndex(where: { $0.hasPrefix("pv_wh") })
    else { return nil }
    let values = text.split(separator: "\n").dropFirst().compactMap { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      return cells.count > column ? Double(cells[column]) : nil
    }
    let first = 15_156  // 2011-07-01
    var slots = [Double](repeating: 0, count: values.count)
    for (index, energy) in values.enumerated() {
      let day = first + index / 48
      // Summer time from 2011-10-02 to 2012-04-01.
      let at = index - (day >= 15_249 && day < 15_431 ? 2 : 0)
      if slots.indices.contains(at) { slots[at] += energy }
    }
    return SiteRecordings(
      capacityW: 1_040, latitude: -33.9, longitude: 151.2, utcOffset: 10, firstDay: first,
      days: (0..<slots.count / 48).map {
        SiteRecordings.Day(generated: Array(slots[48 * $0..<48 * ($0 + 1)]))
      })
  }()
}
