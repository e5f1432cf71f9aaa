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
  /// How long samples stay at hand, in seconds.
  static let horizon: UInt64 = 3 * 86_400
  /// How often devices are looked for again, in seconds.
  static let lookAgain: UInt64 = 3600
  /// How often the power of a device without a counter is looked at, in seconds.
  static let powerPeriod: UInt64 = 60
  /// The least time between two looks at counters, by the wall's clock.
  static let quickest = Duration.milliseconds(200)

  let settings: SiteSettings
  let controller: EchonetController
  let keeper: LedgerKeeper
  let clock: NetworkClock
  let logger: Logger
  let folder: URL
  let routeB: RouteBLink?
  var samples: SampleQueue
  var book: MeterBook
  var planner: ReportPlanner
  /// What flowed so far, up to the minute; nil until devices are found.
  var totals: RunningTotals?
  var devices: [MeteredDevice] = []
  /// The plan of what was found last.
  var foundPlan = FlowPlan([])
  /// The site, once the operator has registered it.
  var site: SiteId?
  /// A signed report that could not be kept among what waits for a block.
  var unsent: EncodedTransaction?
  /// When reading began: what is reported of later half hours, and not by this node, is another
  /// box's.
  var started = NetworkTime(seconds: 0)
  private var isClosing = false
  /// Devices that are being asked since they announced something.
  private var isAsking: Set<UInt8> = []
  /// Ends when the newest search ends.
  var lastSearch: Task<Void, Never>?
  /// Last and first words of devices around their silences.
  private var edges = SilenceEdges()
  /// Devices that somebody confirmed and that are not among the known ones yet.
  var confirmed: Set<ConfiguredDevice> = []
  /// What the strangers of the last search call themselves.
  var identifications: [ConfiguredDevice: [UInt8]] = [:]
  /// Something spoke at a place that is not known.
  var hasNewPlace = false
  /// The newest day, by the meters' clock, that has begun: the history of the day before was laid
  /// beside.
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
    book = MeterBook(FlowPlan([]), offset: settings.offset)
    planner = ReportPlanner(
      .init(reportIntervals: settings.reportIntervals, rules: keeper.store.genesis.rules))
  }

  /// Reads until shutdown. What was read is kept at every step, so that nothing is lost then but
  /// what waits for room on a full disk.
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
    keepTotals()
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
    var schedule = MeterSchedule(lead: settings.lead, lag: settings.lag, from: clock.now)
    // What fails in a child ends the reading; what is done leaves nothing behind, for years.
    try await withThrowingDiscardingTaskGroup { group in
      group.addTask { try await self.watchPower() }
      group.addTask { try await self.watchCounters() }
      group.addTask { try await self.lookAgain() }
      while true {
        try await waitForClock()
        let (time, moment) = schedule.next(at: clock.now)
        try await clock.sleep(until: time)
        try await poll { !$0.hasOwnHalfHours }
        guard case .after(let boundary) = moment else { continue }
        samples.flush()
        // A meter that takes its time must not keep the counters of the next half hour from being read.
        guard !isClosing else { continue }
        isClosing = true
        group.addTask { try await self.close(boundary) }
      }
    }
  }

  /// Looks at the power of devices without a counter each minute.
  private func watchPower() async throws {
    while true {
      try await clock.sleep(seconds: MeterReadingService.powerPeriod)
      guard book.sources.contains(where: \.isIntegrated), health.clockProblem == nil else {
        continue
      }
      try await poll { $0.isIntegrated }
    }
  }

  /// Looks each minute at counters without half hours of their own: what a device said last before
  /// it fell silent, and first when it spoke again, is kept.
  private func watchCounters() async throws {
    while true {
      let began = ContinuousClock.now
      try await clock.sleep(seconds: MeterReadingService.powerPeriod)
      // However fast a network's clock runs, the devices are those of a home.
      let rest = MeterReadingService.quickest - (ContinuousClock.now - began)
      if rest > .zero { try await Task.sleep(for: rest) }
      guard health.clockProblem == nil else { continue }
      try await withThrowingDiscardingTaskGroup { group in
        for (device, codes) in wanted({ !$0.hasOwnHalfHours && !$0.isIntegrated }) {
          group.addTask { try await self.watch(device, codes) }
        }
      }
    }
  }

  private func watch(_ device: MeteredDevice, _ codes: [UInt8]) async throws {
    let answer = await controller.ask(device.address, device.object, get: codes)
    try Task.checkCancellation()
    let time = clock.now
    guard !answer.values.isEmpty else {
      // A device that answers and refuses is not silent.
      if !answer.isComplete { put(edges.silent(device.number)) }
      return
    }
    let said = samples(of: device, answer.values, at: time)
    takeTotals(said)
    put(edges.heard(device.number, said, isKept: false))
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
    keepTotals()
    await writeHealth()
  }

  /// Waits until the clock can be right: what is read with a wrong one is worth nothing.
  func waitForClock() async throws {
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

  /// The devices with the properties of their counters that are wanted.
  private func wanted(
    _ isWanted: (CounterSource) -> Bool = { _ in true }
  ) -> [(device: MeteredDevice, codes: [UInt8])] {
    var codes: [UInt8: [UInt8]] = [:]
    for source in book.sources + [book.plan.consumption].compactMap({ $0 }) where isWanted(source) {
      codes[source.device, default: []] += source.polled
    }
    return devices.compactMap { device in
      codes[device.number].map { (device, $0.filter(device.codes.contains)) }
    }
  }

  /// Asks the devices for the counters that are wanted.
  func poll(_ isWanted: (CounterSource) -> Bool = { _ in true }) async throws {
    // A device that is slow to answer does not keep the others from being read in time.
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (device, codes) in wanted(isWanted) {
        group.addTask { try await self.read(device, codes) }
      }
      try await group.waitForAll()
    }
  }

  func read(_ device: MeteredDevice, _ codes: [UInt8]) async throws {
    let answer = await controller.ask(device.address, device.object, get: codes)
    try Task.checkCancellation()
    if answer.values.isEmpty, !answer.isComplete { put(edges.silent(device.number)) }
    keep(device, answer.values, at: clock.now)
  }

  func keep(
    _ device: MeteredDevice, _ values: [UInt8: [UInt8]], at time: NetworkTime,
    historyDay: CalendarDate? = nil
  ) {
    let new = samples(of: device, values, at: time)
    guard !new.isEmpty, health.clockProblem == nil else { return }
    if historyDay == nil {
      _ = edges.heard(device.number, new, isKept: true)
      takeTotals(new)
    }
    put(new, historyDay: historyDay)
  }

  private func put(_ new: [Sample], historyDay: CalendarDate? = nil) {
    guard let last = new.last else { return }
    book.record(new.map { ($0, historyDay) })
    samples.append(new, historyDay: historyDay)
    health.lastSample = max(health.lastSample, last.time.seconds)
  }

  /// Hears what devices announce: a known one has something new, and is asked for it; an unknown
  /// place may be a device that came or moved. What an announcement says is nobody's answer and
  /// counts for nothing.
  private func listen() async {
    await withDiscardingTaskGroup { group in
      for await announcement in controller.announcements {
        guard let (device, wanted) = toAsk(after: announcement) else { continue }
        // One question for any number of announcements, and none in the way of the next.
        isAsking.insert(device.number)
        group.addTask { await self.ask(device, wanted) }
      }
    }
  }

  private func toAsk(
    after announcement: EchonetController.Announcement
  ) -> (MeteredDevice, [UInt8])? {
    let (address, message) = (announcement.address, announcement.message)
    guard
      let device = devices.first(where: { $0.address == address && $0.object == message.source })
    else {
      if isNews(announcement) { hasNewPlace = true }
      return nil
    }
    let wanted = Set(book.sources.filter { $0.device == device.number }.flatMap(\.polled))
      .intersection(message.properties.map(\.code))
    guard !wanted.isEmpty, !isAsking.contains(device.number) else { return nil }
    return (device, wanted.sorted())
  }

  /// Whether an announcement tells of a meter at a place that is not known: only then is it worth
  /// looking again. Other controllers, and whoever is named already, are no news.
  private func isNews(_ announcement: EchonetController.Announcement) -> Bool {
    let lists = announcement.message.properties.filter { $0.code == 0xD5 }
    let objects = [announcement.message.source] + lists.flatMap { InstanceList.decode($0.data) }
    let address = announcement.address
    return objects.contains { object in
      DeviceClass.known(object.classCode)?.meter != nil
        && !devices.contains { $0.address == address && $0.object == object }
        && !(health.strangers + health.dismissed).contains {
          $0.address == address && $0.object == "\(object)"
        }
    }
  }

  private func ask(_ device: MeteredDevice, _ codes: [UInt8]) async {
    // Only cancellation ends it early, and then nothing more is wanted.
    try? await read(device, codes)
    isAsking.remove(device.number)
  }

  /// Asks for what a half hour that has ended still lacks.
  private func settle(_ boundary: NetworkTime) async throws {
    var closing = HalfHourClosing(boundary, offset: settings.offset, comparedDay: comparedDay)
    var isOpen = true
    while isOpen {
      switch closing.next(book, unreported: planner.next, at: clock.now) {
      case .askAgain:
        try await clock.sleep(seconds: max(1, settings.lag))
        try await poll()
      case .history(let days): for wanted in days { try await askHistory(of: wanted) }
      case .report: isOpen = false
      }
    }
    comparedDay = max(comparedDay, closing.day)
    health.disagreements = book.disagreements.map(\.seconds)
  }

  private func askHistory(of wanted: HalfHourClosing.MeterDay) async throws {
    guard let device = devices.first(where: { $0.number == wanted.device }),
      let setter = device.role?.historyDay
    else { return }
    let today = settings.offset.clock(at: clock.now).date.dayNumber
    let back = today - wanted.day.dayNumber
    guard (0...99).contains(back) else { return }
    let codes = book.sources.filter { $0.device == device.number }.compactMap { source -> UInt8? in
      guard case .halfHours(_, let history, _, _) = source.method else { return nil }
      return history
    }
    let answer = await controller.ask(
      device.address, device.object, set: [EchonetProperty(setter, [UInt8(back)])],
      get: codes.filter(device.codes.contains))
    try Task.checkCancellation()
    keep(device, answer.values, at: clock.now, historyDay: wanted.day)
  }
}
