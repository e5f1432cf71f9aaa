// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import Quantities
import Wire

/// A question of few bytes whose answer is long: bodies, headers, parts of a snapshot.
enum LongQuestion: Hashable {
  case block(BlockHash)
  case transactions(GetBlockTransactions)
  case headers(GetHeaders)
  case ancestors(GetAncestors)
  case part(GetSnapshotPart)

  /// What it keeps in memory while it waits, beside itself.
  var indexCount: Int {
    if case .transactions(let question) = self { question.indexes.count } else { 0 }
  }

  /// A link waits for one answer of headers at a time, of each sort: the last question counts.
  func replaces(_ other: LongQuestion) -> Bool {
    switch (self, other) {
    case (.headers, .headers), (.ancestors, .ancestors): true
    default: self == other
    }
  }
}

/// How much work a node does for others, in all: it refills with time, and an answer that took more
/// than was left is paid back before the next one.
struct WorkShare {
  private let perSecond: UInt64
  private let burst: Int64
  private var left: Int64
  private var refilled: UInt64

  init(perSecond: UInt64, burst: UInt64, at now: UInt64) {
    self.perSecond = perSecond
    self.burst = Int64(clamping: burst)
    left = self.burst
    refilled = now
  }

  /// Whether there is anything left.
  mutating func isOpen(at now: UInt64) -> Bool {
    let gained = now.subtractingDownToZero(refilled) * perSecond / 1000
    if gained > 0 {
      left = min(burst, left + Int64(clamping: gained))
      refilled = now
    }
    return left > 0
  }

  mutating func spend(_ work: UInt64) { left -= Int64(clamping: work) }
}

/// Whose questions share their answers' work.
enum Asker: CaseIterable {
  case member
  case stranger
}

/// What is left of the work for askers of a kind, and which of their links was answered last.
struct AnswerTurn {
  var share: WorkShare
  var last = Link(0)
}

/// Long answers are given in turn, a question of each link after the other, and so much a second to
/// all members and to all strangers: whoever asks much waits for itself.
extension NodeMachine {
  /// Bytes of an answer that cost as much as looking it up.
  static let bytesPerWork: UInt64 = 32_768

  func ask(_ question: GetBlocks, by link: Link) {
    var asked: Set<BlockHash> = []
    for hash in question.hashes where asked.insert(hash).inserted {
      guard ask(.block(hash), by: link) else { return }
    }
  }

  /// - Returns: whether it waits for its turn; else its link has too many already.
  @discardableResult
  func ask(_ question: LongQuestion, by link: Link) -> Bool {
    guard let peer = peers[link] else { return false }
    if case .block = question, peer.questions.contains(question) { return true }
    peer.questions.removeAll { question.replaces($0) }
    let indexes = (peer.questions + [question]).reduce(0) { $0 + $1.indexCount }
    guard peer.questions.count < limits.questions,
      indexes <= 2 * Int(chain.genesis.rules.blockTransactions)
    else {
      punish(link, .flooding("questions"))
      return false
    }
    peer.questions.append(question)
    return true
  }

  /// Answers what waits, as far as the share goes.
  func answerQuestions() {
    guard hasQuestions else { return }
    for asker in Asker.allCases {
      guard var turn = turns[asker] else { continue }
      var done: UInt64 = 0
      while done < limits.workAtOnce, turn.share.isOpen(at: now.milliseconds),
        let peer = next(asker, after: turn.last)
      {
        turn.last = peer.link
        let question = peer.questions.removeFirst()
        let cost = 1 + UInt64(answer(question, to: peer.link)) / NodeMachine.bytesPerWork
        turn.share.spend(cost)
        done += cost
      }
      turns[asker] = turn
    }
  }

  /// Whether any link waits for an answer.
  var hasQuestions: Bool { peers.values.contains { !$0.questions.isEmpty } }

  private func next(_ asker: Asker, after last: Link) -> Peer? {
    let waiting = peers.values.filter { $0.asker == asker && !$0.questions.isEmpty }
    return waiting.filter { $0.link > last }.min { $0.link < $1.link }
      ?? waiting.min { $0.link < $1.link }
  }

  /// - Returns: the bytes of the answer, or of what had to be read for it.
  private func answer(_ question: LongQuestion, to link: Link) -> Int {
    do {
      let message: Message?
      switch question {
      case .block(let hash): message = try body(hash)
      case .transactions(let question): return try giveTransactions(question, to: link)
      case .headers(let question): message = try headers(question)
      case .ancestors(let question): message = try ancestors(question)
      case .part(let question): message = part(question)
      }
      guard let message else { return 0 }
      send(message, to: link)
      return message.byteCount
    } catch {
      fault(error)
      return 0
    }
  }

  private func body(_ hash: BlockHash) throws -> Message {
    guard let block = try chain.block(hash) else {
      return .blocksMissing(BlocksMissing(hashes: [hash]))
    }
    return .blockDelivery(BlockDelivery(block: block))
  }

  /// - Returns: the bytes of the block, however few of its transactions are asked for.
  private func giveTransactions(_ question: GetBlockTransactions, to link: Link) throws -> Int {
    guard let block = try chain.block(question.block) else {
      send(.blocksMissing(BlocksMissing(hashes: [question.block])), to: link)
      return 0
    }
    if let last = question.indexes.last, last < block.transactions.count {
      send(
        .blockTransactions(
          BlockTransactions(
            block: question.block, transactions: question.indexes.map { block.transactions[$0] })),
        to: link)
    } else {
      punish(link, .malformed("asks for a transaction that the block does not have"))
    }
    return block.transactions.reduce(0) { $0 + $1.bytes.count }
  }

  private func headers(_ question: GetHeaders) throws -> Message {
    let limit = Int(Headers.headerCount.upperBound)
    return .headers(
      Headers(headers: try chain.headers(after: question.locator, limit: limit)))
  }

  private func ancestors(_ question: GetAncestors) throws -> Message {
    var headers: [SealedHeader] = []
    try chain.storage.read { view in
      guard let height = try view.heightOnChain(question.block), height >= question.lowest else {
        return
      }
      let count = min(height - question.lowest + 1, Ancestors.headerCount.upperBound)
      headers = try view.headers(from: height - count + 1, limit: Int(count)).reversed()
    }
    return .ancestors(Ancestors(block: question.block, headers: headers))
  }

  private func part(_ question: GetSnapshotPart) -> Message? {
    guard let served, served.block == question.block else { return nil }
    servedAt = now.milliseconds
    return .snapshotPart(
      SnapshotPart(
        block: question.block, index: question.index,
        items: served.parts[Int(question.index)].map {
          SnapshotPart.Item(key: $0.key, entry: $0.entry)
        }))
  }
}
