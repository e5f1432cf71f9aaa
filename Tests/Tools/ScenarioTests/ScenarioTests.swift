// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import CheckoutFixtures
import DemoStreet
import Foundation
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerStore
import ProcessFixtures
import Quantities
import Testing

/// Stories with real processes on real sockets, side by side, each with its own addresses, ports
/// and folders.
@Suite("Stories", EndsWell())
struct Stories {
  static let temporary = FileManager.default.temporaryDirectory
    .appendingPathComponent("hinata-stories-\(ProcessInfo.processInfo.processIdentifier)")

  static func json(_ text: String) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
  }

  /// A network of `Genesis/` with a faster clock, for stories that must not take long.
  static func fastGenesis(_ network: String = "demo", factor: Int = 3600) throws -> String {
    let slow = try String(
      contentsOf: Checkout.root.appendingPathComponent("Genesis/\(network).json"),
      encoding: .utf8)
    let fast = slow.replacing(/"clockFactor": [0-9]+/, with: "\"clockFactor\": \(factor)")
    try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
    let file = temporary.appendingPathComponent("\(network)-\(factor).json")
    try fast.write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }

  @Test("meter: the house and every executable explain themselves", .works)
  func help() throws {
    for name in ["hinata", "hinatad", "hinata-house", "hinata-sim", "hinata-verify"] {
      let help = try Executable.run(name, ["--help"])
      #expect(help.status == 0 && help.output.contains("Example"), "\(name)")
      let version = try Executable.run(name, ["--version"])
      #expect(version.status == 0 && version.output.contains("."))
    }
    for command in [
      "demo", "street", "key", "setup", "status", "evidence", "claim", "operator", "peers",
      "mempool", "chain", "sync", "light", "wallet", "certificate", "export", "import", "prove",
      "join",
      "admit", "backup", "restore", "doctor",
      "desk",
    ] {
      let help = try Executable.run("hinata", [command, "--help"])
      #expect(help.status == 0 && help.output.contains("Example"), "\(command)")
    }
  }

  @Test(
    "meter: setup finds a house by multicast on the loopback and says what it contributes", .waits,
    .enabled(if: Namespaces.areAllowed, "network namespaces are not allowed here"))
  func setup() throws {
    // A loopback of its own: houses of other stories hear the usual one's group.
    let pair = try Namespaces()
    defer { pair.remove() }
    let house = pair.process(
      in: 0, "hinata-house", ["--address", "127.0.0.12", "--with", "battery,board"])
    try Executable.start(house, until: "house on")
    defer { Executable.end(house) }
    func setup(_ address: String, _ asked: String) throws -> Executable.Result {
      try Executable.run(
        "/usr/bin/env",
        pair.command(0, "hinata", ["setup", "--address", address, "--ask", asked, "--json"]))
    }
    let result = try setup("127.0.0.13", "127.0.0.12")
    #expect(result.status == 0, "\(result.errors)")
    let devices = try #require(try Stories.json(result.output)["devices"] as? [[String: Any]])
    let contributions = Dictionary(
      uniqueKeysWithValues: devices.map {
        ($0["object"] as? String ?? "", $0["contributes"] as? [String] ?? [])
      })
    #expect(contributions["028801"]?.contains("PQ4 purchased, in steps of 100.0 Wh") == true)
    #expect(contributions["027901"] == ["PQ1 generated, in steps of 1.0 Wh"])
    #expect(contributions["027d01"]?.count == 2)
    #expect(contributions["028701"] == ["all loads: PQ2 is checked against them"])
    let none = try setup("127.0.0.14", "127.0.0.99")
    #expect(none.status == 0 || none.errors.contains("Multicast is often blocked"))
    try joinAtTerminal(pair)
  }

  @Test("meter: setup says in words what is odd about a house, and never a code of its own", .waits)
  func setupWords() async throws {
    let place = StoryPlace()
    // Houses of other stories hear the loopback's group too: each device by its address and object.
    func setup(_ asked: [String]) throws -> [String: (words: [String], problem: String?)] {
      let result = try Executable.run(
        "hinata",
        ["setup", "--address", place.address(90), "--ask", asked.joined(separator: ","), "--json"])
      let devices = try #require(try Stories.json(result.output)["devices"] as? [[String: Any]])
      let own = devices.filter { asked.contains($0["address"] as? String ?? "") }
      return Dictionary(
        uniqueKeysWithValues: own.map {
          (
            $0["object"] as? String ?? "",
            ($0["contributes"] as? [String] ?? [], $0["problem"] as? String)
          )
        })
    }
    let sun: @Sendable (UInt64) -> UInt64 = { $0 - 1_700_000_000 }
    // c42: panels twice, a battery without counters, a board that refuses its unit.
    let board = ScriptedDevice(0x0287, [0xC0: { _ in nil }, 0xC2: { _ in nil }])
    let roof: [UInt8: ScriptedDevice.Value] = [0xE1: { ScriptedDevice.word(sun($0)) }]
    let battery = ScriptedDevice(
      0x027D, instance: 2, [0xD3: { _ in ScriptedDevice.word(0) }, 0xE4: { _ in [9] }])
    // c19: an adapter that holds the meter's session and shows nothing but a controller.
    let adapter = ScriptedDevice(
      0x05FF, [0x9F: { _ in [9, 0x80, 0x81, 0x82, 0x88, 0x8A, 0x93, 0x9D, 0x9E, 0x9F] }])
    let houses = [
      [.smartMeter(bought: { _ in 0 }, sold: sun), ScriptedDevice(0x0279, roof), board],
      [ScriptedDevice(0x0279, instance: 31, roof), battery], [adapter],
    ]
    let addresses = houses.indices.map { place.address(91 + $0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (address, devices) in zip(addresses, houses) {
        group.addTask {
          try await ScriptedNode(address: address, devices: devices).run {
            NetworkTime(seconds: UInt64(Date().timeIntervalSince1970))
          }
        }
      }
      try await Stories.until("nodes that answer") {
        try setup(addresses).count == 6
      }
      let odd = try setup(Array(addresses.prefix(2)))
      for roof in ["027901", "02791f"] {
        let words = odd[roof]?.words.last ?? ""
        #expect(words.hasPrefix("perhaps the roof that another device shows"), "\(odd)")
      }
      #expect(
        odd["027d02"]?.words.allSatisfy {
          $0.hasSuffix("added up each minute from its power: it has no count")
        } == true, "\(odd)")
      #expect(odd["028701"]?.problem == "it does not say what one count is worth (c2)", "\(odd)")
      #expect(odd["028801"]?.words.count == 2, "\(odd)")
      let adapter = try #require(try setup([addresses[2]])["05ff01"])
      #expect(adapter.words.isEmpty && adapter.problem == nil)
      group.cancelAll()
    }
  }

  /// What multicast found counts once somebody at the terminal says that it is the home's.
  private func joinAtTerminal(_ pair: Namespaces) throws {
    let genesis = Checkout.root.appendingPathComponent("Genesis/demo.json").path
    for (answer, isOurs) in [("y", true), ("", false)] {
      let data = Stories.temporary.appendingPathComponent("terminal-\(isOurs)")
      let join = pair.command(
        0, "hinata",
        [
          "join", "--data", data.path, "--genesis", genesis, "--name", "Sato", "--kind", "consumer",
          "--site", "Roof", "--pv", "4.5", "--battery", "0", "--connection", "50",
          "--place", "13", "--device", "Sharp",
          "--serial", "1", "--since", "2020-04-01", "--support", "none", "--address", "127.0.0.13",
        ])
      let terminal = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
      let said = try Executable.run(
        "/usr/bin/env",
        ["bash", "-c", "printf '\(answer)\\n' | python3 -c '\(terminal)' \"$@\"", "join"] + join)
      #expect(
        said.status == 0 && said.output.contains("127.0.0.12 of this home?"), "\(said.output)")
      let settings = try Stories.json(
        String(contentsOf: data.appendingPathComponent("home.json"), encoding: .utf8))
      let addresses = (settings["meters"] as? [String: Any])?["addresses"] as? [String]
      #expect(addresses == (isOurs ? ["127.0.0.12"] : nil))
    }
  }

  @Test("meter: pychonet discovers the house and reads each class, value by value", .waits)
  func pychonet() throws {
    let place = StoryPlace()
    let python = try PyPI.programs("pychonet", ["pychonet==2.8.2"], importing: "pychonet")
      .appendingPathComponent("python").path
    let house = Executable.process(
      "hinata-house",
      [
        "--address", place.address(9), "--with",
        "battery,v2h,charger,board,heater,fuelcell,pcs,highvoltage",
      ])
    try Executable.start(house, until: "house on")
    defer { Executable.end(house) }
    let script = Checkout.root.appendingPathComponent(
      "Tests/Tools/ScenarioTests/pychonet_reads_house.py")
    let result = try Executable.run(python, [script.path, place.address(10), place.address(9)])
    let line = try #require(result.output.split(separator: "\n").last, "\(result.errors)")
    let form = try Stories.json(String(line))
    #expect(form.count == 10)
    func value(_ code: String, _ epc: String) -> Any? {
      ((form[code] as? [String: Any])?["decoded"] as? [String: Any])?[epc]
    }
    #expect(value("0288", "e0") as? Int == 12_345)
    #expect(value("0288", "e3") as? Int == 23_456)
    #expect(value("0288", "e1") as? Double == 0.1)
    #expect(value("0279", "e1") as? Int == 3_456_789)
    #expect(value("027d", "e4") as? Int == 50)
    #expect(value("027d", "a8") as? Int == 100_000)
    #expect(value("0287", "c2") as? Double == 0.001)
    #expect(value("027e", "c7") as? String == "Not Connected")
    #expect(value("026b", "e1") as? Int == 240)
    #expect(value("027c", "c5") as? Int == 100_000)
    #expect(value("02a5", "e0") as? Int == 100_000)
    #expect(value("028a", "d3") as? String == "00000001")
  }

  @Test(
    "meter: controller and house meet by real multicast in network namespaces",
    .enabled(if: Namespaces.areAllowed, "network namespaces are not allowed here"), .waits)
  func namespaces() throws {
    let pair = try Namespaces()
    defer { pair.remove() }
    let house = pair.process(in: 0, "hinata-house", ["--address", "10.77.0.1"])
    try Executable.start(house, until: "house on")
    defer { Executable.end(house) }
    let devices = try pair.devices(from: 1, at: "10.77.0.2")
    #expect(devices.compactMap { $0["object"] as? String } == ["027901", "028801"])
    #expect(devices.allSatisfy { $0["address"] as? String == "10.77.0.1" })
  }

  @Test(
    "meter: a house whose network goes away and comes back with another address is found again",
    .enabled(if: Namespaces.areAllowed, "network namespaces are not allowed here"), .waits)
  func anotherAddress() async throws {
    let pair = try Namespaces()
    defer { pair.remove() }
    // It announces every half hour, so that it meets the dead network within a second.
    let house = pair.process(
      in: 0, "hinata-house",
      [
        "--address", "veth-a", "--speed", "1800", "--anchor",
        "\(Date().timeIntervalSince1970)", "--clock-start", "1782010800",
      ])
    try Executable.start(house, until: "house on")
    defer { Executable.end(house) }
    func found() throws -> Set<String> {
      Set(try pair.devices(from: 1, at: "veth-b").compactMap { $0["address"] as? String })
    }
    #expect(try found() == ["10.77.0.1"])
    try pair.change(0, ["addr", "flush", "dev", "veth-a"])
    try pair.change(0, ["link", "set", "veth-a", "down"])
    #expect(try found().isEmpty)
    try pair.change(0, ["link", "set", "veth-a", "up"])
    try pair.change(0, ["addr", "add", "10.77.0.5/24", "dev", "veth-a"])
    try pair.change(0, ["route", "add", "224.0.0.0/4", "dev", "veth-a"])
    try await Stories.until("the house at its new address") { try found() == ["10.77.0.5"] }
  }

  @Test("mining: a home's day with a silent meter, late and strange answers keeps all laws", .waits)
  func faults() throws {
    let folder = Stories.temporary.appendingPathComponent("faults").path
    let result = try Executable.run(
      "hinata",
      [
        "demo", "--days", "1", "--network", "\(StoryPlace().network)", "--folder", folder,
        "--genesis", try Stories.fastGenesis(factor: 1800),
        "--fault", "silence@2026-06-21T09:50/3h", "--fault", "late=20@2026-06-21T14:00/1h",
        "--fault", "wrong-tid@2026-06-21T16:20/20m", "--fault", "truncate@2026-06-21T18:20/20m",
      ])
    let summary = try Stories.json(
      String(contentsOfFile: folder + "/summary.json", encoding: .utf8))
    func number(_ key: String) -> Int { (summary[key] as? NSNumber)?.intValue ?? -1 }
    #expect(summary["laws_hold"] as? Bool == true, "\(result.output)")
    #expect(number("report_wh") == number("chain_wh") && number("chain_wh") == number("coin_wh"))
    #expect(number("chain_wh") > 0 && number("chain_wh") < number("source_wh"))
    #expect(number("intervals") >= 48, "the meter's history fills what it was not asked")
    let health = try Stories.json(
      String(contentsOfFile: folder + "/home-1/meters.json", encoding: .utf8))
    #expect((health["gaps"] as? NSNumber)?.intValue == 0)
    let names = ((health["devices"] as? [[String: Any]]) ?? []).flatMap {
      ($0["tolerances"] as? [String: Int] ?? [:]).keys
    }
    #expect(names.contains("strange-transaction"))
  }

  @Test("mining: counters that roll over during the day give the same five sums", .waits)
  func rollOver() throws {
    let folder = Stories.temporary.appendingPathComponent("rollover").path
    // Slower than the other stories: the sums are exact only while no half hour goes unread.
    let genesis = try Stories.fastGenesis(factor: 400)
    let result = try Executable.run(
      "hinata",
      [
        "demo", "--days", "1", "--network", "\(StoryPlace().network)", "--folder", folder,
        "--genesis", genesis,
        "--house=--digits 4 --counters 9990,9985,999995000",
      ])
    #expect(result.status == 0, "\(result.output) \(result.errors)")
    let verify = try Executable.run(
      "hinata-verify",
      ["chain", "--data", folder + "/home-1", "--genesis", genesis, "--json"])
    #expect(verify.status == 0)
    #expect(try Stories.json(verify.output)["ok"] as? Bool == true)
    let evidence = try Executable.run(
      "hinata",
      [
        "evidence", "--data", folder + "/home-1", "--genesis", genesis,
        "--interval", "2026-06-21T03:00Z", "--json",
      ])
    #expect(evidence.status == 0, "\(evidence.errors)")
    let form = try Stories.json(evidence.output)
    #expect(form["roots_agree"] as? Bool == true)
    #expect((form["samples"] as? [[String: Any]] ?? []).count >= 4)
  }

  @Test("verifier: exit codes 0, 1 and 2, and a finding that names block and law", .works)
  func verifier() throws {
    let folder = Stories.temporary.appendingPathComponent("verify").path
    let path = Checkout.root.appendingPathComponent("Genesis/demo.json").path
    let genesis = try NetworkFile.load(path)
    let store = try LedgerStore(folder: folder, genesis: genesis)
    try store.close()
    func verify(_ genesis: String, _ data: String = folder) throws -> Executable.Result {
      try Executable.run(
        "hinata-verify", ["chain", "--data", data, "--genesis", genesis, "--json"])
    }
    #expect(try verify(path).status == 0)
    #expect(try verify(path, folder + "-none").status == 2)
    #expect(try verify("no-such-file.json").status == 2)
    let other = try verify(try Stories.fastGenesis())
    #expect(other.status == 2 && other.errors.contains("belongs to network"))
    let file = URL(fileURLWithPath: folder + "/" + LedgerStore.fileName)
    var bytes = try Data(contentsOf: file)
    let header = try genesis.block().sealed.bytes
    let place = try #require(bytes.range(of: Data(header)))
    bytes[place.lowerBound + 60] ^= 1
    try bytes.write(to: file)
    let flipped = try verify(path)
    let verdict = try Stories.json(flipped.output)
    #expect(flipped.status == 1)
    #expect(verdict["block"] as? Int == 0 && verdict["law"] as? Int == 8)
  }

  @Test("node: settings that are wrong are refused by their key, with exit code 2", .works)
  func settings() throws {
    let folder = Stories.temporary.appendingPathComponent("settings").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let key = folder + "/site.key"
    let made = try Executable.run(
      "hinata", ["key", "new", key], environment: ["HINATA_KEY_PASSWORD": "right"])
    #expect(made.status == 0, "\(made.errors)")
    func refusal(_ settings: [String], password: String = "right") throws -> String {
      let result = try Executable.run(
        "hinatad",
        ["--data", folder + "/node", "--genesis", "Genesis/demo.json", "--check"]
          + settings.flatMap { ["--set", $0] },
        environment: ["HINATA_KEY_PASSWORD": password])
      #expect(result.status == 2, "\(result.output)")
      return result.errors
    }
    #expect(try refusal([]).contains("setting clock.anchor"))
    let clock = ["clock.anchor=1", "clock.start=1467300000"]
    #expect(
      try refusal(clock + ["mining.threads=0", "mining.key=\(key)"], password: "wrong")
        .contains("setting mining.key: The password does not open"))
    let site = clock + ["site.key=\(key)"]
    #expect(try refusal(site + ["meters.utcOffset=Europe/Berlin"]).contains("summer time"))
    #expect(
      try refusal(site + ["site.reportIntervals=49"]).contains("setting site.reportIntervals"))
    #expect(
      try refusal(
        site + ["routeB.port=/dev/ttyUSB9", "routeB.id=12", "routeB.password=0123456789AB"]
      ).contains("setting routeB.id")
    )
    #expect(try refusal(clock + ["meters.adress=1"]).contains("there is no such setting"))
    for (known, reason) in [
      ("2b3c", "112 hexadecimal digits"),
      (String(repeating: "0", count: 112), "it is of another network than demo"),
    ] {
      let errors = try refusal(clock + ["store.knownCheckpoint=\(known)"])
      #expect(errors.contains("setting store.knownCheckpoint") && errors.contains(reason))
    }
    let file = folder + "/node.json"
    try "{\"meters\": {\"adress\": \"127.0.0.1\"}}".write(
      toFile: file, atomically: true, encoding: .utf8)
    let misspelt = try Executable.run("hinatad", ["--config", file])
    #expect(misspelt.status == 2 && misspelt.errors.contains("setting meters.adress"))
    let truncated = folder + "/cut.csv"
    try "hour_start,pv_wh,load_wh\n2016-08-01T00:00,0,22".write(
      toFile: truncated, atomically: true, encoding: .utf8)
    let house = try Executable.run("hinata-house", ["--data", truncated, "--days", "1"])
    #expect(house.status == 2 && house.errors.contains("cut off"))
  }

  @Test("The network file of the demo holds the demo's own public keys", .waits)
  func demoKeys() throws {
    let genesis = try NetworkFile.load(
      Checkout.root.appendingPathComponent("Genesis/demo.json").path)
    #expect(
      genesis.members.map(\.key) == [.operator, .exchange].map { DemoKeys.key($0).publicKey })
  }
}
