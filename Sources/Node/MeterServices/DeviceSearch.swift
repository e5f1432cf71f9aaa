// SPDX-License-Identifier: Apache-2.0

import EchonetControl
import EchonetLite
import Metering

/// A search for a home's devices: which places are to be looked at next, and what their answers
/// come to. Pure; `MeterFinder` asks.
struct DeviceSearch: Sendable {
  /// What a place said when it was looked at.
  struct Answer: Sendable {
    let map: PropertyMap
    /// Its identification number (83), where it gives one.
    var identification: [UInt8]?
    /// What its counters say, where it may be a device that stood elsewhere before.
    var counts: [UInt8: [UInt8]] = [:]
  }

  /// How many meters that nobody listed are looked at and named, in all and of one address.
  static let strangerLimit = 16
  static let strangersOfOne = 4

  let wanted: MeterFinder.Wanted
  /// What is to be remembered.
  private(set) var known: KnownDevices
  private(set) var devices: [MeteredDevice] = []
  private(set) var strangers: [ConfiguredDevice] = []
  /// What the strangers that were looked at call themselves (83).
  private(set) var identifications: [ConfiguredDevice: [UInt8]] = [:]
  private(set) var moved: [MeteredDevice] = []
  private(set) var confirmed: Set<ConfiguredDevice> = []
  private var silent: [ConfiguredDevice] = []
  /// Known devices in whose place another one stands.
  private var displaced: [MeteredDevice] = []
  /// Places that a device has moved from.
  private var left: Set<ConfiguredDevice> = []
  /// How often strangers were looked at, by address: those that are shown, and those of which
  /// somebody has said that they are not the home's and whose place another may have taken.
  private var (looked, lookedAgain): ([String: Int], [String: Int]) = ([:], [:])
  /// Addresses that did not answer for what they list.
  private var mute: Set<String> = []
  private var answers: [ConfiguredDevice: Answer] = [:]
  /// The places that count or are known, all of them and those still to be asked, then all others.
  private let first: [ConfiguredDevice]
  private var unasked: [ConfiguredDevice]
  private var others: [ConfiguredDevice]
  private var hasJudgedFirst = false
  /// The round that is being asked.
  private var pending: [ConfiguredDevice] = []

  /// A search among what answered a call to all.
  /// - Parameter found: the objects that nodes list, by address.
  init(
    _ wanted: MeterFinder.Wanted, _ known: KnownDevices, _ found: [String: [EchonetObject]]
  ) {
    (self.wanted, self.known) = (wanted, known)
    var seen: Set<ConfiguredDevice> = []
    let discovered = found.sorted { $0.key < $1.key }.flatMap { address, objects in
      objects.map { ConfiguredDevice(address: address, object: $0) }
    }
    let named = wanted.listed + wanted.needed + wanted.confirmed.sorted { $0.address < $1.address }
    let all = (named + known.places + discovered).filter { seen.insert($0).inserted }
    first = all.filter { known.knows($0) || wanted.counts($0) }
    others = all.filter { !known.knows($0) && !wanted.counts($0) }
    unasked = first
  }

  /// The places to be looked at now, one of an address at most; nil at the end. Those that count
  /// come first, so that no stranger keeps them waiting.
  mutating func next() -> [ConfiguredDevice]? {
    let round = takeRound(of: \.unasked) { !$0.mute.contains($1.address) || $0.isPromised($1) }
    if !round.isEmpty { return round }
    if !hasJudgedFirst {
      hasJudgedFirst = true
      for place in first { judge(place) }
    }
    let more = takeRound(of: \.others) { $0.isWorthALook($1) }
    return more.isEmpty ? nil : more
  }

  private mutating func takeRound(
    of queue: WritableKeyPath<Self, [ConfiguredDevice]>,
    _ isAsked: (inout Self, ConfiguredDevice) -> Bool
  ) -> [ConfiguredDevice] {
    var rest: [ConfiguredDevice] = []
    pending = []
    for place in self[keyPath: queue] {
      if pending.contains(where: { $0.address == place.address }) {
        rest.append(place)
      } else if isAsked(&self, place) {
        pending.append(place)
      }
    }
    self[keyPath: queue] = rest
    return pending
  }

  /// Takes what the places of the last round said; who is silent is left out.
  mutating func hear(_ answers: [ConfiguredDevice: Answer]) {
    self.answers.merge(answers) { $1 }
    for place in pending {
      if answers[place] == nil, !isPromised(place) { mute.insert(place.address) }
      if hasJudgedFirst { judge(place) }
    }
    pending = []
  }

  /// What a place that may be a known device at a new address is asked to prove it with.
  func proof(of place: ConfiguredDevice, _ answer: Answer) -> [UInt8] {
    guard !known.knows(place), let id = answer.identification,
      let device = known.place(of: place.object, id).flatMap({ known.device(at: $0) })
    else { return [] }
    let codes = FlowPlan([device]).sources.map { $0.present(of: device.codes) }
    return Set(codes).intersection(answer.map.codes).sorted()
  }

  /// What is wanted and does not answer. Where a device has moved from nobody is missed.
  var missed: [ConfiguredDevice] {
    let all = Set(known.places + wanted.listed + wanted.needed + wanted.confirmed)
    return silent.filter { all.contains($0) && !left.contains($0) }
  }

  /// Devices that are missed and not asked: another has displaced them, or they are gone since.
  var missing: [MeteredDevice] {
    let leaving = wanted.unreported.map { known.gone(since: $0) } ?? []
    return (displaced + leaving).filter { device in
      !devices.contains { $0.number == device.number }
    }
  }

  /// With devices listed by hand a known one that is neither listed nor confirmed counts no more.
  private func counts(_ place: ConfiguredDevice) -> Bool {
    wanted.counts(place)
      || known.knows(place) && (wanted.listed.isEmpty || known.confirmed.contains(place))
  }

  private func isPromised(_ place: ConfiguredDevice) -> Bool {
    known.knows(place) || wanted.isNamed(place)
  }

  private static func isMeter(_ place: ConfiguredDevice) -> Bool {
    DeviceClass.known(place.object.classCode)?.meter != nil
  }

  /// Whether a stranger's place is worth a look: what it lists is looked at so far and no more.
  private mutating func isWorthALook(_ place: ConfiguredDevice) -> Bool {
    // A device of the home's that is missed may have come to where a stranger's was.
    let isOurs = silent.contains { $0.object == place.object }
    guard DeviceSearch.isMeter(place), isOurs || !known.isLeftAlone(place),
      !mute.contains(place.address)
    else { return false }
    let account = known.isDismissed(place) && !isOurs ? \Self.lookedAgain : \Self.looked
    guard self[keyPath: account].values.reduce(0, +) < DeviceSearch.strangerLimit,
      self[keyPath: account][place.address, default: 0] < DeviceSearch.strangersOfOne
    else { return false }
    self[keyPath: account][place.address, default: 0] += 1
    return true
  }

  private mutating func judge(_ place: ConfiguredDevice) {
    let counts = counts(place)
    guard counts || DeviceSearch.isMeter(place) else { return }
    switch verdict(on: place) {
    case .device(let device, let former):
      if let former { takeMove(of: device, from: former, to: place) }
      guard counts || former != nil else { return show(place) }
      take(device)
      if wanted.confirmed.contains(place) { confirmed.insert(place) }
    case .silent(let device):
      guard counts else { return }
      if let device { take(device) }
      if wanted.isNamed(place) || device?.role != nil { silent.append(place) }
    case .stranger:
      show(place)
      // Where another device stands the known one is missed.
      guard counts, let device = known.device(at: place) else { return }
      displaced.append(device)
      silent.append(place)
    }
  }

  private mutating func show(_ place: ConfiguredDevice) {
    let identification = answers[place]?.identification
    identifications[place] = identification
    guard !known.isDismissed(place, as: identification) else { return }
    // Two that call themselves alike are two: the household has spoken of one of them.
    if let identification, let former = known.dismissed(place.object, as: identification),
      answers[former]?.identification != identification
    {
      return known.meetDismissed(former, at: place, identification)
    }
    strangers.append(place)
  }

  private mutating func take(_ device: MeteredDevice) {
    if !devices.contains(where: { $0.number == device.number }) { devices.append(device) }
  }

  private mutating func takeMove(
    of device: MeteredDevice, from former: ConfiguredDevice, to place: ConfiguredDevice
  ) {
    // Who answers at a place that its device has left is another.
    let answered = devices.contains { $0.number == device.number }
    if answered, !silent.contains(former) { strangers.append(former) }
    devices.removeAll { $0.number == device.number }
    left.insert(former)
    moved.append(device)
    if wanted.isNamed(former) { known.confirm(place) }
  }

  private enum Verdict {
    /// A device, and where it was met before if it has moved.
    case device(MeteredDevice, from: ConfiguredDevice?)
    /// It does not answer; what is known of it from before.
    case silent(MeteredDevice?)
    case stranger
  }

  /// What stands at a place: a device as it answers now, or as it is known from before.
  private mutating func verdict(on place: ConfiguredDevice) -> Verdict {
    guard let answer = answers[place] else { return .silent(known.device(at: place)) }
    var former: ConfiguredDevice?
    if !known.knows(place) {
      former = move(to: place, answer)
      guard former != nil || wanted.counts(place) else { return .stranger }
    } else if known.isAnother(answer.identification, at: place), !wanted.counts(place) {
      // Another device stands where a known one stood: somebody has to say whose it is.
      return .stranger
    }
    guard let number = known.number(of: place, identification: answer.identification) else {
      return .stranger
    }
    let device = MeteredDevice(
      number: number, address: place.address, object: place.object, codes: Set(answer.map.codes))
    known.keep(device, identification: answer.identification)
    if wanted.confirmed.contains(place) { known.confirm(place) }
    return .device(device, from: former)
  }

  /// Where a known device stood that has moved to a place. An identification is a claim: it names a
  /// device of before only where that one is gone, and where its counters go on or somebody has
  /// named the place. One that is met where it stood before was never gone.
  private mutating func move(to place: ConfiguredDevice, _ answer: Answer) -> ConfiguredDevice? {
    let isNamed = wanted.counts(place)
    guard let old = known.place(of: place.object, answer.identification),
      let device = known.device(at: old), answer.identification != nil || isNamed,
      isNamed || !known.isImpostor(place.address, of: old)
    else { return nil }
    // Where it stood before it is met again beside a copy of it, if its counters go on.
    let isThere = answers[old].map { !known.isAnother($0.identification, at: old) } ?? false
    let isBack = answer.identification != nil && known.stood(old, at: place.address)
    guard !isThere || isBack else { return nil }
    if isThere || (!isNamed && !isBack) {
      guard wanted.goesOn(device.number, answer.counts) else { return nil }
    }
    known.move(old, to: place.address, fromCopy: isThere)
    return old
  }
}
