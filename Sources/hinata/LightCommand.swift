import ArgumentParser
import CanonicalCoding
import Chain
import Foundation
import Ledger
import LedgerCrypto
import NetworkFiles
import PeerProtocol
import PeerTransport
import Proofs
import Quantities
import Terminal
import Wire

/// A look at a network without a ledger of one's own.
struct LightCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "light",
    abstract: "Follow the headers of a network and have a member, lot or report proven.",
    discussion: """
      Nothing is believed: each answer is verified against a header, each header by its work. Exit \
      code 1 when the peer's answer does not hold or there is no such thing.

      Examples:
        hinata light --genesis Genesis/street.json --peer 127.0.0.1:17700
        hinata light --genesis Genesis/street.json --peer 127.0.0.1:17700 --lot ID --json
        hinata light --genesis Genesis/street.json --peer home.example:7711 --transaction ID \\
          --headers ~/.hinata/headers
      """)

  @Option(help: "Network file.")
  var genesis: String

  @Option(help: "A node of the network: host:port or host:port#key.")
  var peer: String

  @Option(help: "File in which headers are kept from one time to the next.")
  var headers: String?

  @Option(help: "Id of a member.")
  var member: String?

  @Option(help: "Id of a site: its record and how far it has reported.")
  var site: String?

  @Option(help: "Id of a lot of coins.")
  var lot: String?

  @Option(help: "Id of a transaction, for example a report.")
  var transaction: String?

  @Option(help: "Seconds to wait for the peer.")
  var timeout = 30

  @Flag(help: "Print JSON.")
  var json = false

  struct Form: Codable {
    struct ProofForm: Codable {
      let subject: String
      /// What is proven, in words; nil where the state holds nothing.
      let holds: String?
      let block: String
      let height: UInt64
      let confirmations: UInt64
      let proofBytes: Int
    }
    let network: String
    let height: UInt64
    let tip: String
    let proofs: [ProofForm]
  }

  func run() async throws {
    try await guardedAsync {
      let genesis = try NetworkFile.load(genesis)
      guard let target = PeersFile.target(peer) else {
        throw UsageError(description: "--peer \(peer) is not host:port or host:port#key")
      }
      var session = try LightSession(genesis, headers: headers, subjects: try subjects())
      let form = try await session.run(target, timeout: timeout)
      if json { return try printJSON(form) }
      print("network \(form.network), height \(form.height), tip \(form.tip)")
      for proof in form.proofs {
        print("\(proof.subject)")
        print("  \(proof.holds ?? "the state holds nothing of it")")
        print(
          "  proven under block \(proof.height) by \(proof.proofBytes) bytes, "
            + "\(proof.confirmations) blocks on top")
      }
    }
  }

  private func subjects() throws -> [(name: String, subject: GetProof.Subject)] {
    var subjects: [(String, GetProof.Subject)] = []
    func add(_ name: String, _ text: String?, _ make: (Bytes32) -> GetProof.Subject) throws {
      guard let text else { return }
      guard let id = Bytes32(hex: text) else {
        throw UsageError(description: "--\(name) \(text) is no id of 64 hexadecimal digits")
      }
      subjects.append(("\(name) \(text)", make(id)))
    }
    try add("member", member) { .entry(.member(MemberId($0))) }
    try add("site", site) { .entry(.site(SiteId($0))) }
    try add("site", site) { .entry(.progress(SiteId($0))) }
    try add("lot", lot) { .entry(.lot(LotId($0))) }
    try add("transaction", transaction) { .transaction(TransactionId($0)) }
    return subjects
  }
}

/// One link of a light client, from greeting to answers.
struct LightSession {
  private let genesis: Genesis
  private let file: String?
  private let subjects: [(name: String, subject: GetProof.Subject)]
  private var client: LightClient
  private var proofs: [LightCommand.Form.ProofForm] = []
  private var isAsked = false

  init(
    _ genesis: Genesis, headers file: String?,
    subjects: [(name: String, subject: GetProof.Subject)]
  ) throws {
    self.genesis = genesis
    self.file = file
    self.subjects = subjects
    client = try LightClient(genesis)
    guard let file, let data = FileManager.default.contents(atPath: file) else { return }
    var input = ByteReader(Array(data))
    var kept: [SealedHeader] = []
    while input.remaining > 0 { kept.append(try SealedHeader(from: &input)) }
    guard client.restore(kept) == kept.count else {
      throw UsageError(description: "\(file) holds headers of another network; name another file")
    }
  }

  mutating func run(_ target: PeerTarget, timeout: Int) async throws -> LightCommand.Form {
    var random = SystemRandomNumberGenerator()
    let seed = Bytes32(words: (random.next(), random.next(), random.next(), random.next()))
    let transport = try PeerTransport(KeyPair(seed: seed))
    let deadline = Task {
      try await Task.sleep(for: .seconds(timeout))
      await transport.shutDown()
    }
    defer { deadline.cancel() }
    transport.connect(attempt: 1, to: target)
    for await event in transport.events {
      switch event {
      case .failed:
        throw UsageError(description: "no node answers at \(target.host):\(target.port)")
      case .linked(let link, let info):
        if let key = target.key, key != info.key {
          throw UsageError(description: "the node there has the key \(info.key.value.hex)")
        }
        transport.send(client.greeting(at: time, agent: "hinata \(Version.text)"), on: link)
      case .received(let link, let message, let byteCount):
        transport.release(byteCount, of: link)
        let actions = client.receive(message, at: time)
        if try perform(actions, transport, link) {
          await transport.shutDown()
          return try finish()
        }
      case .malformed(_, let error): try fail("the node's bytes are no message: \(error)")
      case .unlinked: try fail("the node closed the link")
      }
    }
    throw UsageError(description: "no answer within \(timeout) s")
  }

  /// Demo networks' clocks run ahead of the wall's: headers are not held to this machine's clock.
  private var time: NetworkTime { NetworkTime(seconds: 1 << 39) }

  private func fail(_ reason: String) throws -> Never {
    Screen.note("hinata: \(reason)")
    throw ExitCode(1)
  }

  /// - Returns: whether all is answered.
  private mutating func perform(
    _ actions: [LightClient.Action], _ transport: PeerTransport, _ link: Link
  ) throws -> Bool {
    for action in actions {
      switch action {
      case .send(let message): transport.send(message, on: link)
      case .followed:
        guard !isAsked else { continue }
        isAsked = true
        for (_, subject) in subjects {
          _ = try perform(client.ask(subject), transport, link)
        }
        if subjects.isEmpty { return true }
      case .proven(let subject, let proof, let header, let confirmations):
        add(subject, proof, header, confirmations)
        if proofs.count == subjects.count { return true }
      case .unknown: try fail("the node's chain has no such transaction")
      case .failed(let reason): try fail(reason)
      }
    }
    return false
  }

  private mutating func add(
    _ subject: GetProof.Subject, _ proof: ProofDelivery.Proof, _ header: BlockHeader,
    _ confirmations: UInt64
  ) {
    var holds: String?
    var byteCount = 0
    switch proof {
    case .unknown: break
    case .entry(let proof):
      byteCount = proof.bytes.count
      holds = proof.entry.flatMap { try? StateEntry(proof.key.kind, exactly: $0) }.map { "\($0)" }
    case .transaction(let proof):
      byteCount = proof.bytes.count
      holds = "\(proof.transaction.transaction.kindName), \(proof.transaction.bytes.count) bytes"
    }
    proofs.append(
      LightCommand.Form.ProofForm(
        subject: subjects.first { $0.subject == subject }?.name ?? "", holds: holds,
        block: header.hash.hex, height: header.height, confirmations: confirmations,
        proofBytes: byteCount))
  }

  private func finish() throws -> LightCommand.Form {
    if let file {
      var output = ByteWriter()
      for sealed in client.chain { sealed.encode(to: &output) }
      try Data(output.bytes).write(to: URL(fileURLWithPath: file), options: .atomic)
    }
    return LightCommand.Form(
      network: genesis.rules.name, height: client.best?.height ?? 0,
      tip: client.headers.bestHeader.hex, proofs: proofs)
  }
}
