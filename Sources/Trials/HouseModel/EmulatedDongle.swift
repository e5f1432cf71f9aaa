// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
public import Quantities

/// A Wi-SUN module with the house's smart meter behind it: what stands at the other end of a serial
/// line. Answers commands as SKSTACK-IP does, and misbehaves only where a fault orders it. Pure:
/// time comes in. Source: SKSTACK-IP command reference; Docs/echonet.md §7, §8.
public struct EmulatedDongle: Sendable {
  /// The families of modules.
  public enum Model: String, CaseIterable, Sendable {
    case bp35a1, bp35c2
  }

  /// What a module and its meter are like.
  public struct Settings: Sendable {
    public var model = Model.bp35c2
    /// Data of `ERXUDP` as bytes instead of hexadecimal digits.
    public var isBinary = false
    /// What the meter knows its household by.
    public var id = "00112233445566778899AABBCCDDEEFF"
    public var password = "0123456789AB"
    /// How long a scan, a join and an answer take, in milliseconds of the wall's clock.
    public var scan: UInt64 = 200
    public var join: UInt64 = 150
    public var answer: UInt64 = 50
    /// The scan that finds the meter; those before find nothing.
    public var findingScan = 1
    public var faults: [DongleFault] = []

    /// A module without faults.
    public init() {}
  }

  /// Bytes for the line, and after how many milliseconds.
  public struct Output: Hashable, Sendable {
    public let bytes: [UInt8]
    public let delay: UInt64
  }

  static let meterAddress = "FE80:0000:0000:0000:021D:1290:1234:5678"
  static let ownAddress = "FE80:0000:0000:0000:021D:1290:0003:8273"
  static let meterHardware = "001D129012345678"
  private static let channel = "21"
  private static let panId = "8888"

  private var house: EmulatedHouse
  let settings: Settings
  private var input: [UInt8] = []
  private var isEchoing = true
  private var isBinary: Bool
  private var showsQuality = false
  private var registers: [String: String] = [:]
  private var id = ""
  private var password = ""
  private var scans = 0
  private var isJoined = false
  /// The meter has forgotten the session; the module has not noticed.
  private var isForgotten = false
  private var isLimited = false
  private var done: NetworkTime

  /// A module before which `house`'s smart meter stands.
  public init(_ house: EmulatedHouse, _ settings: Settings, from start: NetworkTime) {
    self.house = house
    self.settings = settings
    isBinary = settings.isBinary
    done = start
  }

  /// Whether the module is out of its socket.
  public func isUnplugged(at time: NetworkTime) -> Bool {
    settings.faults.contains { $0.kind == .unplugged && $0.covers(time) }
  }

  /// The next time after which `advance` has something to do.
  public var next: NetworkTime {
    let boundary = Interval(containing: done).end.advanced(by: 1)
    let others = settings.faults.flatMap { [$0.from, $0.until] }.filter { $0 > done }
    return ([boundary] + others).min() ?? boundary
  }

  /// Takes in bytes from the line.
  public mutating func receive(_ bytes: [UInt8], at time: NetworkTime) -> [Output] {
    guard !isUnplugged(at: time) else { return [] }
    input += bytes
    var outputs: [Output] = []
    while let command = nextCommand() { outputs += perform(command.text, command.data, at: time) }
    return outputs
  }

  /// A command's words, and the data of `SKSENDTO`.
  private mutating func nextCommand() -> (text: String, data: [UInt8])? {
    while let first = input.first, first == 0x0A || first == 0x0D { input.removeFirst() }
    if input.starts(with: "SKSENDTO ".utf8) {
      let count = settings.model == .bp35c2 ? 7 : 6
      let blanks = input.indices.filter { input[$0] == 0x20 }
      guard blanks.count >= count else {
        // Too few words: the old form before a newer module.
        guard let end = input.firstIndex(of: 0x0D) else { return nil }
        let text = String(decoding: input[..<end], as: UTF8.self)
        input.removeFirst(end + 1)
        return (text, [])
      }
      let head = String(decoding: input[..<blanks[count - 1]], as: UTF8.self)
      let length = Int(head.split(separator: " ").last ?? "", radix: 16) ?? 0
      let start = blanks[count - 1] + 1
      guard input.count >= start + length else { return nil }
      let data = Array(input[start..<start + length])
      input.removeFirst(start + length)
      return (head, data)
    }
    guard let end = input.firstIndex(where: { $0 == 0x0D || $0 == 0x0A }) else { return nil }
    let text = String(decoding: input[..<end], as: UTF8.self)
    input.removeFirst(end + 1)
    return (text, [])
  }

  private mutating func perform(
    _ text: String, _ data: [UInt8], at time: NetworkTime
  ) -> [Output] {
    let words = text.split(separator: " ").map(String.init)
    let echo = isEchoing ? [line(text)] : []
    return echo + answer(words, data, at: time)
  }

  private mutating func answer(
    _ words: [String], _ data: [UInt8], at time: NetworkTime
  ) -> [Output] {
    switch (words.first ?? "", words.count) {
    case ("SKVER", 1): return [line("EVER 1.5.2"), ok]
    case ("SKAPPVER", 1): return [line("EAPPVER rev26e"), ok]
    case ("SKINFO", 1):
      let side = settings.model == .bp35c2 ? "0" : "FFFE"
      return [line("EINFO \(EmulatedDongle.ownAddress) 001D129000038273 21 8888 \(side)"), ok]
    case ("SKRESET", 1):
      (isJoined, isEchoing, showsQuality, registers) = (false, true, false, [:])
      return [ok]
    case ("SKSREG", 3):
      registers[words[1]] = words[2]
      if words[1] == "SFE" { isEchoing = words[2] == "1" }
      if words[1] == "SA2" { showsQuality = words[2] == "1" }
      return [ok]
    case ("SKSETPWD", 3):
      guard words[1] == "C", words[2].count == 12 else { return [fail(6)] }
      password = words[2]
      return [ok]
    case ("SKSETRBID", 2):
      guard words[1].count == 32 else { return [fail(6)] }
      id = words[1]
      return [ok]
    case ("ROPT", 1) where settings.model == .bp35a1:
      return [raw("OK \(isBinary ? "00" : "01")\r")]
    case ("WOPT", 2) where settings.model == .bp35a1:
      isBinary = words[1] == "00"
      return [raw("OK\r")]
    case ("SKSCAN", let count):
      return count == (settings.model == .bp35c2 ? 5 : 4) ? scan() : [fail(5)]
    case ("SKLL64", 2):
      let isMeter = words[1] == EmulatedDongle.meterHardware
      return [line(isMeter ? EmulatedDongle.meterAddress : EmulatedDongle.ownAddress)]
    case ("SKJOIN", 2): return join(words[1])
    case ("SKTERM", 1): return terminate()
    case ("SKSENDTO", let count):
      guard count == (settings.model == .bp35c2 ? 7 : 6) else { return [fail(5)] }
      return send(data, at: time)
    default: return [fail(4)]
    }
  }

  private mutating func scan() -> [Output] {
    scans += 1
    var outputs = [ok, event(0x20, after: settings.scan / 2)]
    if id == settings.id, scans >= settings.findingScan {
      var fields = [
        "EPANDESC", "  Channel:\(EmulatedDongle.channel)", "  Channel Page:09",
        "  Pan ID:\(EmulatedDongle.panId)", "  Addr:\(EmulatedDongle.meterHardware)", "  LQI:9C",
      ]
      if settings.model == .bp35c2 { fields.append("  Side:0") }
      fields.append("  PairID:\(settings.id.suffix(8))")
      outputs += fields.map { line($0, after: settings.scan / 2) }
    }
    return outputs + [event(0x22, after: settings.scan)]
  }

  private mutating func join(_ address: String) -> [Output] {
    guard registers["S2"] == EmulatedDongle.channel, registers["S3"] == EmulatedDongle.panId,
      address == EmulatedDongle.meterAddress, id == settings.id, password == settings.password
    else { return [ok, event(0x21, 2), event(0x24, after: settings.join)] }
    isJoined = true
    isForgotten = false
    let list = house.announceStart().bytes
    return [
      ok, event(0x21, 2), datagram([0, 0, 0, 40, 128, 0, 0, 2], port: "02CC", after: 1),
      event(0x25, after: settings.join),
      datagram(list, after: settings.join + settings.answer),
    ]
  }

  private mutating func terminate() -> [Output] {
    guard isJoined else { return [fail(10)] }
    isJoined = false
    return [ok, event(0x27, after: 1)]
  }

  private mutating func send(_ data: [UInt8], at time: NetworkTime) -> [Output] {
    guard isJoined else { return [fail(10)] }
    guard !isLimited else { return [event(0x21, 1), ok] }
    if settings.faults.contains(where: { $0.kind == .unsent && $0.covers(time) }) {
      return [event(0x21, 1), ok]
    }
    let sent = [event(0x21, 0), ok]
    guard !isForgotten, let frame = try? EchonetFrame(exactly: data) else { return sent }
    return sent
      + house.respond(to: frame, at: time).map {
        datagram($0.bytes, after: settings.answer + $0.delay)
      }
  }

  // MARK: What happens by itself

  /// Goes on to `time`: the meter announces half hours, faults begin and end.
  public mutating func advance(to time: NetworkTime) -> [Output] {
    var outputs: [Output] = []
    while next <= time {
      done = next
      let boundary = Interval(containing: done).start
      if done == boundary.advanced(by: 1), isJoined, !isForgotten, !isUnplugged(at: done),
        let said = house.announceHalfHour(boundary)
      {
        outputs.append(datagram(said.bytes))
      }
      for fault in settings.faults {
        if fault.from == done { outputs += begin(fault.kind) }
        if fault.until == done, fault.kind == .limited {
          isLimited = false
          outputs.append(event(0x33))
        }
      }
    }
    return outputs
  }

  private mutating func begin(_ kind: DongleFaultKind) -> [Output] {
    switch kind {
    case .unsent: return []
    case .forgotten:
      isForgotten = true
      return []
    case .ended:
      isJoined = false
      return [event(0x27)]
    case .expired:
      return isJoined ? [event(0x29), event(0x21, 0), event(0x25, after: settings.join)] : []
    case .expiredForGood:
      isJoined = false
      return [event(0x29), event(0x24, after: settings.join)]
    case .limited:
      isLimited = true
      return [event(0x32)]
    case .garbage:
      let noise: [UInt8] = [0x00, 0xFF, 0x45, 0x52, 0x58, 0x55, 0x44, 0x50, 0x20, 0x0D, 0x9C, 0x81]
      return [Output(bytes: noise + Array("ERXUDP FE80 nothing 12\r\n".utf8), delay: 0)]
    case .unplugged:
      (isJoined, isEchoing, isLimited, registers, input) = (false, true, false, [:], [])
      let whole = datagram(house.announceStart().bytes).bytes
      return [Output(bytes: Array(whole.prefix(whole.count / 2)), delay: 0)]
    }
  }

  // MARK: Lines

  private var ok: Output { line("OK") }
  private func fail(_ code: Int) -> Output { line("FAIL ER\(code < 10 ? "0" : "")\(code)") }
  private func raw(_ text: String) -> Output { Output(bytes: Array(text.utf8), delay: 0) }

  private func line(_ text: String, after delay: UInt64 = 0) -> Output {
    Output(bytes: Array("\(text)\r\n".utf8), delay: delay)
  }

  private func event(_ number: UInt8, _ parameter: UInt8? = nil, after delay: UInt64 = 0) -> Output
  {
    let side = settings.model == .bp35c2 ? " 0" : ""
    let last = parameter.map { " 0\($0)" } ?? ""
    return line(
      "EVENT \(String(number, radix: 16, uppercase: true)) \(EmulatedDongle.meterAddress)\(side)\(last)",
      after: delay)
  }

  private func datagram(
    _ data: [UInt8], port: String = "0E1A", after delay: UInt64 = 0
  ) -> Output {
    let count = String(data.count, radix: 16, uppercase: true)
    var head =
      "ERXUDP \(EmulatedDongle.meterAddress) \(EmulatedDongle.ownAddress) \(port) \(port) "
      + "\(EmulatedDongle.meterHardware) "
    if showsQuality, settings.model == .bp35c2 { head += "9C " }
    head += settings.model == .bp35c2 ? "1 0 " : "1 "
    head += String(repeating: "0", count: 4 - count.count) + count + " "
    let body = isBinary ? data : Array(data.hex.uppercased().utf8)
    return Output(bytes: Array(head.utf8) + body + [0x0D, 0x0A], delay: delay)
  }
}
