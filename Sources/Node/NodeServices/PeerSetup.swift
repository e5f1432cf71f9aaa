// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
public import LedgerStore
public import PeerFiles
public import PeerProtocol
public import PeerTransport

/// What a keeper needs to take part among peers.
public struct PeerSetup: Sendable {
  /// The node's side of the protocol.
  public let settings: NodeMachine.Settings
  public let transport: PeerTransport
  /// What was remembered of peers over the last restart.
  public let memory: PeerMemory
  /// Secret and different for each node.
  public let seed: Bytes32
  /// The samples under this node's own reports, where it reads meters.
  public let samples: SampleStore?
  /// The keys that it approves with, and where it remembers what it approved.
  public let approvers: Approvers?

  /// A setup with these parts.
  public init(
    settings: NodeMachine.Settings, transport: PeerTransport, memory: PeerMemory, seed: Bytes32,
    samples: SampleStore?, approvers: Approvers? = nil
  ) {
    self.settings = settings
    self.approvers = approvers
    self.transport = transport
    self.memory = memory
    self.seed = seed
    self.samples = samples
  }
}

/// The keys of a node that approve, and the file that remembers what they approved.
public struct Approvers: Sendable {
  public let keys: [KeyPair]
  public let file: FinalityFile

  /// Keys that approve, each once, and their memory.
  public init(keys: [KeyPair], file: FinalityFile) {
    self.keys = keys
    self.file = file
  }
}
