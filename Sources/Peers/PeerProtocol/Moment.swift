// SPDX-License-Identifier: Apache-2.0

public import Quantities

/// Now, as it is handed to the protocol: its own two clocks.
public struct Moment: Hashable, Sendable {
  /// Milliseconds that only go forward, from any start: what time-outs are measured in.
  public let milliseconds: UInt64
  /// The network's time: what blocks and reports are dated in.
  public let time: NetworkTime

  /// A moment.
  public init(milliseconds: UInt64, time: NetworkTime) {
    self.milliseconds = milliseconds
    self.time = time
  }
}
