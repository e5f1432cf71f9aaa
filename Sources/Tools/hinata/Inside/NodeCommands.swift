// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import ArgumentParser
import CommandLineTool
import Foundation
import HTTPTypes

/// Which running node to ask.
struct NodeOptions: ParsableArguments {
  @OptionGroup var folder: FolderOptions

  @Flag(help: "Print JSON.")
  var json = false

  /// The running node's administration, where it has admin.listen set.
  func client() throws -> AdminClient {
    try folder.check()
    let data = folder.data
    guard let client = AdminClient(folder: data) else {
      throw UsageError(
        description: "no node with an admin API runs on \(data); set admin.listen to "
          + "127.0.0.1:port and start hinatad")
    }
    return client
  }
}

/// The peers of a running node.
struct PeersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peers", abstract: "Show a node's peers and bans, or change them.",
    discussion: """
      Examples:
        hinata peers --data ~/.local/state/hinata
        hinata peers --data ~/.local/state/hinata --connect 192.168.1.30:7711
        hinata peers --data ~/.local/state/hinata --lift KEY        end a ban
        hinata peers --data ~/.local/state/hinata --pause 20        no peers for 20 seconds
      """)

  @OptionGroup var node: NodeOptions

  @Option(help: "Link to this node now: host:port or host:port#key.")
  var connect: String?

  @Option(help: "Lift the ban of this key.")
  var lift: String?

  @Option(help: "Drop all links and open none for so many seconds.")
  var pause: Int?

  func run() async throws {
    try await guardedAsync {
      let client = try node.client()
      if let connect {
        let target =
          connect.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? connect
        print(try await client.act("connect?target=\(target)").done)
      }
      if let lift { print(try await client.act("bans/\(lift)", method: .delete).done) }
      if let pause { print(try await client.act("pause?seconds=\(pause)").done) }
      guard connect == nil, lift == nil, pause == nil else { return }
      let known = try await client.get("peers", as: PeersForm.self)
      if node.json { return try printJSON(known) }
      show(known.peers, known.bans)
    }
  }

  private func show(_ peers: [PeerForm], _ bans: [BanForm]) {
    var table = Table([.left, .left, .left, .right, .right, .right, .right, .right, .left])
    table.add(["key", "address", "", "height", "for", "round trip", "in", "out", "program"])
    for peer in peers {
      table.add([
        String(peer.key.prefix(8)), peer.address, peer.direction, "\(peer.height)",
        "\(peer.ageMilliseconds / 1000) s", peer.latencyMilliseconds.map { "\($0) ms" } ?? "–",
        "\(peer.bytesIn / 1024) KiB", "\(peer.bytesOut / 1024) KiB",
        peer.points > 0 ? "\(peer.agent) (\(peer.points) points)" : peer.agent,
      ])
    }
    for line in table.lines { print(line) }
    if peers.isEmpty { print("No peers. Name some by peers.targets or --connect.") }
    for ban in bans { print("banned  \(ban.key)  until \(ban.until): \(ban.reason)") }
  }
}

/// The pool of a running node.
struct MempoolCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mempool", abstract: "Show the transactions that wait for a block.",
    discussion: """
      Example:
        hinata mempool --data ~/.local/state/hinata
      """)

  @OptionGroup var node: NodeOptions

  func run() async throws {
    try await guardedAsync {
      let pool = try await node.client().get("mempool", as: MempoolForm.self)
      if node.json { return try printJSON(pool) }
      print("\(pool.count) transactions, \(pool.bytes) bytes")
      var table = Table([.left, .left, .right])
      for transaction in pool.transactions {
        table.add([transaction.kind, transaction.id, "\(transaction.bytes) B"])
      }
      for line in table.lines { print(line) }
    }
  }
}

/// The chain of a running node.
struct ChainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chain", abstract: "Show the tip of a node's chain.",
    discussion: """
      Example:
        hinata chain --data ~/.local/state/hinata --json
      """)

  @OptionGroup var node: NodeOptions

  func run() async throws {
    try await guardedAsync {
      let chain = try await node.client().get("chain", as: ChainForm.self)
      if node.json { return try printJSON(chain) }
      var table = Table([.left, .left])
      table.add(["network", "\(chain.network) (\(chain.networkId.prefix(8))…)"])
      table.add(["height", "\(chain.height)"])
      table.add(["tip", chain.tip])
      if let final = chain.finalHeight, let term = chain.term, let seats = chain.seats {
        let own = chain.ownSeats.map(String.init).joined(separator: ", ")
        table.add(["final", "block \(final)"])
        table.add([
          "approvers", "\(seats) in term \(term)\(own.isEmpty ? "" : ", this node's seat: \(own)")",
        ])
      }
      if let height = chain.restartHeight, let signed = chain.restartSigned,
        let needed = chain.restartNeeded
      {
        table.add(["restart", "in block \(height), signed by \(signed) of \(needed) seats"])
      }
      if let silence = chain.silence {
        let words =
          switch silence {
          case .conflict: "more than a third of the seats lie: nothing is final any more"
          case .otherBox: "another box approves with this node's key"
          case .newDisk: "its disk is new: it is silent for two whole epochs"
          }
        table.add(["approves nothing", words])
      }
      table.add(["producer", chain.producer])
      table.add(["target", chain.target])
      table.add(["peers", "\(chain.peers)"])
      table.add(["waiting transactions", "\(chain.waiting)"])
      table.add(["reorganisations", "\(chain.reorganisations)"])
      table.add(["audit notes", "\(chain.auditNotes)"])
      for line in table.lines { print(line) }
    }
  }
}

/// How far a running node is behind.
struct SyncCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync", abstract: "Follow a node until it has all blocks, with a bar.",
    discussion: """
      Examples:
        hinata sync --data ~/.local/state/hinata          until everything is here
        hinata sync --data ~/.local/state/hinata --json   once
      """)

  @OptionGroup var node: NodeOptions

  func run() async throws {
    try await guardedAsync {
      let client = try node.client()
      var sync = try await client.get("sync", as: SyncForm.self)
      if node.json { return try printJSON(sync) }
      var screen = Screen()
      while true {
        let left = sync.secondsLeft.map { "\($0) s left" } ?? ""
        let pace = sync.blocksPerSecond >= 1 ? "\(Int(sync.blocksPerSecond)) blocks/s" : ""
        let line =
          "\(ProgressBar.text(sync.height, of: sync.bestHeader))  block \(sync.height) of "
          + "\(sync.bestHeader)  \(pace)  \(left)"
        var lines = [line]
        if let height = sync.historyHeight, let goal = sync.historyGoal {
          lines.append(
            "\(ProgressBar.text(height, of: goal))  history checked to \(height) of \(goal)")
        }
        if screen.isTerminal { screen.draw(lines) } else { for line in lines { print(line) } }
        if sync.height >= sync.bestHeader, sync.historyGoal == nil { return }
        try await Task.sleep(for: .milliseconds(500))
        sync = try await client.get("sync", as: SyncForm.self)
      }
    }
  }
}
