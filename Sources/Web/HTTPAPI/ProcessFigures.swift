// SPDX-License-Identifier: Apache-2.0

import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// What the system says of this process. Source: proc(5).
struct ProcessFigures {
  let cpuSeconds: Double
  let residentBytes: UInt64
  let openFiles: Int

  /// The figures of now; nil where the system does not tell.
  init?() {
    guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")"),
      let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
    else { return nil }
    // What follows the name begins with the third field.
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
      let pages = UInt64(fields[21])
    else { return nil }
    cpuSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    residentBytes = pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    openFiles = files.count
  }
}
