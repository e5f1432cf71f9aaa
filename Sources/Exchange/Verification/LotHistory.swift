// SPDX-License-Identifier: Apache-2.0

public import Chain
public import Ledger
import LedgerCrypto
import Quantities

/// Follows lots through a chain as it is checked: from the mint through each split to what became
/// of the parts. Memory grows with the lots of the chain, not with its readings.
public struct LotHistory: Sendable {
  /// One step of a lot's way.
  public struct Step: Codable, Sendable {
    public let height: UInt64
    public let time: String
    public let kind: String
    public let transaction: String
    /// The lot that ended, none for a mint.
    public let from: String?
    /// The lots that began.
    public let to: [String]
    public let amountMcoin: UInt64
    public let who: String
  }

  private var made: [LotId: (step: Step, from: LotId?)] = [:]
  private var ended: [LotId: Step] = [:]

  /// A history of nothing yet.
  public init() {}

  /// Takes in a block with what it changed.
  public mutating func follow(_ connected: ConnectedBlock) {
    for transaction in connected.block.transactions {
      switch transaction.transaction {
      case .mint(let mint):
        add(transaction, nil, "minted", mint.site.hex, connected)
      case .transfer(let transfer):
        add(transaction, transfer.lot, "sent", transfer.to.hex, connected)
      case .retire(let retire):
        add(transaction, retire.lot, "retired", retire.beneficiary, connected)
      default: continue
      }
    }
  }

  private mutating func add(
    _ transaction: EncodedTransaction, _ from: LotId?, _ kind: String, _ who: String,
    _ connected: ConnectedBlock
  ) {
    var born: [(id: LotId, amount: MilliCoins)] = []
    for index in 0..<UInt8(3) {
      let id = transaction.lotId(index)
      let change = connected.changes.first { $0.key == .lot(id) }
      if case .lot(let lot)? = change?.entry {
        born.append((id, lot.amount))
      } else if change != nil || index == 0 {
        // It ended in the same block again.
        born.append((id, .zero))
      }
    }
    let header = connected.block.header
    let step = Step(
      height: header.height, time: "\(header.time)", kind: kind, transaction: transaction.id.hex,
      from: from?.hex, to: born.map(\.id.hex), amountMcoin: born.first?.amount.value ?? 0, who: who)
    for (id, _) in born { made[id] = (step, from) }
    if let from { ended[from] = step }
  }

  /// What ended a lot: it was sent, retired or split. Nil while it lives.
  public func end(of id: LotId) -> Step? { ended[id] }

  /// The way of a lot from its mint on, oldest first; nil where no such lot ever was.
  public func way(to id: LotId) -> [Step]? {
    guard made[id] != nil else { return nil }
    var steps: [Step] = []
    var at: LotId? = id
    while let current = at, let (step, from) = made[current] {
      steps.append(step)
      at = from
    }
    return steps.reversed()
  }
}
