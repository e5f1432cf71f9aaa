// SPDX-License-Identifier: Apache-2.0

/// The two families of commands. Source: Docs/echonet.md §7.
public enum SKStackDialect: String, Hashable, Sendable, Codable {
  /// BP35A1, RL7023 Stick-D/IPS, WSR35A1: one side.
  case single
  /// BP35C0, BP35C2, RL7023 Stick-D/DSS, RS-WSUHA-P: commands and events name the side B (0).
  case dual
}

/// A command to a Wi-SUN module.
public enum SKStackCommand: Hashable, Sendable {
  case version
  case echoOff
  case information
  case terminate
  case password(RouteBCredentials)
  case routeBId(RouteBCredentials)
  /// An active scan of all channels; each takes 9.6 ms × (2^duration + 1).
  case scan(duration: Int)
  case channel(String)
  case panId(String)
  /// The link-local address that belongs to a hardware address.
  case linkLocal(String)
  case join(String)
  case send([UInt8], to: String)

  /// The bytes on the line.
  public func bytes(_ dialect: SKStackDialect) -> [UInt8] {
    if case .send(let data, let address) = self {
      let count = String(data.count, radix: 16, uppercase: true)
      let length = String(repeating: "0", count: max(0, 4 - count.count)) + count
      let side = dialect == .dual ? " 0" : ""
      return Array("SKSENDTO 1 \(address) 0E1A 1\(side) \(length) ".utf8) + data
    }
    return Array((text(dialect) + "\r\n").utf8)
  }

  private func text(_ dialect: SKStackDialect) -> String {
    switch self {
    case .version: "SKVER"
    case .echoOff: "SKSREG SFE 0"
    case .information: "SKINFO"
    case .terminate: "SKTERM"
    case .password(let credentials): "SKSETPWD C \(credentials.password)"
    case .routeBId(let credentials): "SKSETRBID \(credentials.id)"
    case .scan(let duration): "SKSCAN 2 FFFFFFFF \(duration)\(dialect == .dual ? " 0" : "")"
    case .channel(let channel): "SKSREG S2 \(channel)"
    case .panId(let pan): "SKSREG S3 \(pan)"
    case .linkLocal(let address): "SKLL64 \(address)"
    case .join(let address): "SKJOIN \(address)"
    case .send: ""
    }
  }

  /// The command for a log, without secrets.
  public var name: String {
    switch self {
    case .password: "SKSETPWD"
    case .routeBId: "SKSETRBID"
    case .send(let data, _): "SKSENDTO of \(data.count) bytes"
    default: text(.single)
    }
  }
}
