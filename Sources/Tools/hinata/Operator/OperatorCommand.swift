// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import CommandLineTool
import Foundation
import Joining
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerStore
import Quantities

/// What the operator does: admit members, register sites, suspend, restart.
struct OperatorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "operator",
    abstract: "Admit members, register sites, suspend, restart, move the rules on.",
    discussion: """
      The transaction is signed with the operator's key and waits in the data folder until its node \
      seals it.

      Examples:
        hinata operator admit --data ~/.local/state/hinata --genesis Genesis/demo.json --key operator.key \\
          --kind consumer --name "Sato" --member-key 64-hex-digits
        hinata operator register --data ~/.local/state/hinata --genesis Genesis/demo.json --key operator.key \\
          --record site.json
        hinata operator suspend --data ~/.local/state/hinata --genesis Genesis/demo.json --key operator.key \\
          --member ID
      """,
    subcommands: [
      Admit.self, Register.self, Suspend.self, RestartCommand.self, EditionCommand.self,
    ])

  struct Common: ParsableArguments {
    @OptionGroup var place: PlaceOptions
    @Option(help: "Key file of the operator.") var key: String

    /// The ledger of the operator's node.
    func open() throws -> LedgerStore {
      try place.folder.checkNamed()
      return try LedgerStore(folder: place.data, genesis: try NetworkFile.load(place.genesis))
    }

    /// The operator whose key this is, and the key.
    func signer(in store: LedgerStore) throws -> (member: MemberId, key: KeyPair) {
      let pair = try KeyFile.open(key, password: try KeyCommand.password(twice: false))
      guard let holder = try store.holder(pair.publicKey) else {
        throw UsageError(description: "no member of this network has the key \(key)")
      }
      return (holder.member, pair)
    }

    /// Signs a transaction and lets it wait for a block.
    func submit(
      to store: LedgerStore, _ make: (MemberId, NetworkId, KeyPair) throws -> Transaction
    ) throws -> TransactionId {
      let (member, pair) = try signer(in: store)
      let transaction = EncodedTransaction(try make(member, store.network, pair))
      try store.addPending(transaction)
      return transaction.id
    }
  }

  struct Admit: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Admit a member.",
      discussion: """
        Example:
          hinata operator admit --data ~/.local/state/hinata --genesis Genesis/demo.json --key operator.key \\
            --kind consumer --name Sato --member-key 64-hex-digits
        """)
    @OptionGroup var common: Common
    @Option(
      help:
        "consumer, publicConsumer, businessConsumer, generator, operator, wholesaleMarket, exchange."
    )
    var kind: String
    @Option(help: "An operator or exchange: the kind once more, since it admits or mints.")
    var confirm: String?
    @Option(help: "Name, 1…64 bytes.") var name: String
    @Option(help: "Public key of the member, 64 hexadecimal digits.") var memberKey: String

    func run() throws {
      try guarded {
        guard let kind = NetworkFile.kinds[kind] else {
          throw UsageError(
            description: "--kind \(kind): known are \(NetworkFile.kinds.keys.sorted())")
        }
        guard JoinReview.kinds.contains(kind) || confirm == self.kind else {
          throw UsageError(
            description: "a member of this kind admits others or mints: say --confirm \(self.kind)")
        }
        guard let key = Bytes32(hex: memberKey).map(PublicKey.init), key.isValid else {
          throw UsageError(description: "--member-key is no Ed25519 public key")
        }
        let record = MemberRecord(kind: kind, name: name, key: key)
        guard (try? MemberRecord(exactly: record.bytes)) != nil else {
          throw UsageError(description: "--name must be 1…64 bytes without control characters")
        }
        _ = try common.submit(to: try common.open()) { id, network, pair in
          .admitMember(
            AdmitMember(operator: id, record: record, network: network, signedBy: pair))
        }
        print("member \(record.id.hex)")
      }
    }
  }

  struct Register: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Register a site.",
      discussion: """
        The record is a JSON file:
          {"member": "ID", "key": "64 hex", "name": "Roof", "method": "photovoltaic",
           "role": "production", "capacityW": 4000, "batteryWh": 0, "connectionW": 50000, "gridArea": "tokyo",
           "region": "JP-13", "latitude": 35.7, "longitude": 139.7, "utcOffset": "+09:00",
           "deviceName": "PCS", "deviceId": "SN-1", "technology": "T010101",
           "commissioned": "2020-04-01", "support": "none", "activeFrom": "2026-01-01T00:00Z"}
        """)
    @OptionGroup var common: Common
    @Option(help: "JSON file of the site's record.") var record: String

    func run() throws {
      try guarded {
        let record = try SiteForm.load(record)
        _ = try common.submit(to: try common.open()) { id, network, pair in
          .registerSite(
            RegisterSite(operator: id, record: record, network: network, signedBy: pair))
        }
        print("site \(record.id.hex)")
      }
    }
  }

  struct Suspend: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Suspend a member, or take it back.",
      discussion: """
        Example:
          hinata operator suspend --data ~/.local/state/hinata --genesis Genesis/demo.json --key operator.key \\
            --member ID --reinstate
        """)
    @OptionGroup var common: Common
    @Option(help: "The member, by its whole name or its id.") var member: String
    @Flag(help: "Take the member back.") var reinstate = false

    func run() throws {
      try guarded {
        let store = try common.open()
        let id = try store.member(named: member)
        guard let entry = try store.member(id) else {
          throw UsageError(description: "there is no member \(member)")
        }
        _ = try common.submit(to: store) { operatorId, network, pair in
          .setStanding(
            SetStanding(
              operator: operatorId, member: id, isSuspended: !reinstate,
              change: entry.standingChanges + 1, network: network, signedBy: pair))
        }
        print(reinstate ? "reinstated" : "suspended")
      }
    }
  }
}

/// A site's record as a person writes it.
struct SiteForm: Codable {
  let member: String
  let key: String
  let name: String
  let method: String
  let role: String
  let capacityW: UInt32
  let batteryWh: UInt32
  /// Low voltage where nothing is said.
  let connectionW: UInt32?
  let gridArea: String
  let region: String
  let latitude: Double
  let longitude: Double
  let utcOffset: String
  let deviceName: String
  let deviceId: String
  let technology: String
  let commissioned: String
  /// `none` where nothing is said.
  let support: String?
  let activeFrom: String

  static func load(_ path: String) throws -> SiteRecord {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageError(description: "--record \(path) cannot be read")
    }
    let form: SiteForm
    do { form = try JSONDecoder().decode(SiteForm.self, from: data) } catch {
      throw UsageError(description: "\(path): \(error)")
    }
    return try form.record(path)
  }

  private func record(_ path: String) throws -> SiteRecord {
    func refuse(_ key: String) -> UsageError { UsageError(description: "\(path): \(key) is wrong") }
    guard let member = MemberId(hex: member) else { throw refuse("member") }
    guard let key = Bytes32(hex: key).map(PublicKey.init), key.isValid else { throw refuse("key") }
    let methods = GenerationMethod.allCases.first { "\($0)" == method }
    guard let methods else { throw refuse("method") }
    guard let role = EnergyRole.allCases.first(where: { "\($0)" == role }) else {
      throw refuse("role")
    }
    guard latitude.magnitude <= 90, longitude.magnitude <= 180,
      let position = CoarsePosition(
        latitudeTenths: Int((latitude * 10).rounded()),
        longitudeTenths: Int((longitude * 10).rounded()))
    else { throw refuse("latitude or longitude") }
    guard let offset = UTCOffset(utcOffset) else { throw refuse("utcOffset") }
    guard let active = Interval(text: activeFrom) else { throw refuse("activeFrom") }
    let support = PublicSupport.allCases.first { "\($0)" == self.support ?? "none" }
    guard let support else { throw refuse("support") }
    let day = commissioned.split(separator: "-").compactMap { Int($0) }
    guard day.count == 3, let date = CalendarDate(year: day[0], month: day[1], day: day[2]) else {
      throw refuse("commissioned")
    }
    let record = SiteRecord(
      member: member, key: key, name: name, method: methods, role: role, capacityW: capacityW,
      batteryWh: batteryWh, connectionW: connectionW ?? SiteRecord.lowVoltageW,
      gridArea: gridArea, region: region, position: position,
      utcOffset: offset, deviceName: deviceName, deviceId: deviceId, technology: technology,
      commissionedDay: UInt32(date.dayNumber), support: support, activeFrom: active)
    guard (try? SiteRecord(exactly: record.bytes)) != nil else {
      throw refuse("a text (too long, empty or with control characters) or a capacity")
    }
    return record
  }
}
