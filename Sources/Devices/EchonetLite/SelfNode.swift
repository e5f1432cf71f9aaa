// SPDX-License-Identifier: Apache-2.0

/// This program as a node of its home's network: what it answers to other controllers and tools as
/// node profile and as controller. Pure: time comes in. Source: ECHONET Lite specification, part
/// II, 3.2.5, 4.2 and 6.11.1; Docs/echonet.md §12.
public struct SelfNode: Sendable {
  /// A message to send back.
  public struct Reply: Hashable, Sendable {
    public let message: EchonetFrame.Message
    /// To every node instead of the asker.
    public let toGroup: Bool
  }

  /// The code for makers that the consortium has not given one.
  static let maker: [UInt8] = [0xFF, 0xFF, 0xFF]
  /// Bytes of property data in one answer: whoever asks for more is refused the rest, so that no
  /// short question from a made-up address draws a long answer.
  static let answerLimit = 512
  /// Announcements that others ask for go to everybody, and so at most one in so many milliseconds.
  static let announcePeriod: UInt64 = 1000

  private let unique: [UInt8]
  private var place: [UInt8] = [0x00]
  private var announced: UInt64?

  /// A node known by 13 bytes of its own, which stay the same for good; what is missing is 0.
  public init(unique: [UInt8]) {
    self.unique = Array((unique + [UInt8](repeating: 0, count: 13)).prefix(13))
  }

  /// What a node says when it starts: the list of its objects.
  public var start: EchonetFrame.Message {
    .init(
      source: .nodeProfile, destination: .nodeProfile, service: .inf,
      properties: [EchonetProperty(0xD5, list)])
  }

  /// The answers to a message: none for what is not for this node or wants none.
  /// - Parameter now: milliseconds of a steady clock.
  public mutating func answer(_ message: EchonetFrame.Message, at now: UInt64) -> [Reply] {
    guard let object = target(message.destination) else { return [] }
    var room = SelfNode.answerLimit
    var isWhole = true
    let service = message.service
    func got(_ wanted: [EchonetProperty]) -> [EchonetProperty] {
      wanted.map { property in
        guard let data = value(property.code, of: object, service), data.count <= room else {
          isWhole = false
          return EchonetProperty(property.code)
        }
        room -= data.count
        return EchonetProperty(property.code, data)
      }
    }
    var (answered, second) = ([EchonetProperty](), [EchonetProperty]())
    var replies: [Reply] = []
    switch service {
    case .get, .infReq: answered = got(message.properties)
    case .setI, .setC, .setGet:
      let before = place
      for property in message.properties {
        let isTaken = set(property, of: object)
        isWhole = isWhole && isTaken
        answered.append(isTaken ? EchonetProperty(property.code) : property)
      }
      if place != before, isTimeToAnnounce(now) { replies.append(moved) }
      second = got(message.second)
    default: return []
    }
    guard let said = isWhole ? service.answer : service.refusal else { return replies }
    let toGroup = said == .inf
    if toGroup, !isTimeToAnnounce(now) { return [] }
    let reply = EchonetFrame.Message(
      source: object, destination: toGroup ? .nodeProfile : message.source, service: said,
      properties: answered, second: second)
    return [Reply(message: reply, toGroup: toGroup)] + replies
  }

  /// Whether something may go to everybody now, and if so it is taken to have gone.
  private mutating func isTimeToAnnounce(_ now: UInt64) -> Bool {
    if let announced, now < announced + SelfNode.announcePeriod { return false }
    announced = now
    return true
  }

  /// The object that a message is for; instance 0 means all of a class.
  private func target(_ object: EchonetObject) -> EchonetObject? {
    let own = [EchonetObject.nodeProfile, .controller]
    return own.first {
      $0.classCode == object.classCode && (object.instance == 0 || object.instance == $0.instance)
    }
  }

  private mutating func set(_ property: EchonetProperty, of object: EchonetObject) -> Bool {
    guard object == .controller, property.code == 0x81, [1, 17].contains(property.data.count)
    else { return false }
    place = property.data
    return true
  }

  /// The place of installation has changed: that is announced.
  private var moved: Reply {
    Reply(
      message: .init(
        source: .controller, destination: .nodeProfile, service: .inf,
        properties: [EchonetProperty(0x81, place)]), toGroup: true)
  }

  private var list: [UInt8] { InstanceList.encode([.controller]) }

  private func value(
    _ code: UInt8, of object: EchonetObject, _ service: EchonetService
  ) -> [UInt8]? {
    switch code {
    case 0x80: [0x30]
    case 0x83: [0xFE] + SelfNode.maker + unique
    case 0x8A: SelfNode.maker
    default: object == .nodeProfile ? node(code, service) : controller(code)
    }
  }

  private func node(_ code: UInt8, _ service: EchonetService) -> [UInt8]? {
    switch code {
    // Version 1.14, format 1.
    case 0x82: [0x01, 0x0E, 0x01, 0x00]
    case 0x9D: PropertyMap([0x80, 0xD5]).data
    case 0x9E: PropertyMap([UInt8]()).data
    case 0x9F:
      PropertyMap([0x80, 0x82, 0x83, 0x8A, 0x9D, 0x9E, 0x9F, 0xD3, 0xD4, 0xD6, 0xD7]).data
    case 0xD3: [0x00, 0x00, 0x01]
    // The node profile is a class too.
    case 0xD4: [0x00, 0x02]
    case 0xD5: service == .infReq ? list : nil
    case 0xD6: list
    case 0xD7: [0x01] + EchonetObject.controller.bytes.prefix(2)
    default: nil
    }
  }

  private func controller(_ code: UInt8) -> [UInt8]? {
    switch code {
    case 0x81: place
    // Appendix release R, revision 1.
    case 0x82: [0x00, 0x00, UInt8(ascii: "R"), 0x01]
    case 0x88: [0x42]
    case 0x9D: PropertyMap([0x80, 0x81, 0x88]).data
    case 0x9E: PropertyMap([0x81]).data
    case 0x9F: PropertyMap([0x80, 0x81, 0x82, 0x83, 0x88, 0x8A, 0x9D, 0x9E, 0x9F]).data
    default: nil
    }
  }
}
