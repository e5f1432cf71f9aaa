// SPDX-License-Identifier: Apache-2.0

import Clocks
import CommandLineTool
import Foundation
import Glibc
import HouseModel
import ServiceLifecycle

/// A pseudo-terminal: a serial line without a cable, at a path of one's choice.
struct PseudoTerminal {
  private let own: Int32
  /// Held open so that the line stays as it is between two programs that use it.
  private let other: Int32
  private let path: String

  /// A new line whose other end is found at `path`, a symbolic link that is replaced.
  init(at path: String) throws {
    var (own, other): (Int32, Int32) = (-1, -1)
    var name = [CChar](repeating: 0, count: 64)
    var settings = termios()
    cfmakeraw(&settings)
    guard openpty(&own, &other, &name, &settings, nil) == 0,
      fcntl(own, F_SETFL, O_NONBLOCK) == 0
    else { throw UsageError(description: "no pseudo-terminal can be had (errno \(errno))") }
    (self.own, self.other) = (own, other)
    let device = String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    self.path = path
    unlink(path)
    guard symlink(device, path) == 0 else {
      throw UsageError(description: "--route-b \(path): the link cannot be made (errno \(errno))")
    }
  }

  /// What was written to the other end.
  func read() -> [UInt8] {
    // Whoever had the line for itself alone may have gone.
    _ = ioctl(other, UInt(TIOCNXCL))
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(own, &bytes, bytes.count)
    return count > 0 ? Array(bytes[..<count]) : []
  }

  /// Sends bytes; what does not fit while nobody reads is lost, as on a wire.
  func write(_ bytes: [UInt8]) { _ = Glibc.write(own, bytes, bytes.count) }

  /// Pulls the line out.
  func remove() {
    unlink(path)
    close(other)
    close(own)
  }
}

/// An emulated dongle on a pseudo-terminal, until shutdown.
actor DongleLine: Service {
  private var dongle: EmulatedDongle
  private let path: String
  private let clock: NetworkClock
  private var line: PseudoTerminal?
  private var outgoing: [(at: ContinuousClock.Instant, bytes: [UInt8])] = []

  init(_ dongle: EmulatedDongle, at path: String, _ clock: NetworkClock) throws {
    self.dongle = dongle
    self.path = path
    self.clock = clock
    line = try PseudoTerminal(at: path)
  }

  func run() async throws {
    try await cancelWhenGracefulShutdown { try await self.turn() }
    line?.remove()
  }

  private func turn() async throws {
    while !Task.isCancelled {
      let time = clock.now
      plug(isOut: dongle.isUnplugged(at: time))
      queue(dongle.advance(to: time))
      if let line {
        let bytes = line.read()
        if !bytes.isEmpty { queue(dongle.receive(bytes, at: time)) }
        let now = ContinuousClock.now
        for item in outgoing where item.at <= now { line.write(item.bytes) }
        outgoing.removeAll { $0.at <= now }
      }
      do { try await Task.sleep(for: .milliseconds(4)) } catch { return }
    }
  }

  private func queue(_ outputs: [EmulatedDongle.Output]) {
    for output in outputs {
      let at = ContinuousClock.now + .milliseconds(output.delay)
      outgoing.insert(
        (at, output.bytes), at: outgoing.lastIndex { $0.at <= at }.map { $0 + 1 } ?? 0)
    }
  }

  private func plug(isOut: Bool) {
    if isOut, let line {
      for output in dongle.advance(to: clock.now) { line.write(output.bytes) }
      line.remove()
      self.line = nil
      outgoing = []
      Screen.note("dongle unplugged")
    } else if !isOut, line == nil {
      line = try? PseudoTerminal(at: path)
      Screen.note("dongle at \(path) again")
    }
  }
}
