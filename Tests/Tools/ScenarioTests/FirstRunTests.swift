// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import CheckoutFixtures
import DemoStreet
import Foundation
import JoinFiles
import Joining
import KeyFiles
import Ledger
import LedgerStore
import MeterServices
import ProcessFixtures
import Quantities
import Testing

extension Stories {
  private static func curl(_ arguments: [String]) throws -> String {
    try Executable.run("/usr/bin/env", ["curl", "-s", "-i"] + arguments).output
  }

  @Test(
    "join: a new box is set up in the browser, admitted by its code, and mints without a restart by hand",
    .waits)
  func firstRun() async throws {
    let street = try JoiningStreet("join")
    let (operation, house) = (try street.startOperator(), try street.startHouse())
    let box = try street.node(
      "box",
      [
        "peers": ["targets": [street.peer]], "api": ["listen": street.pages],
        "mqtt": ["host": "127.0.0.1", "port": street.brokerPort, "seconds": 1],
        "meters": ["timeoutMs": 500, "lead": 60, "lag": 20, "multicast": false],
        "site": ["reportIntervals": 2],
      ])
    defer { for process in [box, house, operation] { process.end() } }
    let own = street.folder.appendingPathComponent("box")
    let code = own.appendingPathComponent("home.code")
    try await Stories.until("the box's code") { FileManager.default.fileExists(atPath: code.path) }
    let pages = "http://\(street.pages)/home"
    try await Stories.until("its first page") { try Stories.curl([pages]).contains("home.code") }
    let jar = own.appendingPathComponent("cookies").path
    let wrong = try Stories.curl([
      pages + "/first", "-d", "code=1&password=longenough&again=longenough",
    ])
    #expect(wrong.hasPrefix("HTTP/1.1 403") && wrong.contains("role=\"alert\""))
    #expect(try Stories.curl([pages + "/join", "-d", "name=x"]).hasPrefix("HTTP/1.1 403"))
    try inBrowser(street, code)
    _ = try Stories.curl([pages + "/login", "-c", jar, "-d", "password=longenough"])
    try await Stories.until("the node's new start") {
      try Stories.curl([pages, "-b", jar]).contains(JoinRequest.prefix)
    }
    let identity = HomeIdentity(folder: own)
    let permissions = try FileManager.default.attributesOfItem(atPath: identity.settings.path)
    #expect((permissions[.posixPermissions] as? NSNumber)?.intValue == 0o600)

    let review = try street.admit(identity.request.path, ["--json"])
    #expect(review.status == 0 && review.output.contains("\"forbidden\" : false"))
    let admitted = try street.admit(identity.request.path, ["--yes", "--accept-warnings"])
    #expect(admitted.status == 0, "\(admitted.output) \(admitted.errors)")
    let request = try JoinRequestFile.read(identity.request.path)
    try await Stories.until("a report of the new home that is minted") {
      guard let progress = try street.store("box").progress(request.site.id) else { return false }
      return progress.mintedWh > 0
    }
    let home = try Stories.curl([pages, "-b", jar])
    #expect(home.contains("Roof") && !home.contains(JoinRequest.prefix))
    try await homeAssistant(street)
    try foreignController(street)
    try halfHours(pages, jar)
    try await stranger(street, pages, jar)
    let again = try street.admit(identity.request.path, ["--yes"])
    #expect(again.status == 1 && again.output.contains("admitted already"))
    try await twin(street, of: own)
  }

  /// A real broker, that was not there when the box started: Home Assistant's discovery and states
  /// come to it.
  private func homeAssistant(_ street: JoiningStreet) async throws {
    let settings = street.folder.appendingPathComponent("mosquitto.conf")
    try Data("listener \(street.brokerPort) 127.0.0.1\nallow_anonymous true\n".utf8).write(
      to: settings)
    func startBroker() throws -> (process: Process, output: Pipe, errors: Pipe) {
      let broker = Executable.process("/usr/sbin/mosquitto", ["-c", settings.path])
      try broker.process.run()
      return broker
    }
    var broker = try startBroker()
    defer { Executable.end(broker) }
    // Topics are kept by the broker: whoever comes sees them all at once.
    func topics() throws -> [String: String] {
      // Its own limit of time needs a signal that is blocked in children of this process.
      let listen =
        "mosquitto_sub -p \(street.brokerPort) -h 127.0.0.1 -t '#' -v & sleep 1.5; kill -9 $!; wait 2>/dev/null"
      let heard = try Executable.run("/usr/bin/env", ["bash", "-c", listen])
      return Dictionary(
        heard.output.split(separator: "\n").compactMap { line in
          line.split(separator: " ", maxSplits: 1).count == 2
            ? (
              String(line.prefix { $0 != " " }),
              String(line.drop { $0 != " " }.dropFirst())
            ) : nil
        }, uniquingKeysWith: { $1 })
    }
    func topic(_ end: String) throws -> String? {
      try topics().first { $0.key.hasSuffix(end) }?.value
    }
    try await Stories.until("the box's state at the broker") {
      try topic("/state")?.contains("pq1_generated") == true
    }
    let state = try Stories.json(try #require(try topic("/state")))
    #expect((state["pq1_generated"] as? Double ?? 0) > 0 && state["problem"] as? String == "OFF")
    #expect(state["pv_power"] is Int && state["grid_power"] is Int && state["coins"] is Double)
    let told = try Stories.json(try #require(try topic("/config")))
    let entities = try #require(told["components"] as? [String: [String: Any]])
    let energy = try #require(entities["pq3_sold"])
    #expect(energy["device_class"] as? String == "energy")
    #expect(energy["state_class"] as? String == "total_increasing")
    #expect(energy["unit_of_measurement"] as? String == "kWh")
    #expect(told["state_topic"] as? String == "hinata/\(try identifier(told))/state")
    #expect(try topic("/availability") == "online")
    try rising(street, entities)

    // Gone, and back without any memory: everything is told anew.
    kill(broker.process.processIdentifier, SIGKILL)
    broker.process.waitUntilExit()
    broker = try startBroker()
    try await Stories.until("all topics at the broker that came back") {
      let again = try topics()
      return ["/state", "/config", "/availability"].allSatisfy { end in
        again.contains { $0.key.hasSuffix(end) }
      }
    }
  }

  /// Totals are told up to the minute and never fall.
  private func rising(_ street: JoiningStreet, _ entities: [String: [String: Any]]) throws {
    let heard = try Executable.run(
      "/usr/bin/env",
      [
        "mosquitto_sub", "-p", "\(street.brokerPort)", "-h", "127.0.0.1", "-t", "hinata/+/state",
        "-C",
        "12",
      ])
    let states = try heard.output.split(separator: "\n").map { try Stories.json(String($0)) }
    #expect(states.count == 12)
    for (name, entity) in entities where entity["state_class"] as? String == "total_increasing" {
      let values = states.compactMap { $0[name] as? Double }
      #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 }, "\(name): \(values)")
    }
    let bought = states.compactMap { $0["pq4_purchased"] as? Double }
    let sun = states.compactMap { $0["pq1_generated"] as? Double }
    #expect(bought.count == 12 && sun.count == 12)
    #expect(bought.last ?? 0 > bought[0] || sun.last ?? 0 > sun[0])
  }

  private func identifier(_ discovery: [String: Any]) throws -> String {
    let device = try #require(discovery["device"] as? [String: Any])
    return try #require((device["identifiers"] as? [String])?.first)
  }

  /// From the box's root page to the code for the operator, in a real browser.
  private func inBrowser(_ street: JoiningStreet, _ code: URL) throws {
    let walk = try Executable.run(
      try PyPI.browser(),
      [
        "Tests/Tools/ScenarioTests/join_walk.py", "http://\(street.pages)", code.path, street.box,
        street.house,
      ])
    #expect(walk.status == 0, "\(walk.output) \(walk.errors.suffix(2000))")
  }

  /// The household sees half hours before they are final, and nobody else does.
  private func halfHours(_ pages: String, _ jar: String) throws {
    #expect(try Stories.curl([pages + "/half-hours"]).hasPrefix("HTTP/1.1 403"))
    #expect(try Stories.curl([pages + "/prices", "-d", "bought=31"]).hasPrefix("HTTP/1.1 403"))
    let answer = try Executable.run(
      "/usr/bin/env", ["curl", "-s", "-b", jar, pages + "/half-hours"])
    let items = try #require(try Stories.json(answer.output)["items"] as? [[String: Any]])
    #expect(!items.isEmpty)
    #expect(
      items.allSatisfy { ["read", "waiting", "sealed"].contains($0["state"] as? String) })
    let readings = items.compactMap { $0["reading"] as? [String: Any] }
    #expect(readings.contains { $0["purchased_quality"] as? String == "measured" })
    let metrics = try Stories.curl([pages.replacing("/home", with: "/metrics")])
    for name in ["hinata_claims_waiting", "hinata_seal_attempts_total"] {
      #expect(metrics.contains("\n\(name) "), "\(name)")
    }
  }

  /// A second inverter appears on the home's network: it is shown and counts nothing until
  /// somebody says that it is the home's; then the two are compared before either counts.
  private func stranger(_ street: JoiningStreet, _ pages: String, _ jar: String) async throws {
    let place = street.place.address(55)
    // What a node that has just come says of itself: one PV at this address.
    let announce = """
      import socket
      s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      s.bind(("\(place)", 3610))
      s.sendto(bytes.fromhex("108100010ef0010ef0017301d50401027901"), ("\(street.box)", 3610))
      """
    func said() throws { _ = try Executable.run("/usr/bin/env", ["python3", "-c", announce]) }
    try said()
    let other = try street.startHouse(at: place)
    defer { other.end() }
    try await Stories.until("the question whose it is") {
      try Stories.curl([pages, "-b", jar]).contains("id=\"strangers\"")
    }
    func answer(_ answer: String, _ device: String) throws -> String {
      try Stories.curl([
        pages + "/devices", "-b", jar, "--data-urlencode", "device=\(device)", "-d",
        "answer=\(answer)",
      ])
    }
    #expect(
      try Stories.curl([pages + "/devices", "-d", "answer=ours&device=\(place) 027901"])
        .hasPrefix("HTTP/1.1 403"))
    #expect(try answer("ours", "\(place) 028801").hasPrefix("HTTP/1.1 409"))
    #expect(try answer("ours", "nonsense").hasPrefix("HTTP/1.1 400"))
    #expect(try answer("ours", "\(place) 027901").hasPrefix("HTTP/1.1 303"))
    let home = try Stories.curl([pages, "-b", jar])
    #expect(home.contains("id=\"roofs\"") && !home.contains("id=\"strangers\""))
    #expect(try answer("roofs", "\(place) 027901").hasPrefix("HTTP/1.1 303"))
    #expect(try !Stories.curl([pages, "-b", jar]).contains("id=\"roofs\""))
  }

  /// A controller that is not ours finds the box as a node of ECHONET Lite.
  private func foreignController(_ street: JoiningStreet) throws {
    let python = try PyPI.programs("pychonet", ["pychonet==2.8.2"], importing: "pychonet")
      .appendingPathComponent("python").path
    let script = Checkout.root.appendingPathComponent(
      "Tests/Tools/ScenarioTests/pychonet_finds_node.py")
    let found = try Executable.run(
      python, [script.path, street.place.address(54), street.box])
    let line = try #require(found.output.split(separator: "\n").last, "\(found.errors)")
    let form = try Stories.json(String(line))
    #expect(form["objects"] as? [String] == ["05ff01"])
    #expect(form["get"] as? [Int] == [0x80, 0x81, 0x82, 0x83, 0x88, 0x8A, 0x9D, 0x9E, 0x9F])
    #expect((form["uid"] as? String)?.hasPrefix("ffffff") == true)
  }

  /// A second box with the keys of the first: one of the two notices the other and stands back.
  private func twin(_ street: JoiningStreet, of box: URL) async throws {
    let own = street.folder.appendingPathComponent("twin")
    try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: box.appendingPathComponent("home.json"), to: own.appendingPathComponent("home.json"))
    // With one identity among peers too, the operator would take one of the two links for a
    // duplicate.
    let key = own.appendingPathComponent("peer.key").path
    try KeyFile.write(
      seed: KeyFile.randomSeed(), to: key, password: HomeIdentity(folder: box).password(),
      cost: .least)
    let twin = try street.node(
      "twin",
      [
        "peers": ["targets": [street.peer], "key": key],
        "meters": [
          "address": street.place.address(53), "timeoutMs": 500, "lead": 60, "lag": 20,
          "multicast": false,
        ],
        "site": ["reportIntervals": 2, "key": HomeIdentity(folder: box).siteKey.path],
        "key": ["passwordFile": HomeIdentity(folder: box).passwordFile.path],
      ])
    defer { twin.end() }
    func stoodBack(_ folder: URL) throws -> Bool {
      let file = folder.appendingPathComponent("meters.json")
      guard let data = try? Data(contentsOf: file) else { return false }
      return try JSONDecoder().decode(MeterHealth.self, from: data).otherBox
    }
    try await Stories.until("one of two boxes to stand back") {
      try stoodBack(own) || stoodBack(box)
    }
    let site = try JoinRequestFile.read(HomeIdentity(folder: box).request.path).site
    let since = street.now
    try await Stories.until("reports of the box that goes on") {
      try street.progress(site.id, in: "operator")?.next.start ?? since
        > since.advanced(by: 8 * Interval.seconds)
    }
    #expect(try !(stoodBack(own) && stoodBack(box)))
  }
}
