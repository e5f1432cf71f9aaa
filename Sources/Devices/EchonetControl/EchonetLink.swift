// SPDX-License-Identifier: Apache-2.0

public import EchonetLite

/// What a link hands to the controller.
public enum EchonetLinkEvent: Sendable {
  /// Bytes of a frame and the address that they came from.
  case received([UInt8], from: String)
  /// Nothing can be sent to this address for now; what was sent may not have arrived.
  case held(address: String)
  /// The address can be reached again.
  case released(address: String)
}

/// A way to nodes of ECHONET Lite: UDP on the home's network, or the smart meter's Route B.
public protocol EchonetLink: Sendable {
  /// How nodes behind this link are asked.
  var limits: NodeSession.Limits { get }
  /// Whether frames to `address` go by this link.
  func reaches(_ address: String) -> Bool
  /// Whether a question from `address` is answered: it is a neighbour's.
  func isNear(_ address: String) -> Bool
  /// Sends a frame to one node.
  func send(_ bytes: [UInt8], to address: String)
  /// Sends a frame to every node.
  func sendToAll(_ bytes: [UInt8])
  /// Hands over what comes until the link is closed.
  func read(_ take: @Sendable (EchonetLinkEvent) async -> Void) async
  /// Closes the link and ends `read`.
  func close() async
}

extension EchonetLink {
  /// What a link without a network brings comes from its one neighbour.
  public func isNear(_ address: String) -> Bool { true }
}
