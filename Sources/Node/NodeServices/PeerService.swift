// SPDX-License-Identifier: Apache-2.0

public import Foundation
public import Logging
import PeerFiles
public import PeerTransport
public import ServiceLifecycle

/// Carries what happens on links to the keeper, lets time pass for it, and writes down what is to
/// be remembered of peers.
public struct PeerService: Service {
  /// Between two ticks of the protocol.
  static let tick = Duration.milliseconds(100)
  /// Ticks between two looks at the file's pending transactions, and two writings of the memory.
  static let adoptEvery = 20
  static let rememberEvery = 6_000

  private let keeper: LedgerKeeper
  private let transport: PeerTransport
  private let folder: URL
  private let logger: Logger

  /// The peers of `keeper` over `transport`; their memory lies in `folder`.
  public init(keeper: LedgerKeeper, transport: PeerTransport, folder: URL, logger: Logger) {
    self.keeper = keeper
    self.transport = transport
    self.folder = folder
    self.logger = logger
  }

  /// Runs until shutdown; then links are closed and peers remembered.
  public func run() async throws {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for await event in transport.events { await keeper.take(event) }
      }
      group.addTask {
        await cancelWhenGracefulShutdown { await ticks() }
        await keeper.endLooks()
        await transport.shutDown()
      }
      await group.waitForAll()
    }
    await remember()
  }

  private func ticks() async {
    var count = 0
    while !Task.isCancelled {
      await keeper.tick()
      if count % PeerService.adoptEvery == 0 { await keeper.adoptPending() }
      count += 1
      if count % PeerService.rememberEvery == 0 { await remember() }
      do { try await Task.sleep(for: PeerService.tick) } catch { return }
    }
  }

  private func remember() async {
    do { try await keeper.memory.write(to: folder) } catch {
      logger.error("peers not remembered", metadata: ["error": "\(error)"])
    }
  }
}
