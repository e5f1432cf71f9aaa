// SPDX-License-Identifier: Apache-2.0

import CommandLineTool
import DemoStreet
import EchonetLite
import Foundation
import LedgerStore
import Metering
import ProcessFixtures
import Quantities

/// What a home's node takes of its small machine: one of three homes of a street of real processes,
/// with its explorer and reports of every half hour, without the search for nonces. A day of the
/// network in four minutes shows what follows the network's clock; two minutes on a clock like the
/// wall's show what does not.
func homeNode() async throws -> [Figure] {
  let busy = try await HomeNodeRun(clockFactor: 360).measure(for: 240)
  let idle = try await HomeNodeRun(clockFactor: 1).measure(for: 120)
  let days = busy.networkSeconds / 86_400
  let perDay = (busy.cpu - idle.cpu / idle.seconds * busy.seconds) / days
  let share = idle.cpu / idle.seconds + max(0, perDay) / 86_400
  let bytes = busy.onDisk ?? busy.written
  let written = Double(bytes) / days / 1_048_576
  func round(_ value: Double) -> Double { (value * 100).rounded() / 100 }
  return [
    Figure(
      name: "home_cpu", value: round(share * 100),
      unit:
        "% of a core: \(round(idle.cpu / idle.seconds * 100)) at rest, \(round(perDay)) s a day",
      ratio: share / 0.01, to: "1 % of a core"),
    Figure(
      name: "home_memory", value: round(busy.peak), unit: "MiB at most, \(round(busy.memory)) then",
      ratio: busy.peak / 60, to: "60 MiB"),
    Figure(
      name: "home_written", value: round(written),
      unit: "MiB a day, \(Int(Double(busy.blocks) / days)) blocks a day, "
        + (busy.onDisk == nil ? "by the process" : "with the file system's own"),
      ratio: written / 20,
      to: "20 MiB a day"),
    Figure(
      name: "home_write_amplification", value: Double(bytes / 1024),
      unit: "KiB written", ratio: Double(bytes) / Double(max(1, busy.grown)),
      to: "what its files grew by (\(busy.grown / 1024) KiB)"),
    Figure(
      name: "home_first_reading", value: round(busy.firstReading),
      unit: "s from start to the first counter", ratio: nil, to: "–"),
  ]
}

/// A street whose first home is measured.
private struct HomeNodeRun {
  struct Result {
    var seconds = 0.0
    var networkSeconds = 0.0
    /// CPU seconds.
    var cpu = 0.0
    /// MiB of memory at the end, and at most.
    var memory = 0.0
    var peak = 0.0
    /// Bytes that went to the disk, and by which the files grew.
    var written = 0
    var grown = 0
    /// The same with what the file system wrote for itself, where a disk could be mounted.
    var onDisk: Int?
    var blocks: UInt64 = 0
    /// Seconds from the start of the process to its first sample.
    var firstReading = 0.0
  }

  let clockFactor: Int

  func measure(for duration: Int) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let genesis = folder.appendingPathComponent("network.json")
    try String(contentsOfFile: "Genesis/street.json", encoding: .utf8)
      .replacing(/"clockFactor": [0-9]+/, with: "\"clockFactor\": \(clockFactor)")
      .write(to: genesis, atomically: true, encoding: .utf8)
    var plan = StreetPlan(
      folder: folder.appendingPathComponent("street").path, genesis: genesis.path, data: [],
      homes: 3, startHour: 9, firstPort: 19_700, network: 7)
    plan.explorers = [.home(1)]
    plan.homesMine = false
    let street = try Street(plan)
    try street.prepare()
    let disk = try HomeDisk(street)
    defer {
      street.end()
      disk.remove()
    }
    for home in 1...plan.homes { try street.startHouse(home) }
    for role in street.roles where role != .home(1) { try street.start(role) }
    let start = ContinuousClock.now
    try street.start(.home(1))
    var result = Result()
    while try !hasSample(street) { try await Task.sleep(for: .milliseconds(10)) }
    result.firstReading = seconds(since: start)
    // The start is over: what follows is what a day after a day is like.
    try await Task.sleep(for: .seconds(20))
    return try await watch(street, disk, for: duration, result)
  }

  private func hasSample(_ street: Street) throws -> Bool {
    guard let samples = try? SampleStore.reading(folder: street.folder(.home(1)).path) else {
      return false
    }
    // A counter, not one of the units and digits that are asked before: E0 of a smart meter, E1 of an inverter.
    return try samples.newest(limit: 20).contains {
      ($0.object.classCode, $0.property) == (0x0288, 0xE0)
        || ($0.object.classCode, $0.property) == (0x0279, 0xE1)
    }
  }

  private func watch(
    _ street: Street, _ disk: HomeDisk, for duration: Int, _ begun: Result
  ) async throws -> Result {
    var result = begun
    let (start, first, height) = (
      ContinuousClock.now, try ProcessUse(street), try street.store(.home(1)).height()
    )
    let (size, onDisk) = (byteCount(street), try disk.bytesWritten())
    for left in stride(from: duration, to: 0, by: -10) {
      Screen.note("hinata-bench: a home at \(clockFactor) times the wall's clock, \(left) s left")
      try await Task.sleep(for: .seconds(10))
    }
    let last = try ProcessUse(street)
    result.seconds = seconds(since: start)
    result.networkSeconds = result.seconds * Double(clockFactor)
    result.cpu = last.cpu - first.cpu
    (result.memory, result.peak) = (last.memory, last.peak)
    result.written = last.written - first.written
    result.onDisk = try disk.bytesWritten().map { $0 - (onDisk ?? 0) }
    result.grown = byteCount(street) - size
    result.blocks = try street.store(.home(1)).height() - height
    return result
  }

  /// What the files of the home's databases hold, their logs aside.
  private func byteCount(_ street: Street) -> Int {
    let folder = street.folder(.home(1))
    let files =
      (try? FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: [.fileSizeKey])) ?? []
    return files.filter {
      !$0.lastPathComponent.hasSuffix("-shm") && !$0.lastPathComponent.hasSuffix("-wal")
    }.reduce(0) {
      $0 + ((try? $1.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0)
    }
  }
}

/// The measured home's folder on a disk of its own, where one can be mounted.
private struct HomeDisk {
  private let disk: SmallDisk?

  init(_ street: Street) throws {
    guard SmallDisk.isAllowed else {
      disk = nil
      return
    }
    let folder = street.folder(.home(1))
    let aside = folder.appendingPathExtension("aside")
    let files = FileManager.default
    try files.moveItem(at: folder, to: aside)
    disk = try SmallDisk(folder, megabytes: 256)
    for name in try files.contentsOfDirectory(atPath: aside.path) {
      try files.copyItem(
        at: aside.appendingPathComponent(name), to: folder.appendingPathComponent(name))
    }
  }

  func bytesWritten() throws -> Int? { try disk?.bytesWritten() }

  func remove() { disk?.remove() }
}

/// What the measured home's process has used since it began. Source: proc(5).
private struct ProcessUse {
  let cpu: Double
  let memory: Double
  let peak: Double
  let written: Int

  init(_ street: Street) throws {
    guard let number = street.processIdentifier(.home(1)) else {
      throw BenchError(description: "the home's node has ended")
    }
    func file(_ name: String) throws -> String {
      try String(contentsOfFile: "/proc/\(number)/\(name)", encoding: .utf8)
    }
    // The name of the process, in brackets, may have blanks; 14 and 15 are user and system time.
    let stat = try file("stat")
    let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
    let ticks = (Double(fields[12]) ?? 0) + (Double(fields[13]) ?? 0)
    cpu = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    func value(_ text: String, _ key: String) -> Int {
      let line = text.split(separator: "\n").first { $0.hasPrefix(key + ":") }
      return line?.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0
    }
    let status = try file("status")
    memory = Double(value(status, "VmRSS")) / 1024
    peak = Double(value(status, "VmHWM")) / 1024
    written = value(try file("io"), "write_bytes")
  }
}
