// SPDX-License-Identifier: Apache-2.0

import DemoStreet
import Foundation
import Testing

/// After each story: every process that was asked to end has ended by itself.
struct EndsWell: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await function()
    let files =
      FileManager.default.enumerator(
        at: Stories.temporary, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
    for log in files where log.pathExtension == "log" {
      let text = (try? Data(contentsOf: log)).map { String(decoding: $0, as: UTF8.self) } ?? ""
      #expect(!text.contains(DemoProcess.unwilling), "\(log.path)")
    }
  }
}
