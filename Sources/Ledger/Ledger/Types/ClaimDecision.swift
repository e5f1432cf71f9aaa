// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
public import Quantities

/// What an exchange decided on a claim, with its reasons, signed by it. Kept for good and passed
/// on: the ledger's members look into the exchange's records (Docs/requirements.md L17). Bytes:
/// claim ‖ outcome ‖ amount (varint) ‖ mint (32, zero where nothing was minted) ‖ time (8) ‖
/// reasons (varint count, 0…16; check (text), score (varint, 0…1000), sentence (text)) ‖ exchange
/// key (32) ‖ signature (64).
public struct ClaimDecision: Hashable, Sendable, Canonical {
  /// What became of a claim. The numbers are kept for good.
  public enum Outcome: UInt8, CaseIterable, Sendable {
    case minted = 0
    /// A person has to look at it.
    case held = 1
    case refused = 2
  }

  /// What one check said.
  public struct Reason: Hashable, Sendable {
    /// Lengths of the check's name and its sentence in UTF-8 bytes.
    public static let nameLimit: ClosedRange<UInt64> = 1...32
    public static let sentenceLimit: ClosedRange<UInt64> = 1...255

    public let check: String
    /// How sure the check is that something is wrong, in thousandths.
    public let score: UInt32
    public let sentence: String

    /// Whether a decision can say this: of some length, and without control characters.
    public static func canSay(_ sentence: String) -> Bool {
      guard sentenceLimit.contains(UInt64(sentence.utf8.count)) else { return false }
      var output = ByteWriter()
      output.writeText(sentence)
      var input = ByteReader(output.bytes)
      return (try? input.readText(in: sentenceLimit)) != nil
    }

    /// A reason; what is too long is cut.
    public init(check: String, score: UInt32, sentence: String) {
      self.check = String(check.prefix(16))
      self.score = min(score, 1000)
      var sentence = sentence
      while sentence.utf8.count > Int(Reason.sentenceLimit.upperBound) { sentence.removeLast() }
      self.sentence = sentence
    }
  }

  /// Reasons of a decision.
  public static let reasonCount: ClosedRange<UInt64> = 0...16
  /// The most bytes of one.
  public static let byteLimit = 101 + 4 + 1 + 9 + 32 + 8 + 1 + 16 * (34 + 2 + 257) + 96

  public let claim: Claim
  public let outcome: Outcome
  public let amount: MilliCoins
  /// The mint that answers the claim, nil where there is none.
  public let mint: TransactionId?
  public let time: NetworkTime
  public let reasons: [Reason]
  /// Who decided.
  public let exchange: PublicKey
  /// The signature over network and body.
  public let signature: Signature

  /// Signs a decision; reasons beyond the sixteenth are left out.
  public init(
    claim: Claim, outcome: Outcome, amount: MilliCoins, mint: TransactionId?, time: NetworkTime,
    reasons: [Reason], network: NetworkId, signedBy key: KeyPair
  ) {
    self.claim = claim
    self.outcome = outcome
    self.amount = amount
    self.mint = mint
    self.time = time
    self.reasons = Array(reasons.prefix(Int(ClaimDecision.reasonCount.upperBound)))
    exchange = key.publicKey
    let content = ClaimDecision.content(
      claim, outcome, amount, mint, time, self.reasons, key.publicKey)
    signature = key.sign(ClaimDecision.message(content, in: network))
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    claim = try Claim(from: &input)
    guard let outcome = Outcome(rawValue: try input.readUInt8()) else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    self.outcome = outcome
    amount = try input.readMilliCoins()
    let start = input.offset
    let mint = try TransactionId(from: &input)
    self.mint = mint.value == .zero ? nil : mint
    guard (self.mint != nil) == (outcome == .minted) else {
      throw input.refusal(.notCanonical, at: start)
    }
    time = NetworkTime(seconds: try input.readFixed(UInt64.self))
    guard time.seconds < 1 << 40 else { throw input.refusal(.outOfRange, at: input.offset - 8) }
    var reasons: [Reason] = []
    for _ in 0..<(try input.readCount(in: ClaimDecision.reasonCount, itemBytes: 5)) {
      let start = input.offset
      let check = try input.readText(in: Reason.nameLimit)
      let score = UInt32(try input.readVarint(in: 0...1000))
      let sentence = try input.readText(in: Reason.sentenceLimit)
      let reason = Reason(check: check, score: score, sentence: sentence)
      guard reason.check == check else { throw input.refusal(.outOfRange, at: start) }
      reasons.append(reason)
    }
    self.reasons = reasons
    exchange = try PublicKey(from: &input)
    signature = try Signature(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeBytes(content)
    signature.encode(to: &output)
  }

  /// The decision's name: the hash of its bytes.
  public var digest: Bytes32 { SHA256.digest(bytes) }

  /// Whether the exchange's key signed this decision in `network`.
  public func isSigned(in network: NetworkId) -> Bool {
    signature.isValid(for: ClaimDecision.message(content, in: network), by: exchange)
  }

  private var content: [UInt8] {
    ClaimDecision.content(claim, outcome, amount, mint, time, reasons, exchange)
  }

  private static func content(
    _ claim: Claim, _ outcome: Outcome, _ amount: MilliCoins, _ mint: TransactionId?,
    _ time: NetworkTime, _ reasons: [Reason], _ exchange: PublicKey
  ) -> [UInt8] {
    var output = ByteWriter()
    claim.encode(to: &output)
    output.write(outcome.rawValue)
    output.writeVarint(amount.value)
    (mint ?? TransactionId(.zero)).encode(to: &output)
    output.writeFixed(time.seconds)
    output.writeVarint(UInt64(reasons.count))
    for reason in reasons {
      output.writeText(reason.check)
      output.writeVarint(UInt64(reason.score))
      output.writeText(reason.sentence)
    }
    exchange.encode(to: &output)
    return output.bytes
  }

  private static func message(_ content: [UInt8], in network: NetworkId) -> [UInt8] {
    SignedMessage.bytes(.decision, content, in: network)
  }
}
