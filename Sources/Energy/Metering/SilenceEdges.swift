// SPDX-License-Identifier: Apache-2.0

/// The last words of devices before they fall silent, and their first when they speak again: these
/// are worth keeping of all that is heard between half hours. Pure.
public struct SilenceEdges: Sendable {
  private struct Device: Sendable {
    var last: [Sample] = []
    var isKept = true
    var isSilent = false
  }

  private var devices: [UInt8: Device] = [:]

  /// Of no device anything is known.
  public init() {}

  /// A device said how its counters stand.
  /// - Parameter isKept: it is kept anyhow.
  /// - Returns: what is to be kept.
  public mutating func heard(_ device: UInt8, _ said: [Sample], isKept: Bool) -> [Sample] {
    let wasSilent = devices[device]?.isSilent ?? false
    devices[device] = Device(last: said, isKept: isKept || wasSilent)
    return wasSilent && !isKept ? said : []
  }

  /// A device did not answer.
  /// - Returns: what is to be kept: the last that it said before.
  public mutating func silent(_ device: UInt8) -> [Sample] {
    guard let known = devices[device], !known.isSilent else { return [] }
    devices[device] = Device(isSilent: true)
    return known.isKept ? [] : known.last
  }
}
