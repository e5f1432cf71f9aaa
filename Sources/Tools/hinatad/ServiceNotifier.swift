// SPDX-License-Identifier: Apache-2.0

import Foundation
import LedgerStore
import Logging
import NodeServices
import PeerProtocol
import ServiceLifecycle

/// Tells systemd that the node is ready, how it is, that it still lives, and that it ends. Without
/// systemd it does nothing. Source: sd_notify(3), systemd.service(5), WatchdogSec.
struct ServiceNotifier: Service {
  private let socket: String
  private let period: Duration
  private let keeper: LedgerKeeper
  private let logger: Logger

  /// The notifier of a node that systemd started, or nil.
  init?(keeper: LedgerKeeper, logger: Logger) {
    let environment = ProcessInfo.processInfo.environment
    guard let socket = environment["NOTIFY_SOCKET"], !socket.isEmpty else { return nil }
    self.socket = socket
    // Twice in the time after which systemd takes the node for dead.
    let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 60_000_000
    period = .microseconds(max(1_000_000, microseconds / 2))
    self.keeper = keeper
    self.logger = logger
  }

  /// Says so as long as the ledger answers: a node that hangs is started anew by systemd.
  func run() async throws {
    say("READY=1\nSTATUS=\(await status())")
    await cancelWhenGracefulShutdown {
      while (try? await Task.sleep(for: period)) != nil {
        say("WATCHDOG=1\nSTATUS=\(await status())")
      }
    }
    say("STOPPING=1")
  }

  private func status() async -> String {
    let peers = await keeper.peers.count { $0.hello != nil }
    return "height \((try? keeper.store.height()) ?? 0), \(peers) peers"
  }

  private func say(_ text: String) {
    let descriptor = Foundation.socket(
      AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // An address that begins with @ lies in the abstract namespace, which begins with a zero byte.
    var path = Array(socket.utf8)
    if path.first == UInt8(ascii: "@") { path[0] = 0 }
    guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
    let bytes = Array(text.utf8)
    let sent = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, bytes, bytes.count, 0, $0, length)
      }
    }
    if sent < 0 { logger.warning("systemd is not told", metadata: ["errno": "\(errno)"]) }
  }
}
