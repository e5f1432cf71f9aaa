// SPDX-License-Identifier: Apache-2.0

import CheckoutFixtures
import Foundation
import ProcessFixtures
import Testing

/// What stands on a terminal, by an emulator that knows nothing of the command.
extension Stories {
  @Test(
    "terminal: the street stands still at 80 × 24 and at 200 × 60, and nothing scrolls away",
    .works,
    arguments: [(80, 24), (200, 60)])
  func terminal(columns: Int, rows: Int) throws {
    let programs = try PyPI.programs("pyte", ["pyte==0.8.2"], importing: "pyte")
    // No longer than the one that is used by default: what the screen says to type has to fit.
    let folder = ".build/st-\(columns)"
    let result = try Executable.run(
      programs.appendingPathComponent("python").path,
      [
        "Tests/Tools/ScenarioTests/terminal_street.py", "\(columns)", "\(rows)", "12",
        ".build/debug/hinata", "street", "--homes", "2", "--folder", folder, "--port",
        "\(StoryPlace().firstPort)",
      ])
    #expect(result.status == 0, "\(result.output.suffix(500)) \(result.errors.suffix(500))")
    let said = try Stories.json(result.output)
    let screens = try #require(said["screens"] as? [[String]])
    #expect((said["scrolled"] as? NSNumber)?.intValue == 0, "lines went off the screen")
    let drawn = screens.filter { $0.contains { $0.contains("my home") } }
    #expect(drawn.count > 3, "\(screens.last ?? [])")
    for screen in drawn {
      #expect(screen.count { $0.contains("Hinata street") } == 1, "\(screen)")
      for part in [
        "operator", "exchange", "home-1", "home-2", "explorer  http", "home.code", "Ctrl-C ends",
      ] {
        #expect(screen.contains { $0.contains(part) }, "\(part) is not on \(screen)")
      }
    }
    let command = try #require(drawn.last?.first { $0.contains(" wallet ") })
    let typed = try Executable.run("/usr/bin/env", ["bash", "-c", command])
    #expect(typed.status == 0, "\(command): \(typed.errors)")
    try FileManager.default.removeItem(at: Checkout.root.appendingPathComponent(folder))
  }
}
