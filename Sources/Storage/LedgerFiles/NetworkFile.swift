// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
public import Foundation
public import Ledger
import LedgerCrypto
import Quantities

/// Why a network file was refused.
public struct NetworkFileError: Error, Sendable, CustomStringConvertible {
  /// What is wrong, naming the file and the key.
  public let description: String
}

/// A file of `Genesis/`: a network's rules and first members as a person can read and review them.
/// Its canonical form, not its text, is hashed into the network's id.
public enum NetworkFile {
  private struct Form: Decodable {
    struct MemberForm: Decodable {
      let kind: String
      let name: String
      let key: String
    }
    /// A rule's value: a number, or a word.
    enum Rule: Decodable {
      case number(Int64)
      case text(String)

      init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let number = try? value.decode(Int64.self) {
          self = .number(number)
        } else {
          self = .text(try value.decode(String.self))
        }
      }
    }
    let name: String
    let time: String
    let membership: String
    let easiestTarget: String
    let rules: [String: Rule]
    let members: [MemberForm]
  }

  /// Reads the genesis of the network file at `path`.
  public static func load(_ path: String) throws(NetworkFileError) -> Genesis {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw NetworkFileError(
        description:
          "The network file \(path) cannot be read: name your network's with --genesis, or put it there."
      )
    }
    return try parse(data, path: path)
  }

  /// Reads a genesis from the text of a network file.
  public static func parse(_ data: Data, path: String) throws(NetworkFileError) -> Genesis {
    func refuse(_ reason: String) -> NetworkFileError {
      NetworkFileError(description: "\(path): \(reason)")
    }
    let form: Form
    do { form = try JSONDecoder().decode(Form.self, from: data) } catch {
      throw refuse("it is no network file: \(readable(error))")
    }
    guard let date = try? Date(form.time, strategy: .iso8601), date.timeIntervalSince1970 >= 0
    else { throw refuse("time \"\(form.time)\" is no ISO 8601 time such as 2026-01-01T00:00:00Z") }
    guard let membership = memberships[form.membership] else {
      throw refuse("membership \"\(form.membership)\" is neither \"closed\" nor \"open\"")
    }
    guard let target = UInt32(form.easiestTarget, radix: 16), CompactTarget.expand(target) != nil
    else { throw refuse("easiestTarget \"\(form.easiestTarget)\" is no compact target") }
    var numbers: [UInt32] = []
    for (key, range) in NetworkRules.ranges {
      guard let rule = form.rules[key] else { throw refuse("rules.\(key) is missing") }
      guard case .number(let value) = rule else { throw refuse("rules.\(key) is no number") }
      guard value >= 0, range.contains(UInt64(value)) else {
        throw refuse("rules.\(key) is \(value), outside of \(range.lowerBound)…\(range.upperBound)")
      }
      numbers.append(UInt32(value))
    }
    let blockPeriod: BlockPeriod?
    switch form.rules["blockPeriod"] {
    case nil: throw refuse("rules.blockPeriod is missing")
    case .number(let value):
      blockPeriod = UInt32(exactly: value).flatMap(BlockPeriod.init(seconds:))
    case .text(let text): blockPeriod = BlockPeriod(text: text)
    }
    guard let blockPeriod else {
      throw refuse(
        "rules.blockPeriod is neither 0 (on demand), 60…2678400 seconds, nor \"month +09:00\"")
    }
    let known = Set(NetworkRules.ranges.map(\.key) + ["blockPeriod"])
    if let stranger = form.rules.keys.sorted().first(where: { !known.contains($0) }) {
      throw refuse("rules.\(stranger) is not a rule")
    }
    let rules = NetworkRules(
      name: form.name, time: NetworkTime(seconds: UInt64(date.timeIntervalSince1970)),
      membership: membership, easiestTarget: target, searchSeconds: numbers[0],
      retargetBlocks: numbers[1], blockPeriod: blockPeriod, shareBlocks: numbers[2],
      shareDivisor: numbers[3], milliCoinsPerKilowattHour: numbers[4],
      balanceToleranceWh: numbers[5], roofTolerancePerMille: numbers[6],
      reportLateness: numbers[7], claimDays: numbers[8], clockFactor: numbers[9],
      blockBytes: numbers[10], blockTransactions: numbers[11], checkpointSeconds: numbers[12],
      approveAfterSeconds: numbers[13], termEpochs: numbers[14], restartSeconds: numbers[15],
      milliCoinsPerSplit: numbers[16])
    if let fault = rules.epochFault { throw refuse("rules.\(fault)") }
    var members: [MemberRecord] = []
    for (index, member) in form.members.enumerated() {
      guard let kind = kinds[member.kind] else {
        throw refuse(
          "members[\(index)].kind \"\(member.kind)\" is not one of \(kinds.keys.sorted())")
      }
      guard let key = Bytes32(hex: member.key).map(PublicKey.init), key.isValid else {
        throw refuse("members[\(index)].key is no Ed25519 public key in hexadecimal")
      }
      members.append(MemberRecord(kind: kind, name: member.name, key: key))
    }
    let genesis = Genesis(rules: rules, members: members)
    do { return try Genesis(exactly: genesis.bytes) } catch {
      throw refuse("a name is empty, too long or holds control characters (\(error))")
    }
  }

  /// The text of the file of a genesis, which `parse` reads back.
  public static func text(of genesis: Genesis) -> Data {
    func quoted(_ text: String) -> String {
      let data = try? JSONEncoder().encode(text)
      return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
    let rules = genesis.rules
    let period =
      switch rules.blockPeriod {
      case .onDemand: "0"
      case .seconds(let seconds): "\(seconds)"
      case .month: quoted(rules.blockPeriod.description)
      }
    let numbers = zip(NetworkRules.ranges, rules.numbers).map { "\(quoted($0.key)): \($1)" }
    let members = genesis.members.map { member in
      let kind = kinds.first { $0.value == member.kind }?.key ?? ""
      return "{\"kind\": \(quoted(kind)), \"name\": \(quoted(member.name)), \"key\": "
        + "\(quoted(member.key.value.hex))}"
    }
    let lines = [
      "{", "  \"name\": \(quoted(rules.name)),", "  \"time\": \(quoted("\(rules.time)")),",
      "  \"membership\": \(quoted(rules.membership == .closed ? "closed" : "open")),",
      "  \"easiestTarget\": \(quoted(String(rules.easiestTarget, radix: 16))),", "  \"rules\": {",
      (["\"blockPeriod\": \(period)"] + numbers).map { "    \($0)" }.joined(separator: ",\n"),
      "  },", "  \"members\": [",
      members.map { "    \($0)" }.joined(separator: ",\n"), "  ]", "}", "",
    ]
    return Data(lines.joined(separator: "\n").utf8)
  }

  private static let memberships: [String: Membership] = ["closed": .closed, "open": .open]

  /// The names of member kinds in files and on command lines.
  public static let kinds: [String: MemberKind] = [
    "consumer": .consumer, "publicConsumer": .publicConsumer,
    "businessConsumer": .businessConsumer, "generator": .generator, "operator": .operator,
    "wholesaleMarket": .wholesaleMarket, "exchange": .exchange,
  ]

  private static func readable(_ error: any Error) -> String {
    guard let decoding = error as? DecodingError else { return "\(error)" }
    func place(_ path: [any CodingKey]) -> String {
      path.map(\.stringValue).joined(separator: ".")
    }
    switch decoding {
    case .keyNotFound(let key, let context):
      return "\(place(context.codingPath + [key])) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(place(context.codingPath)): \(context.debugDescription)"
    case .dataCorrupted(let context):
      let reason = context.debugDescription
      return context.codingPath.isEmpty ? reason : "\(place(context.codingPath)): \(reason)"
    @unknown default: return "\(decoding)"
    }
  }
}
