// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetControl
import EchonetLite
import Ledger
import Metering
import Quantities
import Testing

@testable import MeterServices

/// A home's network of nodes that answer Get with what they hold; all others are silent.
private struct Network: EchonetLink {
  typealias Node = [EchonetObject: [UInt8: [UInt8]]]
  let nodes: [String: Node]
  private let events: AsyncStream<EchonetLinkEvent>
  private let arrived: AsyncStream<EchonetLinkEvent>.Continuation

  init(_ nodes: [String: Node]) {
    self.nodes = nodes
    (events, arrived) = AsyncStream.makeStream()
  }

  var limits: NodeSession.Limits {
    var limits = NodeSession.Limits()
    (limits.timeout, limits.timeoutOfMany) = (20, 20)
    return limits
  }

  func reaches(_ address: String) -> Bool { true }

  func sendToAll(_ bytes: [UInt8]) { for address in nodes.keys { send(bytes, to: address) } }

  func send(_ bytes: [UInt8], to address: String) {
    guard let node = nodes[address], let frame = try? EchonetFrame(exactly: bytes),
      case .message(let asked) = frame.content, asked.service == .get
    else { return }
    var held = node[asked.destination] ?? [:]
    if asked.destination.classCode == EchonetObject.nodeProfile.classCode {
      held = [0xD6: [UInt8(node.count)] + node.keys.sorted().flatMap(\.bytes)]
    }
    guard !held.isEmpty else { return }
    held[0x9F] = [UInt8(held.count)] + held.keys.sorted()
    let known = asked.properties.allSatisfy { held[$0.code] != nil }
    let answer = EchonetFrame.Message(
      source: asked.destination, destination: asked.source, service: known ? .getRes : .getSNA,
      properties: asked.properties.map { EchonetProperty($0.code, held[$0.code] ?? []) })
    arrived.yield(.received(EchonetFrame(frame.transaction, answer).bytes, from: address))
  }

  func read(_ take: @Sendable (EchonetLinkEvent) async -> Void) async {
    for await event in events { await take(event) }
  }

  func close() async { arrived.finish() }
}

@Suite("Who is taken for a home's meter")
struct MeterFinderTests {
  private static let roof = EchonetObject(0x0279)
  private static let count: [UInt8: [UInt8]] = [0xE1: [0, 0, 0, 1]]
  private static func named(_ id: UInt8) -> [UInt8: [UInt8]] {
    count.merging([0x83: [0xFE] + [UInt8](repeating: id, count: 16)]) { first, _ in first }
  }

  private func find(
    _ nodes: [String: Network.Node], addresses: [String] = ["a"], known: KnownDevices,
    _ change: (inout MeterFinder.Wanted) -> Void = { _ in }
  ) async -> MeterFinder.Found {
    var wanted = MeterFinder.Wanted()
    wanted.addresses = addresses
    change(&wanted)
    let network = Network(nodes)
    let controller = EchonetController([network])
    let listening = Task { await controller.run() }
    let found = await MeterFinder(controller).find(wanted, known: known)
    await network.close()
    await listening.value
    return found
  }

  @Test(
    "What nobody has named is shown and does not count, the first time and ever, until confirmed")
  func strangers() async throws {
    let home: [String: Network.Node] = ["a": [Self.roof: Self.count]]
    let unnamed = await find(home, addresses: [], known: try KnownDevices(folder: nil))
    #expect(unnamed.devices.isEmpty && unnamed.strangers.map(\.address) == ["a"])
    let shown = await find(home, addresses: [], known: try KnownDevices(folder: nil)) {
      $0.isAll = true
    }
    #expect(shown.devices.map(\.address) == ["a"] && shown.strangers.isEmpty)
    let first = await find(home, known: try KnownDevices(folder: nil))
    #expect(first.devices.map(\.address) == ["a"] && first.strangers.isEmpty)
    let visited = home.merging(["z": [Self.roof: Self.named(9)]]) { first, _ in first }
    let later = await find(visited, known: first.known)
    #expect(later.devices == first.devices && later.plan == first.plan)
    #expect(later.strangers.map(\.address) == ["z"] && later.silent.isEmpty)
    let place = ConfiguredDevice(address: "z", object: Self.roof)
    let confirmed = await find(visited, known: first.known) { $0.confirmed = [place] }
    #expect(confirmed.devices.map(\.address) == ["a", "z"] && confirmed.strangers.isEmpty)
    #expect(confirmed.plan.isComparingRoofs, "two that show the sun are compared before they count")
    #expect(confirmed.known.confirmed == [place])
    let silent = await find(home, known: confirmed.known)
    #expect(silent.devices.map(\.address) == ["a", "z"] && silent.silent == [place])
  }

  @Test("With devices listed by hand nothing else counts but what is confirmed; all is shown")
  func listed() async throws {
    let home: [String: Network.Node] = [
      "a": [Self.roof: Self.count], "b": [Self.roof: Self.count], "c": [Self.roof: Self.count],
    ]
    let known = await find(home, addresses: ["a", "c"], known: try KnownDevices(folder: nil)).known
    let places = ["a", "b"].map { ConfiguredDevice(address: $0, object: Self.roof) }
    let listed = await find(home, addresses: ["c"], known: known) { $0.listed = [places[0]] }
    #expect(listed.devices.map(\.address) == ["a"])
    #expect(Set(listed.strangers.map(\.address)) == ["b", "c"])
    let more = await find(home, addresses: ["c"], known: listed.known) {
      ($0.listed, $0.confirmed) = ([places[0]], [places[1]])
    }
    #expect(Set(more.devices.map(\.address)) == ["a", "b"])
    var dismissed = more.known
    dismissed.dismiss(.init(address: "c", object: Self.roof))
    let quiet = await find(home, known: dismissed) {
      ($0.listed, $0.confirmed) = ([places[0]], dismissed.confirmed)
    }
    #expect(quiet.strangers.isEmpty && quiet.devices.count == 2)
  }

  @Test(
    "A device that moved keeps its number where its old place is silent and its counters go on")
  func moved() async throws {
    let first = await find(
      ["a": [Self.roof: Self.named(1)]], known: try KnownDevices(folder: nil))
    let moved = await find(["b": [Self.roof: Self.named(1)]], known: first.known) {
      $0.goesOn = { number, counts in number == 1 && counts == [0xE1: [0, 0, 0, 1]] }
    }
    #expect(moved.devices.map(\.number) == first.devices.map(\.number))
    #expect(moved.devices.map(\.address) == ["b"] && moved.moved == moved.devices)
    #expect(moved.silent.isEmpty, "nobody is missed at the old place")
    let copied = await find(["b": [Self.roof: Self.named(1)]], known: first.known)
    #expect(copied.strangers.map(\.address) == ["b"], "an identification alone proves nothing")
    #expect(copied.devices.map(\.address) == ["a"])
    let both = await find(
      ["a": [Self.roof: Self.named(1)], "b": [Self.roof: Self.named(1)]], known: first.known
    ) { $0.goesOn = { _, _ in true } }
    #expect(both.devices.map(\.address) == ["a"] && both.strangers.map(\.address) == ["b"])
  }

  @Test("A device that is met where it stood before was never gone: its copy counts no more")
  func copied() async throws {
    let first = await find(
      ["a": [Self.roof: Self.named(1)]], known: try KnownDevices(folder: nil))
    let believed = await find(["b": [Self.roof: Self.named(1)]], known: first.known) {
      $0.goesOn = { _, _ in true }
    }
    #expect(believed.devices.map(\.address) == ["b"])
    let both: [String: Network.Node] = [
      "a": [Self.roof: Self.named(1)], "b": [Self.roof: Self.named(1)],
    ]
    let found = await find(both, addresses: [], known: believed.known) {
      $0.goesOn = { _, _ in true }
    }
    #expect(found.devices.map(\.address) == ["a"] && found.strangers.map(\.address) == ["b"])
    let again = await find(["b": [Self.roof: Self.named(1)]], addresses: [], known: found.known) {
      $0.goesOn = { _, _ in true }
    }
    #expect(again.strangers.map(\.address) == ["b"], "nobody is taken in twice by the same")
    #expect(again.silent.map(\.address) == ["a"])
  }

  @Test("Another device in a known place counts once confirmed, and the one before is gone then")
  func replaced() async throws {
    let first = await find(
      ["a": [Self.roof: Self.named(1)]], known: try KnownDevices(folder: nil))
    let other = await find(["a": [Self.roof: Self.named(2)]], addresses: [], known: first.known)
    #expect(other.strangers.map(\.address) == ["a"] && other.silent.map(\.address) == ["a"])
    #expect(other.devices.isEmpty, "the known one is missed, and nobody is asked in its stead")
    #expect(other.plan.has(.generated))
    let place = ConfiguredDevice(address: "a", object: Self.roof)
    let new = await find(["a": [Self.roof: Self.named(2)]], addresses: [], known: first.known) {
      $0.confirmed = [place]
    }
    #expect(new.devices.map(\.number) == [2] && !new.plan.isComparingRoofs)
    let night = await find([:], addresses: [], known: new.known)
    #expect(night.devices.map(\.number) == [2], "asleep it is still the one that stands there")
    let back = await find(["a": [Self.roof: Self.named(1)]], known: new.known)
    #expect(back.devices.map(\.number) == [1], "a device keeps its number for good")
  }

  @Test("A device that somebody says is gone is neither waited for nor counted")
  func gone() async throws {
    let home: [String: Network.Node] = ["a": [Self.roof: Self.named(1)]]
    var known = await find(
      home.merging(["b": [Self.roof: Self.named(2)]]) { first, _ in first }, addresses: ["a", "b"],
      known: try KnownDevices(folder: nil)
    ).known
    let missed = await find(home, addresses: [], known: known)
    #expect(missed.plan.isComparingRoofs && missed.silent.map(\.address) == ["b"])
    known.remove(.init(address: "b", object: Self.roof), at: NetworkTime(seconds: 5000))
    let today = await find(home, addresses: [], known: known) {
      $0.unreported = NetworkTime(seconds: 3600)
    }
    #expect(today.plan.sources.map(\.device) == [1, 2], "what it counted is reported first")
    #expect(today.devices.map(\.address) == ["a"] && today.silent.isEmpty)
    let found = await find(home, addresses: [], known: known) {
      $0.unreported = NetworkTime(seconds: 7200)
    }
    #expect(found.devices.map(\.address) == ["a"] && found.silent.isEmpty)
    #expect(!found.plan.isComparingRoofs)
  }

  @Test("A meter that is gone counts with its scale as long as its half hours wait; a double never")
  func goneScale() async throws {
    let meter = EchonetObject(0x0288)
    let counts: [UInt8: [UInt8]] = [
      0xE0: [0, 0, 0, 1], 0xE3: [0, 0, 0, 1], 0xE1: [1], 0xD7: [6], 0xD3: [0, 0, 0, 1],
    ]
    var known = await find(
      ["a": [meter: counts], "b": [Self.roof: Self.named(2)], "c": [Self.roof: Self.named(3)]],
      addresses: ["a", "b", "c"], known: try KnownDevices(folder: nil)
    ).known
    let double = try #require(known.entries.first { $0.address == "c" })
    known.drop(double.number)
    for place in known.places where place.address != "b" {
      known.remove(place, at: NetworkTime(seconds: 5000))
    }
    let found = await find(["b": [Self.roof: Self.named(2)]], addresses: [], known: known) {
      $0.unreported = NetworkTime(seconds: 3600)
    }
    #expect(found.failures.isEmpty)
    #expect(found.plan.sources.filter { $0.flow == .purchased }.map(\.step) == [1000])
    #expect(found.plan.sources.count { $0.flow == .generated } == 1)
  }

  @Test("A device that comes back after it was said to be gone stays, whatever the file says")
  func back() async throws {
    let home: [String: Network.Node] = ["a": [Self.roof: Self.named(1)]]
    var gone = await find(home, known: try KnownDevices(folder: nil)).known
    gone.remove(.init(address: "a", object: Self.roof), at: NetworkTime(seconds: 1))
    let unasked = await find(home, addresses: [], known: gone)
    #expect(unasked.strangers.map(\.address) == ["a"] && unasked.devices.isEmpty)
    let found = await find(home, addresses: [], known: gone) {
      $0.confirmed = [.init(address: "a", object: Self.roof)]
    }
    var known = found.known
    known.takeWords(of: gone)
    #expect(found.devices.map(\.number) == [1] && known.entries.map(\.number) == [1])
    let night = await find([:], addresses: [], known: known)
    #expect(night.devices.map(\.number) == [1] && night.plan.has(.generated))
  }

  @Test(
    "A listed device that moved counts on at its new place; a lease that comes back brands nobody")
  func listedMoves() async throws {
    let listed = ConfiguredDevice(address: "a", object: Self.roof)
    let first = await find(["a": [Self.roof: Self.named(1)]], known: try KnownDevices(folder: nil))
    {
      $0.listed = [listed]
    }
    var known = first.known
    for address in ["b", "b", "a", "b", "a"] {
      let found = await find(
        [address: [Self.roof: Self.named(1)]], addresses: [address], known: known
      ) {
        $0.listed = [listed]
        $0.goesOn = { _, _ in true }
      }
      #expect(found.devices.map(\.address) == [address], "at \(address)")
      known = found.known
    }
  }

  @Test("A device without identification is taken at a named place alone, and missed meanwhile")
  func movedWithoutIdentification() async throws {
    let first = await find(["a": [Self.roof: Self.count]], known: try KnownDevices(folder: nil))
    let unnamed = await find(["b": [Self.roof: Self.count]], known: first.known)
    #expect(unnamed.devices.map(\.address) == ["a"] && unnamed.strangers.map(\.address) == ["b"])
    #expect(unnamed.silent.map(\.address) == ["a"])
    let named = await find(["b": [Self.roof: Self.count]], addresses: ["b"], known: first.known)
    #expect(named.devices.map(\.address) == ["b"] && named.silent.isEmpty)
  }

  @Test("A stranger that lists a whole street of meters keeps nobody else from being seen")
  func manyStrangers() async throws {
    let first = await find(["a": [Self.roof: Self.count]], known: try KnownDevices(folder: nil))
    var crowd: Network.Node = [:]
    for instance in UInt8(1)...84 { crowd[EchonetObject(0x0279, instance: instance)] = Self.count }
    let found = await find(
      ["a": [Self.roof: Self.count], "n": crowd, "z": [Self.roof: Self.count]], known: first.known)
    #expect(found.devices == first.devices)
    #expect(found.strangers.count(where: { $0.address == "n" }) == DeviceSearch.strangersOfOne)
    #expect(found.strangers.contains { $0.address == "z" })
    var dismissed = first.known
    for stranger in found.strangers { dismissed.dismiss(stranger) }
    let later = await find(
      ["a": [Self.roof: Self.count], "n": crowd, "z": [Self.roof: Self.count]], known: dismissed)
    #expect(!later.strangers.contains { $0.address == "z" })
  }

  @Test(
    "What is not the home's is known again at another address; another in its place is asked about")
  func dismissedByName() async throws {
    let first = await find(["a": [Self.roof: Self.count]], known: try KnownDevices(folder: nil))
    let stranger = ConfiguredDevice(address: "n", object: Self.roof)
    var known = first.known
    known.dismiss(stranger, Self.named(7)[0x83])
    let quiet = await find(
      ["a": [Self.roof: Self.count], "m": [Self.roof: Self.named(7)]], known: known)
    #expect(quiet.strangers.isEmpty && quiet.known.dismissed.map(\.address) == ["m"])
    known.takeWords(of: quiet.known)
    let other = await find(
      ["a": [Self.roof: Self.count], "m": [Self.roof: Self.named(8)]], known: quiet.known)
    #expect(other.strangers.map(\.address) == ["m"])
    var crowd: [String: Network.Node] = ["a": [Self.roof: Self.count]]
    for number in UInt8(1)...20 {
      crowd["b\(number)"] = [Self.roof: Self.named(number)]
      known.dismiss(.init(address: "b\(number)", object: Self.roof), Self.named(number)[0x83])
    }
    crowd["z"] = [Self.roof: Self.named(99)]
    let found = await find(crowd, known: known)
    #expect(found.strangers.map(\.address) == ["z"], "who is known costs a newcomer nothing")
  }

  @Test("Of two that call themselves alike the household has spoken of one: the other is shown")
  func dismissedCopy() async throws {
    let first = await find(["a": [Self.roof: Self.count]], known: try KnownDevices(folder: nil))
    var known = first.known
    known.dismiss(.init(address: "n", object: Self.roof), Self.named(7)[0x83])
    let both: [String: Network.Node] = [
      "a": [Self.roof: Self.count], "m": [Self.roof: Self.named(7)],
      "n": [Self.roof: Self.named(7)],
    ]
    let found = await find(both, known: known)
    #expect(found.strangers.map(\.address) == ["m"])
    #expect(found.known.dismissed.map(\.address) == ["n"])
    known.dismiss(.init(address: "m", object: Self.roof), Self.named(7)[0x83])
    let quiet = await find(both, known: known)
    #expect(quiet.strangers.isEmpty && Set(quiet.known.dismissed.map(\.address)) == ["m", "n"])
  }

  @Test("Silent addresses are waited for side by side, not one after the other")
  func sideBySide() async throws {
    let silent = (1...12).map { ConfiguredDevice(address: "s\($0)", object: Self.roof) }
    var wanted = MeterFinder.Wanted()
    wanted.listed = silent
    var search = DeviceSearch(wanted, try KnownDevices(folder: nil), [:])
    #expect(search.next()?.count == 12)
    search.hear([:])
    #expect(search.next() == nil && search.missed.count == 12)
  }
}
