// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import RouteB

/// A module that says what modules were seen to say, line by line, and a session before it in
/// virtual time. Source: public reports of people who run Wi-SUN dongles.
struct FieldDongle {
  static let own = "FE80:0000:0000:0000:021D:1290:0003:8273"
  static let meter = "FE80:0000:0000:0000:021C:6400:0000:0001"
  static let mac = "001C640000000001"
  /// E7 of a meter, as it comes by radio.
  static let power = "1081000102880105FF017201E704000001F8"
  static let greeting = "108100010EF0010EF0017301D50401028801"

  /// It knows the side of each frame (BP35C2), or not (BP35A1, RL7023 Stick-D/IPS).
  var isDual = false
  var information: String?
  /// Networks that a scan tells, as PAN, address, quality, pairing id.
  var networks = [("8888", FieldDongle.mac, "53", "CCDDEEFF")]
  var scansInVain = 0
  var refusals = 0
  /// A line that something else than the module's usual answer comes to.
  var instead: (@Sendable (inout FieldDongle, String) -> [String]?)?
  /// What comes instead of the meter's answer to the datagram with a number.
  var unsent: (@Sendable (Int) -> [String]?)?
  /// A datagram of the meter as the module writes it.
  var datagram: @Sendable (String) -> [String] = { hex in
    let head = "ERXUDP \(FieldDongle.meter) \(FieldDongle.own) 0E1A 0E1A \(FieldDongle.mac) 1"
    return ["\(head) \(FieldDongle.length(hex)) \(hex)"]
  }
  private(set) var scans = 0
  private(set) var joins = 0
  private(set) var sends = 0
  /// Bytes that a half-typed command of the last program still swallows.
  var swallows = 0

  static func length(_ hex: String) -> String {
    let digits = String(hex.count / 2, radix: 16, uppercase: true)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }

  private var side: String { isDual ? " 0" : "" }

  /// What comes back to what was written.
  mutating func answer(_ written: String) -> [String] {
    if written.hasPrefix("SKSENDTO") {
      sends += 1
      if let unsent = unsent?(sends) { return unsent }
      return ["EVENT 21 \(Self.meter)\(side) 00", "OK"] + datagram(Self.power)
    }
    let line = written.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    if let other = instead?(&self, line) { return other }
    let words = line.split(separator: " ").map(String.init)
    switch words.first {
    case "SKVER": return ["EVER 1.2.10", "OK"]
    case "SKINFO":
      let usual = "EINFO \(Self.own) 001D129000038273 21 8888 " + (isDual ? "0" : "FFFE")
      return [information ?? usual, "OK"]
    case "SKSREG", "SKSETPWD", "SKSETRBID": return ["OK"]
    case "SKTERM": return ["FAIL ER10"]
    case "SKSCAN": return words.count == (isDual ? 5 : 4) ? ["OK"] + scan() : ["FAIL ER05"]
    case "SKLL64": return [Self.meter]
    case "SKJOIN": return ["OK"] + join()
    case "ROPT": return ["OK 01"]
    default: return ["FAIL ER04"]
    }
  }

  private mutating func scan() -> [String] {
    scans += 1
    let end = "EVENT 22 \(Self.own)\(side)"
    guard scans > scansInVain else { return [end] }
    let told = networks.flatMap { pan, address, quality, pair in
      ["EVENT 20 \(Self.meter)\(side)", "EPANDESC", "  Channel:21", "  Channel Page:09"]
        + ["  Pan ID:\(pan)", "  Addr:\(address)", "  LQI:\(quality)"]
        + (isDual ? ["  Side:0"] : []) + ["  PairID:\(pair)"]
    }
    return told + [end]
  }

  private mutating func join() -> [String] {
    joins += 1
    guard joins > refusals else { return ["EVENT 24 \(Self.meter)\(side)"] }
    return ["EVENT 25 \(Self.meter)\(side)"] + datagram(Self.greeting)
  }
}

/// A session before a field dongle: 50 ms between a line and what comes back.
struct FieldTalk {
  var session: RouteBSession
  var dongle: FieldDongle
  private(set) var now: UInt64 = 0
  private(set) var states: [RouteBState] = []
  /// Frames of the meter that the session handed on, and what the session wrote.
  private(set) var received: [String] = []
  private(set) var written: [String] = []
  private var onTheWay: [(at: UInt64, line: String)] = []

  init(_ dongle: FieldDongle) throws {
    self.dongle = dongle
    session = RouteBSession(try Duet.credentials())
    perform(session.opened(at: 0))
  }

  /// The meter is asked every ten seconds until so many milliseconds have passed.
  mutating func run(until end: UInt64) {
    var turns = 0
    while now < end, turns < 20_000 {
      turns += 1
      let ask = (now / 10_000 + 1) * 10_000
      now = max(now, min(end, ask, session.deadline ?? .max, onTheWay.first?.at ?? .max))
      while let first = onTheWay.first, first.at <= now {
        onTheWay.removeFirst()
        perform(session.receive(Array("\(first.line)\r\n".utf8), at: now))
      }
      if let deadline = session.deadline, deadline <= now { perform(session.tick(at: now)) }
      if now == ask { perform(session.send(Duet.request(0xE7), at: now)) }
    }
  }

  private mutating func perform(_ actions: [RouteBSession.Action]) {
    for action in actions {
      switch action {
      case .write(let bytes):
        let text = String(decoding: bytes, as: UTF8.self)
        written.append(text)
        onTheWay += dongle.answer(text).map { (now + 50, $0) }
      case .received(let bytes): received.append(bytes.hex.uppercased())
      case .state(let state): states.append(state)
      case .reopen: perform(session.opened(at: now))
      case .hold, .release, .remember: break
      }
    }
  }
}
