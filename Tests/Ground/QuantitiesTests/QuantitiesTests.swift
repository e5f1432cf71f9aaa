// SPDX-License-Identifier: Apache-2.0

import Quantities
import Testing

@Suite("Quantities")
struct QuantitiesTests {
  @Test("Every day from 1970 to 2100 comes back from its number, and follows the one before")
  func calendar() {
    var before = CalendarDate(dayNumber: -1)
    for number in Int64(0)..<47_847 {
      let date = CalendarDate(dayNumber: number)
      #expect(date.dayNumber == number && before < date)
      #expect(date.day == (before.month == date.month ? before.day + 1 : 1))
      #expect(date.dayOfYear == (before.year == date.year ? before.dayOfYear + 1 : 1))
      before = date
    }
    #expect("\(before)" == "2100-12-31")
  }

  @Test(
    "Days that are none are refused",
    arguments: [
      "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-4-1", "x", "",
      "2026-04-01T", "+026-04-01",
    ])
  func noDays(_ text: String) { #expect(CalendarDate(text: text) == nil) }

  @Test("Intervals are half hours of UTC, by number and by text")
  func intervals() throws {
    let noon = try #require(Interval(text: "2026-11-28T12:00Z"))
    #expect(noon.slot == 24 && noon.day == 20_785)
    #expect(noon.start.seconds % Interval.seconds == 0 && noon.end == noon.advanced(by: 1).start)
    #expect(Interval(text: "\(noon)") == noon && Interval(text: "\(noon.number)") == noon)
    #expect(Interval(text: "2026-11-28T12:29:59Z") == noon, "a time in it names it too")
    for text in ["2026-11-28T12:60Z", "2026-11-28T12:00", "-1", "99999999999", ""] {
      #expect(Interval(text: text) == nil, "\(text)")
    }
    #expect(Interval(.max).advanced(by: 1) >= noon, "the last interval does not trap")
  }

  @Test("A difference that cannot go below nothing is nothing there, at every edge")
  func differences() {
    #expect((7 as UInt64).subtractingDownToZero(5) == 2)
    #expect((5 as UInt64).subtractingDownToZero(7) == 0)
    #expect(UInt64.min.subtractingDownToZero(.max) == 0)
    #expect(UInt64.max.subtractingDownToZero(.min) == .max)
    #expect(MilliCoins(3).subtracting(MilliCoins(4)) == nil)
  }

  @Test("Thousandths have three decimals, whatever stands before them")
  func thousandths() {
    #expect(
      [0, 7, 999, 1000, 12_045].map(Thousandths.text) == [
        "0.000", "0.007", "0.999", "1.000", "12.045",
      ])
    #expect("\(MilliCoins(12_045))" == "12.045 coins")
    #expect(Thousandths.text(.max) == "18446744073709551.615")
  }
}
