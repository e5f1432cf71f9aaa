// SPDX-License-Identifier: Apache-2.0

/// The meter's network as a scan found it: remembered, so that a restart needs no scan.
public struct RouteBNetwork: Hashable, Sendable, Codable {
  /// The channel, two hexadecimal digits.
  public let channel: String
  /// The PAN id, four hexadecimal digits.
  public let panId: String
  /// The meter's hardware address, 16 hexadecimal digits.
  public let address: String
  /// How strong the meter was heard, 0…255, 0 where the module did not say.
  public let linkQuality: UInt8

  /// A network, or nil where a field has another form.
  public init?(channel: String, panId: String, address: String, linkQuality: UInt8) {
    func isHex(_ text: String, _ count: Int) -> Bool {
      text.utf8.count == count && text.allSatisfy(\.isHexDigit)
    }
    guard isHex(channel, 2), isHex(panId, 4), isHex(address, 16) else { return nil }
    self.channel = channel
    self.panId = panId
    self.address = address
    self.linkQuality = linkQuality
  }
}

/// How Route B stands, for people.
public enum RouteBState: Hashable, Sendable {
  /// The serial port cannot be used.
  case noDongle(reason: String)
  /// The module is being set up.
  case preparing
  /// What is at the port does not answer as a Wi-SUN module does.
  case dongleSilent
  /// The module refused a command.
  case dongleRefused(command: String, code: UInt8)
  case scanning(duration: Int)
  /// All scans ended without a meter that knows the id.
  case noMeter
  case joining
  /// The meter refused to let this node in.
  case refused
  case open
  /// The session's life is over and the module renews it.
  case renewing
  /// The module has used up its sending time.
  case limited

  /// One word for programs.
  public var word: String {
    switch self {
    case .noDongle: "no_dongle"
    case .preparing: "preparing"
    case .dongleSilent: "dongle_silent"
    case .dongleRefused: "dongle_refused"
    case .scanning: "scanning"
    case .noMeter: "no_meter"
    case .joining: "joining"
    case .refused: "refused"
    case .open: "open"
    case .renewing: "renewing"
    case .limited: "limited"
    }
  }

  /// What is so, and what to do about it.
  public var text: String {
    switch self {
    case .noDongle(let reason): reason
    case .preparing: "setting up the Wi-SUN dongle"
    case .dongleSilent:
      "the serial port is open, but nothing there answers as a Wi-SUN dongle does (115200 baud); is it the "
        + "right port?"
    case .dongleRefused(let command, let code):
      "the dongle refused \(command) (ER\(code < 10 ? "0" : "")\(code)); unplug it and plug it in again"
    case .scanning(let duration): "looking for the smart meter, scan of length \(duration)"
    case .noMeter:
      "no smart meter answers to this Route B id: check the id, or move the dongle nearer to the meter; "
        + "looking again by and by"
    case .joining: "joining the smart meter's network"
    case .refused:
      "the smart meter was found but refuses the session: check the Route B id and password; trying again by "
        + "and by"
    case .open: "the session is open"
    case .renewing: "the session is being renewed"
    case .limited: "the dongle may not send for now (limit of sending time); it goes on by itself"
    }
  }

  /// Whether somebody has to do something.
  public var needsHelp: Bool {
    switch self {
    case .noDongle, .dongleSilent, .dongleRefused, .noMeter, .refused: true
    case .preparing, .scanning, .joining, .open, .renewing, .limited: false
    }
  }
}
