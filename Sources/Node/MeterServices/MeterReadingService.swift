// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Clocks
public import EchonetControl
import EchonetLite
public import Foundation
import Ledger
import LedgerCrypto
public import LedgerStore
public import Logging
import Metering
public import NodeServices
import Quantities
public import RouteBSerial
public import ServiceLifecycle

/// Reads a home's meters around each half hour, keeps every answer, and hands signed reports to the
/// ledger. What the readings are is decided by the pure `MeterBook` and `ReadingCutter`.
public actor MeterReadingService: Service {
  /// How long a half hour may stay incomplete before the meter's history is asked, in seconds.
  static let settle: UInt64 = 300
  /// How long a report waits for counts that a meter keeps itself and that nobody could read, in seconds.
  static let patience: UInt64 = 86_400
  /// How many of the newest own report ids are kept, to tell them from another box's.
  static let remembered = 400
  /// How long samples stay at hand, in seconds.
  static let horizon: UInt64 = 3 * 86_400

  let settings: SiteSettings
  let controller: EchonetController
  let keeper: LedgerKeeper
  let clock: NetworkClock
  let logger: Logger
  let folder: URL
  let routeB: RouteBLink?
  var samples: SampleQueue
  var book: MeterBook
  var cutter: ReadingCutter
  var devices: [MeteredDevice] = []
  /// The site, once the operator has registered it.
  var site: SiteId?
  var next: Interval?
  var hasReported = false
  /// The newest reports that were signed since the start.
  var signed: [TransactionId] = []
  /// Half hours that go in a report of their own, since the law refused a longer one, and those that it refused even so.
  var alone: Set<Interval> = []
  var refused: Set<Interval> = []
  /// A signed report that could not be kept among what waits for a block.
  var unsent: EncodedTransaction?
  /// When reading began: what is reported of later half hours, and not by this node, is another box's.
  var started = NetworkTime(seconds: 0)
  private var isClosing = false
  /// The newest day, by the meters' clock, that has begun: the history of the day before was laid beside.
  private var comparedDay: Int64 = 0
  var health = MeterHealth()

  /// A reader of the meters of one site.
  /// - Parameters:
  ///   - routeB: the link to the smart meter, where it is not on the home's network.
  ///   - folder: the data folder, for what is known of the devices and how they do.
  public init(
    settings: SiteSettings, controller: EchonetController, samples: SampleStore,
    keeper: LedgerKeeper, clock: NetworkClock, routeB: RouteBLink?, folder: URL, logger: Logger
  ) {
    self.settings = settings
    self.controller = controller
    self.samples = SampleQueue(samples)
    self.keeper = keeper
    self.clock = clock
    self.folder = folder
    self.routeB = routeB
    self.logger = logger
    book = MeterBook(sources: [], consumption: nil, offset: settings.offset)
    cutter = ReadingCutter(tolerance: .zero, progress: nil)
  }

  /// Reads until shutdown. What was read is kept at every step, so that nothing is lost then but what waits for room
  /// on a full disk.
  public func run() async throws {
    let listener = Task { await listen() }
    let watcher = Task { await watchRouteB() }
    await cancelWhenGracefulShutdown {
      do { try await self.read() } catch is CancellationError {} catch {
        self.logger.error("meter reading stopped", metadata: ["error": "\(error)"])
      }
    }
    listener.cancel()
    watcher.cancel()
    samples.flush()
  }

  private func watchRouteB() async {
    guard let routeB else { return }
    for await _ in routeB.changes { await writeHealth() }
  }

  private func read() async throws {
    try await waitForClock()
    started = clock.now
    try await findMeters()
    try resume()
    // Whatever the counters show at the start is one more point to go by.
    try await poll()
    samples.flush()
    comparedDay = settings.offset.clock(at: clock.now).date.dayNumber
    // What fails in a child ends the reading; what is done leaves nothing behind, for years.
    try await withThrowingDiscardingTaskGroup { group in
      while true {
        try await waitForClock()
        let boundary = Interval(containing: clock.now).end
        try await clock.sleep(
          until: NetworkTime(seconds: boundary.seconds - settings.lead))
        try await poll { !$0.hasOwnHalfHours }
        try await clock.sleep(until: boundary.advanced(by: settings.lag))
        try await poll { !$0.hasOwnHalfHours }
        samples.flush()
        // A meter that takes its time must not keep the counters of the next half hour from being read.
        guard !isClosing else { continue }
        isClosing = true
        group.addTask { try await self.close(boundary) }
      }
    }
  }

  /// Asks for what the half hours up to `boundary` still lack, and reports what is complete.
  private func close(_ boundary: NetworkTime) async throws {
    defer { isClosing = false }
    try await poll { $0.hasOwnHalfHours }
    try await settle(boundary)
    do {
      samples.flush()
      try await report(until: boundary)
      try forget()
      showStore(samples.problem)
    } catch is CancellationError {
      throw CancellationError()
    } catch let error as StoreError {
      showStore(error.description)
    } catch { logger.error("no report made", metadata: ["error": "\(error)"]) }
    await writeHealth()
  }

  /// Waits until the clock can be right: what is read with a wrong one is worth nothing.
  private func waitForClock() async throws {
    while let reason = try await ClockCheck(keeper, clock).problem() {
      if health.clockProblem == nil {
        logger.error("the clock is wrong, nothing is read", metadata: ["reason": "\(reason)"])
      }
      if health.clockProblem != reason {
        health.clockProblem = reason
        await writeHealth()
      }
      try await Task.sleep(for: .seconds(5))
    }
    guard health.clockProblem != nil else { return }
    health.clockProblem = nil
    logger.notice("the clock is right again")
    await writeHealth()
  }

  /// Looks for meters until there is something to read and nothing that is wanted is silent.
  private func findMeters() async throws {
    let meter = ConfiguredDevice(address: RouteBLink.address, object: RouteBLink.meter)
    while true {
      let known = try KnownDevices(folder: folder)
      let found = await MeterFinder(controller).find(
        addresses: settings.addresses, listed: settings.devices,
        wanted: routeB == nil ? [] : [meter], known: known)
      try Task.checkCancellation()
      for (device, failure) in found.failures {
        logger.warning(
          "meter without scale",
          metadata: ["device": "\(device.object)", "reason": "\(failure)"])
      }
      for place in found.silent {
        logger.warning(
          "a device does not answer",
          metadata: ["address": "\(place.address)", "device": "\(place.object)"])
      }
      if !found.sources.isEmpty, found.failures.isEmpty, found.silent.isEmpty {
        do { try found.known.save() } catch {
          logger.warning("the devices are not remembered", metadata: ["error": "\(error)"])
        }
        devices = found.devices
        book = MeterBook(
          sources: found.sources, consumption: found.consumption, offset: settings.offset)
        let time = clock.now
        for (device, values) in found.scales {
          keep(device, values, at: time)
        }
        logger.info("meters found", metadata: ["devices": "\(devices.map(\.object))"])
        return
      }
      logger.warning("not all meters can be read; looking again in a minute")
      await writeHealth()
      try await clock.sleep(seconds: 60)
      try await waitForClock()
    }
  }

  /// Asks the devices for the counters that are wanted.
  private func poll(_ isWanted: (CounterSource) -> Bool = { _ in true }) async throws {
    var codes: [UInt8: [UInt8]] = [:]
    for source in book.sources + [book.consumption].compactMap({ $0 }) where isWanted(source) {
      codes[source.device, default: []] += source.polled
    }
    // A device that is slow to answer does not keep the others from being read in time.
    try await withThrowingTaskGroup(of: Void.self) { group in
      for device in devices {
        guard let wanted = codes[device.number]?.filter(device.codes.contains) else { continue }
        group.addTask { try await self.read(device, wanted) }
      }
      try await group.waitForAll()
    }
  }

  private func read(_ device: MeteredDevice, _ codes: [UInt8]) async throws {
    let answer = await controller.ask(device.address, device.object, get: codes)
    try Task.checkCancellation()
    keep(device, answer.values, at: clock.now)
  }

  private func keep(
    _ device: MeteredDevice, _ values: [UInt8: [UInt8]], at time: NetworkTime,
    historyDay: CalendarDate? = nil
  ) {
    let new = values.sorted { $0.key < $1.key }.map {
      Sample(
        time: time, device: device.number, object: device.object, property: $0.key,
        data: $0.value)
    }
    guard !new.isEmpty, health.clockProblem == nil else { return }
    for sample in new { book.record(sample, historyDay: historyDay) }
    samples.append(new, historyDay: historyDay)
    health.lastSample = time.seconds
  }

  /// Takes in what meters announce: their own half-hour counts.
  private func listen() async {
    for await announcement in controller.announcements {
      guard
        let device = devices.first(where: {
          $0.address == announcement.address && $0.object == announcement.message.source
        })
      else { continue }
      var values: [UInt8: [UInt8]] = [:]
      for property in announcement.message.properties where !property.data.isEmpty {
        values[property.code] = property.data
      }
      keep(device, values, at: clock.now)
    }
  }

  /// Asks again while a half hour lacks a counter, then asks the meter's history.
  private func settle(_ boundary: NetworkTime) async throws {
    var tries = 0
    while !book.isComplete(at: boundary), tries < 3,
      clock.now < boundary.advanced(by: MeterReadingService.settle)
    {
      tries += 1
      try await clock.sleep(seconds: max(1, settings.lag))
      try await poll()
    }
    let last = Interval(containing: boundary)
    let local = settings.offset.clock(at: boundary)
    var wanted = missing(before: last)
    if local.date.dayNumber > comparedDay {
      comparedDay = local.date.dayNumber
      // Once a day the meter's own history of the day that ended is laid beside the live counts.
      let yesterday = CalendarDate(dayNumber: local.date.dayNumber - 1)
      for device in devices where device.object.classCode == 0x0288 {
        if !wanted.contains(where: { $0 == (device.number, yesterday) }) {
          wanted.append((device.number, yesterday))
        }
      }
    }
    for (number, day) in wanted { try await askHistory(of: number, day) }
    health.disagreements = book.disagreements.map(\.seconds)
  }

  private func missing(before last: Interval) -> [(device: UInt8, day: CalendarDate)] {
    guard let next, next < last, last.number - next.number < 48 * 90 else { return [] }
    return book.missingHistory(in: next..<last)
  }

  private func askHistory(of number: UInt8, _ day: CalendarDate) async throws {
    guard let device = devices.first(where: { $0.number == number }) else { return }
    let today = settings.offset.clock(at: clock.now).date.dayNumber
    let back = today - day.dayNumber
    guard (0...99).contains(back) else { return }
    let isLow = device.object.classCode == 0x0288
    let codes: [UInt8] = (isLow ? [0xE2, 0xE4] : [0xE7]).filter(device.codes.contains)
    let answer = await controller.ask(
      device.address, device.object,
      set: [EchonetProperty(isLow ? 0xE5 : 0xE1, [UInt8(back)])], get: codes)
    try Task.checkCancellation()
    keep(device, answer.values, at: clock.now, historyDay: day)
  }
}
