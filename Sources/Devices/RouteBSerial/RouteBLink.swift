// SPDX-License-Identifier: Apache-2.0

public import EchonetControl
public import EchonetLite
public import Foundation
public import Logging
public import RouteB

/// The smart meter behind a Wi-SUN dongle as a link of the controller. Performs what the pure
/// `RouteBSession` says, and opens the port again for as long as it runs.
public actor RouteBLink: EchonetLink {
  /// The name by which the meter is asked.
  public static let address = "route-b"
  /// The smart meter's object: there is one behind Route B.
  public static let meter = EchonetObject(0x0288)

  /// How the link stands, for status pages.
  public struct Report: Codable, Sendable {
    /// The word and the text of the state; see `RouteBState`.
    public var state: String
    public var text: String
    public var needsHelp: Bool
    /// Wall seconds since 1970 of the last change.
    public var since: Double
    public var network: RouteBNetwork?
    public var counts: RouteBSession.Counts
  }

  public nonisolated let limits: NodeSession.Limits
  private let path: String
  private let memory: URL
  private let logger: Logger
  private let clock = MillisecondClock()
  private let events: AsyncStream<EchonetLinkEvent>
  private let told: AsyncStream<EchonetLinkEvent>.Continuation
  /// Says that `report` has changed.
  public nonisolated let changes: AsyncStream<Void>
  private let changed: AsyncStream<Void>.Continuation
  private var session: RouteBSession
  private var port: SerialPort?
  private var isClosed = false
  private var isReopening = false
  private var wakeUp: Task<Void, Never>?
  private var state = RouteBState.preparing
  private var since = Date()

  /// A link by the dongle at `path`.
  /// - Parameters:
  ///   - memory: the file that keeps the meter's network for the next start.
  ///   - asking: how the meter is asked; a meter may need 20 seconds for one property and 60 for
  ///     more.
  public init(
    path: String, credentials: RouteBCredentials, memory: URL, session limits: RouteBSession.Limits,
    asking: NodeSession.Limits = RouteBLink.patient, logger: Logger
  ) {
    self.path = path
    self.memory = memory
    self.limits = asking
    self.logger = logger
    (events, told) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1024))
    (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    let remembered = (try? Data(contentsOf: memory)).flatMap {
      try? JSONDecoder().decode(RouteBNetwork.self, from: $0)
    }
    session = RouteBSession(
      credentials,
      remembered: remembered.flatMap {
        RouteBNetwork(
          channel: $0.channel, panId: $0.panId, address: $0.address, linkQuality: $0.linkQuality)
      }, limits: limits)
  }

  /// One property within 20 seconds, more within 60. Source: interface specification 1.01, 2.4.2.
  public static let patient = NodeSession.Limits(
    timeout: 20_000, timeoutOfMany: 60_000, longestTimeout: 120_000, splitGrace: 2000, retries: 1,
    pause: 5000, longestPause: 60_000, batch: 4)

  /// How the link stands.
  public var report: Report {
    Report(
      state: state.word, text: state.text, needsHelp: state.needsHelp,
      since: since.timeIntervalSince1970, network: session.network, counts: session.counts)
  }

  public nonisolated func reaches(_ address: String) -> Bool { address == RouteBLink.address }

  public nonisolated func send(_ bytes: [UInt8], to address: String) {
    Task { await self.transmit(bytes) }
  }

  public nonisolated func sendToAll(_ bytes: [UInt8]) { send(bytes, to: RouteBLink.address) }

  /// Keeps the port open and hands over what comes, until the link is closed.
  public func read(_ take: @Sendable (EchonetLinkEvent) async -> Void) async {
    let line = Task { await self.keepOpen() }
    for await event in events { await take(event) }
    line.cancel()
    await line.value
  }

  /// Closes the port and ends `read`.
  public func close() async {
    isClosed = true
    wakeUp?.cancel()
    await port?.close()
    told.finish()
    changed.finish()
  }

  private var now: UInt64 { clock.now }

  private func transmit(_ bytes: [UInt8]) { perform(session.send(bytes, at: now)) }

  /// Opens the port, reads it to its end, and again; a dongle that is put back is found within
  /// seconds.
  private func keepOpen() async {
    while !isClosed, !Task.isCancelled {
      do {
        let opened = try await SerialPort.open(path)
        guard !isClosed else { return await opened.close() }
        port = opened
        perform(session.opened(at: now))
        for await bytes in opened.incoming { perform(session.receive(bytes, at: now)) }
        await opened.close()
        port = nil
        if isReopening {
          isReopening = false
        } else if !isClosed {
          perform(session.closed(reason: "the dongle at \(path) was unplugged", at: now))
        }
      } catch {
        perform(session.closed(reason: "\(error)", at: now))
      }
      guard !isClosed else { return }
      try? await clock.sleep(2000)
    }
  }

  private func perform(_ actions: [RouteBSession.Action]) {
    for action in actions {
      switch action {
      case .write(let bytes): port?.write(bytes)
      case .received(let bytes): told.yield(.received(bytes, from: RouteBLink.address))
      case .hold: told.yield(.held(address: RouteBLink.address))
      case .release: told.yield(.released(address: RouteBLink.address))
      case .remember(let network): remember(network)
      case .state(let next): show(next)
      case .reopen:
        isReopening = true
        if let port { Task { await port.close() } }
      }
    }
    planWakeUp()
  }

  private func show(_ next: RouteBState) {
    guard next != state else { return }
    state = next
    since = Date()
    changed.yield()
    let level: Logger.Level = next.needsHelp ? .warning : .info
    logger.log(level: level, "Route B: \(next.text)")
  }

  private func remember(_ network: RouteBNetwork?) {
    do {
      guard let network else {
        if FileManager.default.fileExists(atPath: memory.path) {
          try FileManager.default.removeItem(at: memory)
        }
        return
      }
      try JSONEncoder().encode(network).write(to: memory, options: .atomic)
    } catch {
      logger.warning("Route B: the network is not remembered", metadata: ["error": "\(error)"])
    }
  }

  private func planWakeUp() {
    wakeUp?.cancel()
    guard !isClosed, let next = session.deadline else { return }
    let wait = next > now ? next - now : 0
    wakeUp = Task { [clock] in
      guard (try? await clock.sleep(wait + 1)) != nil else { return }
      self.perform(self.session.tick(at: self.now))
    }
  }
}
