// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Logging
import NIOCore
import Quantities
import ServiceLifecycle
import Synchronization
import Testing

@testable import WebService

/// A name with what a page must not take from it.
private struct NameForm: Form {
  let name: String

  static let name = "Name"
  static let fields: [Field<Self>] = [Field("name", .text(), "A name.") { .text($0.name) }]
}

/// A server on a free port, its requests counted by the handler.
private final class Fixture: Sendable {
  let hub = EventHub()
  let cache = AnswerCache()
  let handled = Mutex(0)

  var endpoints: [Endpoint] {
    [
      Endpoint("/api/v1/names", "t", "", gives: .page(NameForm.schema)) { call in
        self.handled.withLock { $0 += 1 }
        return Answer(
          Page([NameForm(name: "=1+1"), NameForm(name: "a\"b,c")], next: "7"), for: call)
      },
      Endpoint(
        "/api/v1/names/{id}", "t", "", [Parameter("id", .id, "")], gives: .form(NameForm.schema)
      ) { call in Answer(NameForm(name: call["id"] ?? ""), freshness: .fixed) },
      Endpoint(
        .post, "/api/v1/names", "t", "", body: ("text/plain", 10), gives: .form(NameForm.schema)
      ) { call in Answer(NameForm(name: String(decoding: call.body, as: UTF8.self))) },
      Endpoint("/api/v1/broken", "t", "", gives: .form(NameForm.schema)) { _ in
        throw CocoaError(.fileReadCorruptFile)
      },
      Endpoint("/api/v1/events", "t", "", gives: .media("text/event-stream"), isShared: false) {
        _ in try self.hub.answer()
      },
      Endpoint("/large", "t", "", gives: .media("text/plain")) { _ in
        Answer([UInt8](repeating: 65, count: 20_000), type: "text/plain")
      },
    ]
  }

  /// Runs a server while `body` uses it.
  func run(
    _ limits: WebServer.Limits = WebServer.Limits(),
    _ body: @escaping @Sendable (Int) async throws -> Void
  ) async throws {
    let (ports, told) = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = WebServer(
      endpoints, host: "127.0.0.1", port: 0, limits: limits, cache: cache, logger: logger,
      onRunning: { told.yield($0) })
    let group = ServiceGroup(services: [server], logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      for await port in ports {
        try await body(port)
        break
      }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }
}

@Suite("The web service")
struct ServerTests {
  @Test("Lists are JSON and CSV; a cell that begins as a formula is data; the next page has a link")
  func lists() async throws {
    let fixture = Fixture()
    try await fixture.run { port in
      let json = try await RawClient.ask(port, "GET /api/v1/names")
      #expect(json.contains(#"{"items":[{"name":"=1+1"},{"name":"a\"b,c"}],"next":"7"}"#))
      #expect(json.lowercased().contains("link: <?after=7>; rel=\"next\""))
      let csv = try await RawClient.ask(port, "GET /api/v1/names?format=csv&limit=2")
      #expect(csv.contains("name\r\n'=1+1\r\n\"a\"\"b,c\"\r\n"))
      #expect(csv.lowercased().contains("link: <?format=csv&limit=2&after=7>"))
    }
  }

  @Test("An answer is made once until the cache is cleared, and not sent to whoever has it")
  func caching() async throws {
    let fixture = Fixture()
    try await fixture.run { port in
      let first = try await RawClient.ask(port, "GET /api/v1/names")
      _ = try await RawClient.ask(port, "GET /api/v1/names")
      #expect(fixture.handled.withLock { $0 } == 1)
      let tag = try #require(
        first.split(separator: "\r\n").first { $0.lowercased().hasPrefix("etag: ") })
      let again = try await RawClient.ask(
        port, "GET /api/v1/names", ["If-None-Match: \(tag.dropFirst(6))"])
      #expect(again.hasPrefix("HTTP/1.1 304") && again.hasSuffix("\r\n\r\n"))
      fixture.cache.clear()
      _ = try await RawClient.ask(port, "GET /api/v1/names")
      #expect(fixture.handled.withLock { $0 } == 2)
      let fixed = try await RawClient.ask(
        port, "GET /api/v1/names/\(String(repeating: "a", count: 64))")
      #expect(fixed.contains("immutable"))
      let head = try await RawClient.ask(port, "HEAD /api/v1/names")
      #expect(head.hasPrefix("HTTP/1.1 200") && head.hasSuffix("\r\n\r\n"))
      let zipped = try await RawClient.ask(port, "GET /large", ["Accept-Encoding: gzip"])
      #expect(zipped.lowercased().contains("content-encoding: gzip") && zipped.count < 1000)
      let plain = try await RawClient.ask(port, "GET /large", ["Accept-Encoding: br, gzip;q=0"])
      #expect(!plain.lowercased().contains("content-encoding") && plain.count > 20_000)
      func entityTag(_ answer: String) -> String {
        String(
          answer.split(separator: "\r\n").first { $0.lowercased().hasPrefix("etag: ") }?.dropFirst(
            6)
            ?? "")
      }
      #expect(entityTag(zipped) != entityTag(plain), "other bytes have another strong tag")
      let having = ["If-None-Match: \"other\", W/\(entityTag(plain))"]
      let unchanged = try await RawClient.ask(port, "GET /large", having)
      #expect(unchanged.hasPrefix("HTTP/1.1 304") && entityTag(unchanged) == entityTag(plain))
      let other = try await RawClient.ask(port, "GET /large", having + ["Accept-Encoding: gzip"])
      #expect(other.hasPrefix("HTTP/1.1 200"), "the plain form is not the compressed one")
      #expect(
        plain.lowercased().contains("access-control-expose-headers: etag, link, retry-after"))
    }
  }

  @Test("Whatever is asked wrongly is refused with a reason, as problem+json")
  func wrong() async throws {
    let fixture = Fixture()
    let long = String(repeating: "a", count: 9000)
    let cases: [(String, [String], String, String)] = [
      ("GET /../../etc/passwd", [], "404", "nothing is at"),
      ("GET /api/v1/..%2f..%2fetc%2fpasswd", [], "404", "nothing is at"),
      ("GET //etc/passwd", [], "404", "nothing is at"),
      ("GET /api/v1/names?limit=0", [], "400", "1…200"),
      ("GET /api/v1/names?limit=1&limit=2", [], "400", "twice"),
      ("GET /api/v1/names?colour=red", [], "400", "no parameter"),
      ("GET /api/v1/names?after=%zz", [], "400", "percent-encoded"),
      ("GET /api/v1/names?after=%00", [], "400", "percent-encoded"),
      ("GET /api/v1/names/zz", [], "400", "64 hexadecimal digits"),
      ("GET /api/v1/names?after=\(long)", [], "414", "8192 bytes"),
      ("DELETE /api/v1/names", [], "405", "alone"),
      (
        "POST /api/v1/names", ["Content-Type: text/html", "Content-Length: 0"], "415", "text/plain"
      ),
      (
        "POST /api/v1/names", ["Content-Type: text/plain", "Content-Length: 11"], "413",
        "more than 10 bytes"
      ),
      ("GET /api/v1/broken", [], "500", "its log says why"),
    ]
    try await fixture.run { port in
      for (request, headers, status, reason) in cases {
        let answer = try await RawClient.ask(port, request, headers)
        #expect(
          answer.hasPrefix("HTTP/1.1 \(status)"), "\(request.prefix(60)): \(answer.prefix(300))")
        #expect(answer.contains(reason), "\(request.prefix(60)): \(answer.prefix(600))")
        #expect(answer.contains("application/problem+json"))
        #expect(!answer.contains("CocoaError"))
      }
      let options = try await RawClient.ask(
        port, "OPTIONS /api/v1/names", ["Origin: http://a.example"])
      #expect(
        options.lowercased().contains("access-control-allow-methods: get, post, head, options"))
    }
  }

  @Test("One address that asks too much waits, and is told how long")
  func rate() async throws {
    var limits = WebServer.Limits()
    limits.requestsPerSecond = 1
    limits.burst = 3
    try await Fixture().run(limits) { port in
      // All at once on one connection: however slow this machine is, they come together.
      let client = try RawClient(port: port)
      let request = "HEAD /large HTTP/1.1\r\nHost: localhost\r\n"
      let began = ContinuousClock.now
      client.send(String(repeating: request + "\r\n", count: 29))
      client.send(request + "Connection: close\r\n\r\n")
      let answers = await client.read().split(separator: "HTTP/1.1 ")
      let seconds = Int((ContinuousClock.now - began).components.seconds)
      #expect(answers.count == 30)
      #expect((3...(4 + seconds)).contains(answers.count { $0.hasPrefix("200") }))
      let refused = try #require(answers.first { $0.hasPrefix("429") })
      #expect(refused.lowercased().contains("retry-after: 1"))
    }
  }

  @Test("A request that never ends, and a reader that never reads, are dropped; the server goes on")
  func patience() async throws {
    var limits = WebServer.Limits()
    limits.patience = .seconds(2)
    let fixture = Fixture()
    try await fixture.run(limits) { port in
      let slow = try RawClient(port: port)
      slow.send("GET /large HTTP/1.1\r\nHost: local")
      #expect(await slow.read().isEmpty, "the connection ends without an answer")
      let deaf = try RawClient(port: port, receiveBuffer: 4096)
      deaf.send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
      let big = NameForm(name: String(repeating: "a", count: 1 << 18))
      let began = ContinuousClock.now
      while fixture.hub.count == 0, ContinuousClock.now - began < .seconds(20) {
        await Task.yield()
      }
      #expect(fixture.hub.count == 1)
      while fixture.hub.count > 0, ContinuousClock.now - began < .seconds(20) {
        fixture.hub.send(.init("big", big))
        await Task.yield()
      }
      #expect(fixture.hub.count == 0, "a listener that never reads is forgotten")
      withExtendedLifetime(deaf) {}
      #expect(try await RawClient.ask(port, "GET /large").hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test("Events come as they happen, and the stream ends when the server does")
  func events() async throws {
    let fixture = Fixture()
    var limits = WebServer.Limits()
    limits.requestsPerSecond = 0
    try await fixture.run(limits) { port in
      let own = try RawClient(port: port)
      for _ in 0..<300 { _ = try await RawClient.ask(port, "HEAD /api/v1/events") }
      #expect(fixture.hub.count == 0, "a head takes no place among the listeners")
      own.send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(await own.read(until: "retry: 5000\n\n").contains("text/event-stream"))
      fixture.hub.send(.init("block", NameForm(name: "x\n\ny")))
      #expect(
        await own.read(until: "}\n\n").contains(
          "event: block\ndata: {\"name\":\"x\\u000a\\u000ay\"}\n\n"))
    }
    #expect(fixture.hub.count == 0)
  }
}

@Suite("What a client's headers say")
struct NegotiationTests {
  @Test(
    "gzip is taken where it is named with a weight above nothing, or by * where it is not named",
    arguments: [
      (nil, false), ("", false), ("gzip", true), ("GZIP", true), ("br, gzip;q=0.5", true),
      ("gzip;q=0", false), ("gzip; q=0.0, *", false), ("*", true), ("*;q=0", false),
      ("identity", false), ("xgzip", false), ("gzip;q=nonsense", false),
    ] as [(String?, Bool)])
  func gzip(_ header: String?, _ takes: Bool) { #expect(Negotiation.takesGzip(header) == takes) }

  @Test("A proxy's word is believed only where it is one's own, and no further than its own hop")
  func forwarded() {
    let own: Set<String> = ["127.0.0.1", "10.0.0.2"]
    func client(_ peer: String, _ header: String?) -> String {
      ClientAddress.of(peer, forwarded: header, trusted: own)
    }
    #expect(client("203.0.113.9", "192.168.1.1") == "203.0.113.9", "a stranger's claim is nothing")
    #expect(client("127.0.0.1", nil) == "127.0.0.1")
    #expect(client("127.0.0.1", "203.0.113.9") == "203.0.113.9")
    #expect(client("127.0.0.1", "192.168.1.1, 203.0.113.9, 10.0.0.2") == "203.0.113.9")
    #expect(client("127.0.0.1", "2001:db8::7") == "2001:db8::7")
    #expect(client("127.0.0.1", "<script>, unknown") == "127.0.0.1")
    #expect(client("127.0.0.1", String(repeating: "10.0.0.2,", count: 9999)) == "10.0.0.2")
  }
}

@Suite("The parts of the web service")
struct PartTests {
  @Test("JSON is what RFC 8259 says, and harmless inside a page")
  func json() {
    var writer = JSONWriter()
    writer.array {
      $0.write(.unsigned(.max))
      $0.write(.signed(.min))
      $0.write(.text("</script>\u{1}é日"))
      $0.object { _ in }
      $0.write(.flag(true))
      $0.write(.null)
    }
    #expect(
      String(decoding: writer.bytes, as: UTF8.self)
        == #"[18446744073709551615,-9223372036854775808,"\u003c/script\u003e\u0001é日",{},true,null]"#
    )
  }

  @Test("A server answers for addresses, names of the home and its own, and for no other name")
  func hosts() {
    let hosts = HostNames(["Explorer.Example"])
    for own in [
      "", "127.0.0.1:7612", "192.168.1.5", "[::1]:7612", "localhost:80", "nas", "hinata.local",
      "hinata.local.:80", "box.lan", "a.home.arpa", "explorer.example", "EXPLORER.example:443",
    ] { #expect(hosts.allow(own), "\(own)") }
    for foreign in [
      "evil.example", "explorer.example.evil.example", "1.2.3.4.evil.example", "256.1.1.1",
      "xlocal.example:7612", "127.0.0.1.nip.io",
    ] { #expect(!hosts.allow(foreign), "\(foreign)") }
  }

  @Test("A request for a name that is not the server's is answered 421, and does nothing")
  func misdirected() async throws {
    let fixture = Fixture()
    try await fixture.run { port in
      for (host, status) in [("evil.example:\(port)", "421"), ("127.0.0.1:\(port)", "200")] {
        let client = try RawClient(port: port)
        client.send(
          "GET /api/v1/names HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
        let answer = await client.read()
        #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(host): \(answer.prefix(200))")
        #expect(answer.contains("api.hosts") == (status == "421"))
      }
      #expect(fixture.handled.withLock { $0 } == 1)
    }
  }

  @Test("A bucket fills at its rate, one for each client, and the map of clients stays bounded")
  func buckets() {
    let limit = RateLimit(perSecond: 2, burst: 2)
    let start = ContinuousClock.now
    #expect(limit.take("a", now: start) == nil)
    #expect(limit.take("a", now: start) == nil)
    #expect(limit.take("a", now: start) == 1)
    #expect(limit.take("b", now: start) == nil)
    #expect(limit.take("a", now: start + .milliseconds(600)) == nil)
    for number in 0..<10_000 { _ = limit.take("c\(number)", now: start + .seconds(1)) }
    #expect(limit.clients <= 4096)
  }

  @Test("The cache holds no more than it may, and nothing that was read before it was cleared")
  func cache() {
    let cache = AnswerCache(bytes: 100_000)
    func entry(_ size: Int) -> AnswerCache.Entry {
      .init(
        status: .ok, headers: [:], tag: "", bytes: .init(repeating: 0, count: size),
        isWorthCompressing: false)
    }
    let generation = cache.generation
    for number in 0..<1000 { cache.keep(entry(1000), for: "\(number)", generation: generation) }
    let held = (0..<1000).filter { cache.entry("\($0)") != nil }
    #expect(held.count <= 66 && held.contains(999))
    cache.clear()
    cache.keep(entry(10), for: "late", generation: generation)
    #expect(cache.entry("late") == nil && cache.entry("999") == nil)
  }

  @Test("Every kind of parameter takes what its schema says, and refuses the rest with a reason")
  func parameters() {
    let cases: [(Parameter.Kind, good: [String], bad: [String])] = [
      (.id, [String(repeating: "0", count: 64)], ["", "0", String(repeating: "g", count: 64)]),
      (.integer(1...9), ["1", "9"], ["0", "10", "+1", " 1", "1.0", "x"]),
      (.date, ["2026-02-28", "2024-02-29"], ["2026-02-29", "2026-2-1", "20260228", "x"]),
      (.interval, ["0", "2026-08-01T03:30Z"], ["2026-08-01", "2026-08-01T25:00Z", "-1"]),
      (.block, ["0", String(repeating: "a", count: 64)], ["-1", "0x1", "tip"]),
      (.cursor, ["7", "7.3"], ["", ".", "7.", "7.3.1", "-7"]),
      (.text(3), ["日本語", ""], ["four"]),
    ]
    for (kind, good, bad) in cases {
      for value in good { #expect(Parameter("p", kind, "").fault(in: value) == nil, "\(value)") }
      for value in bad { #expect(Parameter("p", kind, "").fault(in: value) != nil, "\(value)") }
    }
  }

  @Test(
    "Any bytes of a query are decoded to what they say or refused, never more (20,000 from a seed)")
  func queries() throws {
    var random = SeededGenerator(seed: 5)
    let letters = Array("%=&+;?#/09afAFzZ日\u{0}\u{7F}\"<".unicodeScalars)
    for _ in 0..<20_000 {
      var text = ""
      for _ in 0..<Int(random.below(24)) {
        text.unicodeScalars.append(letters[Int(random.below(UInt64(letters.count)))])
      }
      let (_, query) = RequestTarget.split(text)
      let values = (try? RequestTarget.values(of: query)) ?? [:]
      for value in values.values {
        #expect(value.utf8.count <= text.utf8.count)
        #expect(value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
      }
      let coded = text.utf8.map { "%" + String($0 + 0, radix: 16).leftPad }.joined()
      let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
      #expect(RequestTarget.decoded(coded[...]) == (isPlain ? text : nil))
    }
  }
}

extension String {
  /// Two hexadecimal digits.
  fileprivate var leftPad: String { count < 2 ? "0" + self : self }
}
