// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerStore

/// Gives a member's node a key that cannot spend.
struct WalletNodeKey: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "node-key", abstract: "Let a node seal and approve with a key that cannot spend.",
    discussion: """
      The key that holds the coins, or admits members, does not belong into an always-on box. Make a \
      key for the box, set it here, and name it as mining.key in the node's settings; the former \
      node key seals no more once a block holds this. Both key files are opened with the same \
      password.

      Examples:
        hinata key new node.key
        hinata wallet node-key --data DIR --genesis FILE --key member.key --node node.key
      """)

  @OptionGroup var options: SpendOptions

  @Option(help: "Key file of the node.")
  var node: String

  func run() throws {
    try guarded {
      let (store, member, key) = try options.open()
      let pair = try KeyFile.open(node, password: try KeyCommand.password(twice: false))
      guard pair.publicKey != key.publicKey else {
        throw UsageError(description: "--node \(node) is the member's own key: it can spend")
      }
      let change = (try store.member(member)?.nodeKeyChanges ?? 0) + 1
      try options.submit(
        [
          EncodedTransaction(
            .setNodeKey(
              SetNodeKey(
                member: member, nodeKey: pair, change: change, network: store.network,
                signedBy: key)))
        ], on: try WalletLedger(store), "give this member's node a key of its own")
    }
  }
}
