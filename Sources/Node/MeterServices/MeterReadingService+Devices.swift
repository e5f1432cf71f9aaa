// SPDX-License-Identifier: Apache-2.0

import Clocks
import EchonetControl
import EchonetLite
import Logging
import Metering
import NodeServices
import Quantities
import RouteBSerial

/// Somebody confirmed a device that is not there to be confirmed.
public struct ConfirmationFailure: Error, Sendable, CustomStringConvertible {
  let place: ConfiguredDevice

  /// What was wrong, and with which device.
  public var description: String {
    "\(place) is no device that waits to be confirmed"
  }
}

/// Which devices are read: those that answered once and count, whatever becomes of the others.
extension MeterReadingService {
  /// Looks for meters until there is something to read. What is wanted and does not answer is named
  /// and looked for again; it takes nothing from the others.
  func findMeters() async throws {
    try recall()
    while true {
      if try await search() { return }
      logger.warning("no meter can be read yet; looking again in a minute")
      try await clock.sleep(seconds: 60)
      try await waitForClock()
    }
  }

  /// What is known from before, with its counters: who says that it is a device of these has to go
  /// on from there.
  private func recall() throws {
    let known = try KnownDevices(folder: folder)
    book = MeterBook(MeterFinder.plan(known), offset: settings.offset)
    replay()
  }

  /// Looks again once an hour, and within a minute when an unknown place speaks or a device that
  /// counts is silent: a new address, an inverter that wakes, a battery that was added.
  func lookAgain() async throws {
    var (last, looked) = (clock.now, ContinuousClock.now)
    while true {
      try await clock.sleep(seconds: 60)
      // A clock that was ahead and is set right holds nothing up.
      last = min(last, clock.now)
      let since = clock.now.seconds(since: last)
      let isDue =
        since >= MeterReadingService.lookAgain || (!health.silent.isEmpty && since >= 600)
      // However fast a network's clock runs, the devices are those of a home.
      let rest = ContinuousClock.now - looked
      guard (isDue && rest >= .seconds(60)) || (hasNewPlace && rest >= .seconds(5)) else {
        continue
      }
      (last, looked) = (clock.now, .now)
      hasNewPlace = false
      guard health.clockProblem == nil else { continue }
      try await search()
    }
  }

  /// Searches once, after whoever searches already, and says how the devices are.
  /// - Returns: whether there is anything to read.
  @discardableResult
  private func search() async throws -> Bool {
    let before = lastSearch
    let (turn, end) = AsyncStream<Never>.makeStream()
    lastSearch = Task { for await _ in turn {} }
    defer { end.finish() }
    await before?.value
    let isReadable = takeIn(try await find())
    await writeHealth()
    return isReadable
  }

  private func find() async throws -> MeterFinder.Found {
    let meter = ConfiguredDevice(address: RouteBLink.address, object: RouteBLink.meter)
    var known = try KnownDevices(folder: folder)
    known.saysSeparateRoofs = settings.separateRoofs
    var wanted = MeterFinder.Wanted()
    (wanted.addresses, wanted.listed) = (settings.addresses, settings.devices)
    wanted.needed = routeB == nil ? [] : [meter]
    wanted.confirmed = confirmed
    wanted.unreported = planner.next?.start
    let (book, now) = (book, clock.now)
    wanted.goesOn = { book.goesOn($0, $1, at: now) }
    let found = await MeterFinder(controller).find(wanted, known: known)
    try Task.checkCancellation()
    return found
  }

  /// Takes in devices that answer and that somebody of the home says are the home's own.
  /// - Throws: `ConfirmationFailure` where one of them does not answer as a stranger.
  public func confirm(_ places: [ConfiguredDevice]) async throws {
    for place in places {
      guard (health.strangers + health.dismissed).contains(.init(place)) else {
        throw ConfirmationFailure(place: place)
      }
    }
    confirmed.formUnion(places)
    try await search()
  }

  /// Asks no more about devices of which somebody says that they are not the home's.
  public func dismiss(_ places: [ConfiguredDevice]) async throws {
    var known = try KnownDevices(folder: folder)
    for place in places { known.dismiss(place, identifications[place]) }
    try known.save()
    show(known, foundPlan)
    health.strangers.removeAll { places.map { MeterHealth.Place($0) }.contains($0) }
    await writeHealth()
  }

  /// Counts no more on devices of which somebody says that they are gone for good.
  public func remove(_ places: [ConfiguredDevice]) async throws {
    var known = try KnownDevices(folder: folder)
    for place in places { known.remove(place, at: clock.now) }
    try known.save()
    try await search()
  }

  /// Counts every roof: somebody says that no two devices show the same one.
  public func separateRoofs() async throws {
    var known = try KnownDevices(folder: folder)
    known.separateRoofs()
    try known.save()
    try await search()
  }

  /// Takes in what was found. The counters of devices that were there before go on.
  /// - Returns: whether there is anything to read.
  private func takeIn(_ found: MeterFinder.Found) -> Bool {
    var known = found.known
    do {
      // Somebody may have answered while the search went on.
      var words = try KnownDevices(folder: folder)
      for place in confirmed { words.recall(place) }
      known.takeWords(of: words)
      try known.save()
    } catch {
      logger.warning("the devices are not remembered", metadata: ["error": "\(error)"])
    }
    tell(found, known)
    confirmed.subtract(found.confirmed)
    identifications = found.identifications
    guard !found.plan.sources.isEmpty else { return false }
    let time = clock.now
    for (device, values) in found.scales where !devices.contains(device) {
      keep(device, values, at: time)
    }
    guard found.devices != devices || found.plan != foundPlan else { return true }
    (devices, foundPlan) = (found.devices, found.plan)
    logger.info("meters found", metadata: ["devices": "\(devices.map(\.object))"])
    book = MeterBook(found.plan, offset: settings.offset)
    replay()
    book.dropSilentSale()
    followTotals(book.plan)
    return true
  }

  /// Plays what was sampled into a new book.
  func replay() {
    do { book.record(try samples.samples(since: samplesFrom)) } catch {
      logger.error("old samples cannot be read", metadata: ["error": "\(error)"])
    }
    if let next = planner.next { book.goOn(from: planner.cutter, at: next.start) }
  }

  /// Says once what cannot be read, and why.
  private func tell(_ found: MeterFinder.Found, _ known: KnownDevices) {
    let silent = found.silent.map { place in
      let now = MeterHealth.Place(
        place, since: clock.now.seconds, isKnown: known.knows(place))
      return health.silent.first { $0.isSame(as: now) } ?? now
    }
    for place in silent where !health.silent.contains(where: { $0.isSame(as: place) }) {
      logger.warning(
        "a device does not answer",
        metadata: ["address": "\(place.address)", "device": "\(place.object)"])
    }
    health.silent = silent
    // Somebody may have spoken while the search went on.
    let strangers = found.strangers.filter {
      !known.isDismissed($0, as: found.identifications[$0])
    }
    .map { MeterHealth.Place($0) }
    for place in strangers where !health.strangers.contains(place) {
      logger.warning(
        "a meter answers that nobody has confirmed: it does not count",
        metadata: ["address": "\(place.address)", "device": "\(place.object)"])
    }
    health.strangers = strangers
    for device in found.moved {
      health.moved.append(
        .init(address: device.address, object: "\(device.object)", since: clock.now.seconds))
      health.moved = health.moved.suffix(8)
      logger.notice(
        "a device has moved",
        metadata: ["address": "\(device.address)", "device": "\(device.object)"])
    }
    var failures: [String: String] = [:]
    for (device, failure) in found.failures { failures["\(device.object)"] = "\(failure)" }
    for (object, reason) in failures.sorted(by: { $0.key < $1.key })
    where health.withoutScale[object] != reason {
      logger.warning(
        "a meter counts nothing", metadata: ["device": "\(object)", "reason": "\(reason)"])
    }
    health.withoutScale = failures
    show(known, found.plan)
  }

  /// What is known of roofs, for who looks.
  private func show(_ known: KnownDevices, _ plan: FlowPlan) {
    health.doubles = known.doubles.compactMap { number in
      known.place(of: number).map { .init($0) }
    }
    health.dismissed = known.dismissed.map { .init($0) }
    health.isComparingRoofs = plan.isComparingRoofs
    health.isListedByHand = !settings.devices.isEmpty
  }

  /// Looks whether two devices see one roof; until that is known PQ1 is not.
  func compareRoofs() {
    guard book.plan.isComparingRoofs else { return }
    let end = Interval(containing: clock.now)
    let range = Interval(end.number.subtractingDownToZero(144))..<end
    let verdict = RoofComparison(book, over: range)
    guard verdict != .undecided else { return }
    do {
      var known = try KnownDevices(folder: folder)
      switch verdict {
      case .undecided: return
      case .separate:
        known.hasSeparateRoofs = true
        logger.notice("the counters of generation have roofs of their own")
      case .alike(let double):
        known.drop(double)
        let place = devices.first { $0.number == double }
        logger.warning(
          "two devices see one roof: one of them is not counted",
          metadata: ["device": "\(place?.object.description ?? "")"])
      }
      try known.save()
      known.apply(to: &foundPlan)
      show(known, foundPlan)
      followTotals(foundPlan)
      book = MeterBook(foundPlan, offset: settings.offset)
      replay()
    } catch { logger.error("the roofs are not remembered", metadata: ["error": "\(error)"]) }
  }
}
