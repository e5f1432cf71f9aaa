// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import EchonetLite
public import Quantities

/// A house of ECHONET Lite devices behind one node: answers frames as the specification says, and
/// misbehaves only where a fault orders it. Pure: time comes in.
public struct EmulatedHouse: Sendable {
  /// What a house looks like from its network.
  public struct Settings: Sendable {
    /// Classes of the devices, one instance each.
    public var classes: [UInt16] = [0x0288, 0x0279]
    /// Code of the smart meter's unit (E1) and its effective digits (D7).
    public var unitCode: UInt8 = 0x01
    public var digits: UInt8 = 6
    /// Where counters stand at the start of the trace: purchased and sold in steps, PV in Wh.
    public var purchasedStart: Int64 = 12_345
    public var soldStart: Int64 = 23_456
    public var generatedStart: Int64 = 3_456_789
    /// Properties that the smart meter leaves out.
    public var omitted: Set<UInt8> = []
    /// The multiple-input converter counts what it gives and takes on its grid side: sun and
    /// battery meet behind it.
    public var isHybrid = false
    /// The PV does not answer while there is no sun.
    public var sleepsAtNight = false
    /// The V2H device has states, and a car that does as it is told.
    public var hasVehicleStates = false
    public var faults: [HouseFault] = []

    /// A house with a smart meter and PV.
    public init() {}
  }

  /// Bytes to send and how many milliseconds of the wall's clock to wait before.
  public struct Reply: Hashable, Sendable {
    public let bytes: [UInt8]
    public let delay: UInt64
    /// To the group instead of the asker.
    public let toGroup: Bool
  }

  public let flows: HouseFlows
  private let settings: Settings
  private var devices: [EmulatedDevice]
  private var vehicle: EmulatedVehicle?
  private var transaction: UInt16 = 0x4000
  private var restarts: Set<HouseFault> = []

  /// A house through which `flows` go.
  public init(_ flows: HouseFlows, _ settings: Settings) {
    self.flows = flows
    self.settings = settings
    var meter = EmulatedDevice.MeterSettings()
    meter.unitCode = settings.unitCode
    meter.digits = settings.digits
    meter.purchasedStart = settings.purchasedStart
    meter.soldStart = settings.soldStart
    meter.generatedStart = settings.generatedStart
    vehicle = settings.hasVehicleStates ? EmulatedVehicle(flows) : nil
    devices = settings.classes.compactMap { code in
      var own = meter
      own.isHybrid = settings.isHybrid
      own.omitted = code == 0x0288 ? settings.omitted : []
      own.replaced = settings.faults.first { $0.kind == .replaced }?.until
      return EmulatedDevice(EchonetObject(code), flows: flows, settings: own)
    }
  }

  /// The objects of the house, the node profile aside.
  public var objects: [EchonetObject] { devices.map(\.object) }

  /// What to answer to `frame` at `time`.
  public mutating func respond(to frame: EchonetFrame, at time: NetworkTime) -> [Reply] {
    guard case .message(let message) = frame.content, !isSilent(at: time) else { return [] }
    restart(at: time)
    vehicle?.advance(to: time)
    for index in devices.indices { devices[index].vehicle = vehicle }
    var replies: [Reply] = []
    if message.service == .infC {
      if let answer = confirmation(of: message) { replies.append(reply(frame, answer, at: time)) }
    } else if message.destination.classCode == EchonetObject.nodeProfile.classCode {
      if let answer = answerForNode(message) { replies.append(reply(frame, answer, at: time)) }
    } else {
      for index in devices.indices
      where addresses(message.destination, devices[index].object)
        && !isAsleep(devices[index].object, at: time)
      {
        let before = devices[index].vehicle?.get(0xDA)
        if let answer = answer(message, device: index, at: time) {
          replies.append(reply(frame, answer, at: time))
        }
        guard devices[index].object.classCode == 0x027E else { continue }
        vehicle = devices[index].vehicle
        if let mode = vehicle?.get(0xDA), mode != before {
          replies.append(
            announce(
              .init(
                source: devices[index].object, destination: .nodeProfile, service: .inf,
                properties: [EchonetProperty(0xDA, mode)])))
        }
      }
    }
    return replies
  }

  /// The instance list that a node announces when it starts.
  public mutating func announceStart() -> Reply {
    let message = EchonetFrame.Message(
      source: .nodeProfile, destination: .nodeProfile, service: .inf,
      properties: [EchonetProperty(0xD5, InstanceList.encode(objects))])
    return announce(message)
  }

  private func isAsleep(_ object: EchonetObject, at time: NetworkTime) -> Bool {
    settings.sleepsAtNight && object.classCode == 0x0279 && flows.power(.generated, at: time) == 0
  }

  /// What the smart meter announces after the half hour that ended at `boundary`.
  public mutating func announceHalfHour(_ boundary: NetworkTime) -> Reply? {
    guard let meter = devices.first(where: { $0.object.classCode == 0x0288 }),
      !isSilent(at: boundary), let normal = meter.get(0xEA, at: boundary),
      let reverse = meter.get(0xEB, at: boundary)
    else { return nil }
    let message = EchonetFrame.Message(
      source: meter.object, destination: .controller, service: .inf,
      properties: [EchonetProperty(0xEA, normal), EchonetProperty(0xEB, reverse)])
    return announce(message)
  }

  private mutating func announce(_ message: EchonetFrame.Message) -> Reply {
    transaction &+= 1
    return Reply(
      bytes: EchonetFrame(transaction, message).bytes, delay: 0, toGroup: true)
  }

  /// Forgets what was set, once a restart.
  private mutating func restart(at time: NetworkTime) {
    for fault in settings.faults
    where fault.kind == .restart && time >= fault.from && !restarts.contains(fault) {
      restarts.insert(fault)
      for index in devices.indices { devices[index].written = [:] }
    }
  }

  private func hasNoData(at time: NetworkTime) -> Bool {
    settings.faults.contains { $0.kind == .noData && $0.covers(time) }
  }

  private func isSilent(at time: NetworkTime) -> Bool {
    settings.faults.contains {
      ($0.kind == .silence || $0.kind == .replaced) && $0.covers(time)
    }
  }

  private func addresses(_ destination: EchonetObject, _ object: EchonetObject) -> Bool {
    destination.classCode == object.classCode
      && (destination.instance == 0 || destination.instance == object.instance)
  }

  private func reply(
    _ frame: EchonetFrame, _ message: EchonetFrame.Message, at time: NetworkTime
  ) -> Reply {
    var transaction = frame.transaction
    var delay: UInt64 = 0
    var cut = 0
    for fault in settings.faults where fault.covers(time) {
      switch fault.kind {
      case .wrongTransaction: transaction ^= 0x5555
      case .late(let milliseconds): delay = milliseconds
      case .truncated: cut = 3
      case .silence, .noData, .restart, .replaced: break
      }
    }
    let toGroup = message.service == .inf
    let bytes = EchonetFrame(transaction, message).bytes
    return Reply(bytes: Array(bytes.dropLast(cut)), delay: delay, toGroup: toGroup)
  }

  private mutating func answer(
    _ message: EchonetFrame.Message, device index: Int, at time: NetworkTime
  ) -> EchonetFrame.Message? {
    var isGood = true
    let hasNoData = hasNoData(at: time)
    func got(_ list: [EchonetProperty]) -> [EchonetProperty] {
      list.map { property in
        guard var data = devices[index].get(property.code, at: time) else {
          isGood = false
          return EchonetProperty(property.code)
        }
        if hasNoData, devices[index].isCounter(property.code) {
          data.replaceSubrange((data.count - 4)..., with: EmulatedDevice.noData)
        }
        return EchonetProperty(property.code, data)
      }
    }
    var first: [EchonetProperty] = []
    var second: [EchonetProperty] = []
    switch message.service {
    case .get, .infReq: first = got(message.properties)
    case .setC, .setI, .setGet:
      for property in message.properties {
        let accepted = devices[index].set(property.code, property.data)
        isGood = isGood && accepted
        first.append(accepted ? EchonetProperty(property.code) : property)
      }
      second = got(message.second)
    default: return nil
    }
    guard let service = isGood ? message.service.answer : message.service.refusal else {
      return nil
    }
    return .init(
      source: devices[index].object, destination: message.source, service: service,
      properties: first, second: second)
  }

  /// Who wants to be heard for certain is told so, by whatever object it addressed.
  private func confirmation(of message: EchonetFrame.Message) -> EchonetFrame.Message? {
    let own = [EchonetObject.nodeProfile] + objects
    guard let object = own.first(where: { addresses(message.destination, $0) }) else { return nil }
    return .init(
      source: object, destination: message.source, service: .infCRes,
      properties: message.properties.map { EchonetProperty($0.code) })
  }

  private func answerForNode(_ message: EchonetFrame.Message) -> EchonetFrame.Message? {
    guard message.service == .get || message.service == .infReq,
      addresses(message.destination, .nodeProfile)
    else { return nil }
    var isGood = true
    let properties = message.properties.map { property in
      guard let data = nodeProperty(property.code) else {
        isGood = false
        return EchonetProperty(property.code)
      }
      return EchonetProperty(property.code, data)
    }
    guard let service = isGood ? message.service.answer : message.service.refusal else {
      return nil
    }
    return .init(
      source: .nodeProfile, destination: message.source, service: service,
      properties: properties)
  }

  private func nodeProperty(_ code: UInt8) -> [UInt8]? {
    let classes = Set(objects.map(\.classCode)).sorted()
    switch code {
    case 0x80: return [0x30]
    case 0x82: return [0x01, 0x0E, 0x01, 0x00]
    case 0x83: return [0xFE, 0x00, 0x00, 0x77] + [UInt8](repeating: 1, count: 13)
    case 0x8A: return [0x00, 0x00, 0x77]
    case 0x9D: return PropertyMap([0x80, 0xD5]).data
    case 0x9E: return PropertyMap([UInt8]()).data
    case 0x9F:
      return PropertyMap([0x80, 0x82, 0x83, 0x8A, 0x9D, 0x9E, 0x9F, 0xD3, 0xD4, 0xD6, 0xD7]).data
    case 0xD3: return [0x00, 0x00, UInt8(objects.count)]
    case 0xD4: return [0x00, UInt8(classes.count + 1)]
    case 0xD5, 0xD6: return InstanceList.encode(objects)
    case 0xD7:
      return [UInt8(classes.count)] + classes.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    default: return nil
    }
  }
}
