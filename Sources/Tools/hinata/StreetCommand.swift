import AdminAPI
import ArgumentParser
import Chain
import CommandLineTool
import Explorer
import Foundation
import HouseModel
import Ledger
import LedgerStore
import Neighbourhood
import Quantities
import UnixSignals
import Verification

/// A street of homes with their own meters and nodes.
struct StreetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "street",
    abstract: "Run a street: six homes, an operator and an exchange, each a process of its own.",
    discussion: """
      Every home has emulated meters that replay its own measured data, and a node that reads them, \
      gossips its reports, checks the others' and competes for blocks. From time to time two homes \
      lose the others for a while and go on alone; when they are back their chains reorganise.

      Examples:
        hinata street
        hinata street --seconds 120 --homes 3
      """)

  @Option(
    help: "Folder with home-01.csv, home-02.csv …, or a file for home 1; others follow a model.")
  var data: String?

  @Option(help: "Homes, 1…20.")
  var homes = 6

  @Option(help: "Seconds until it ends; without end by default.")
  var seconds: Int?

  @Option(help: "Folder of the street; made anew.")
  var folder = ".build/street"

  @Option(help: "Network file.")
  var genesis = "Genesis/street.json"

  @Option(help: "First of the ports that peers listen at.")
  var port = 17_700

  @Option(help: "Run node N with its house in the network namespace of this name and N.")
  var namespaces: String?

  func run() async throws {
    try await guardedAsync {
      guard (1...20).contains(homes) else { throw UsageError(description: "--homes is 1…20") }
      let files = try files()
      Screen.note(
        files.isEmpty
          ? "source: the built-in model of a home (no measured data named or found)"
          : "source: measured data, \(files.count) homes from \(data ?? "")")
      var plan = Street.Plan(
        folder: folder, genesis: genesis, data: files, homes: homes, startHour: 8,
        firstPort: port)
      plan.namespaces = namespaces
      plan.explorers = [.operator, .home(1)]
      let street = try Street(plan)
      let isGood = try await StreetRun(street, seconds: seconds).run()
      if !isGood { throw ExitCode(1) }
    }
  }
}

extension StreetCommand {
  /// The measured homes that are there.
  private func files() throws -> [String] {
    guard let data else { return [] }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: data, isDirectory: &isFolder) else {
      throw UsageError(description: "--data \(data) is not there")
    }
    guard isFolder.boolValue else { return [data] }
    return (1...homes).map { "\(data)/home-\($0 < 10 ? "0" : "")\($0).csv" }
      .filter { FileManager.default.fileExists(atPath: $0) }
  }
}

/// A street from its start to its end, as a viewer sees it.
struct StreetRun {
  /// Seconds after which two homes go alone for the first time, for how long, and how often.
  static let firstAlone = 45
  static let aloneSeconds = 15
  static let aloneEvery = 90

  private let street: Street
  private let seconds: Int?
  private let began = Date()

  init(_ street: Street, seconds: Int?) {
    self.street = street
    self.seconds = seconds
  }

  func run() async throws -> Bool {
    try street.prepare()
    defer { street.end() }
    for home in 1...street.plan.homes { try street.startHouse(home) }
    for role in street.roles { try street.start(role) }
    Screen.note("explorer \(street.explorer(.operator))/")
    Screen.note(
      "the first home's own pages \(street.explorer(.home(1)))/home, their code is in "
        + street.folder(.home(1)).appendingPathComponent(HouseholdAccess.codeFile).path)
    var screen = Screen()
    var nextAlone = StreetRun.firstAlone
    for await _ in await ticks() {
      if let dead = street.dead {
        throw UsageError(description: "\(dead) ended early; read \(street.plan.folder)/\(dead).log")
      }
      let elapsed = Int(Date().timeIntervalSince(began))
      if elapsed >= nextAlone, street.plan.homes >= 2 {
        nextAlone += StreetRun.aloneEvery
        await leaveAlone()
      }
      await draw(&screen, elapsed, nextAlone)
      if let seconds, elapsed >= seconds { break }
    }
    return try await finish()
  }

  /// The last two homes lose the others for a while.
  private func leaveAlone() async {
    for home in (street.plan.homes - 1)...street.plan.homes {
      _ = try? await street.admin(.home(home))?.act("pause?seconds=\(StreetRun.aloneSeconds)")
    }
  }

  private func draw(_ screen: inout Screen, _ elapsed: Int, _ nextAlone: Int) async {
    let store = try? street.store(.operator)
    var table = Table([.left, .right, .left, .right, .right, .right, .right, .right])
    table.add([
      "node", "height", "tip", "peers", "waiting", "reorganised", "PQ1", "minted",
    ])
    var tips: Set<String> = []
    for role in street.roles {
      guard let chain = try? await street.admin(role)?.get("chain", as: ChainForm.self) else {
        table.add([role.name, "starting"])
        continue
      }
      tips.insert(chain.tip)
      let own = store.map { sums(role, $0) } ?? ["", ""]
      table.add(
        [
          role.name, "\(chain.height)", "\(chain.tip.prefix(8))", "\(chain.peers)",
          "\(chain.waiting)", "\(chain.reorganisations)",
        ] + own)
    }
    var supply = Supply()
    if case .supply(let known)? = try? store?.entry(.supply) { supply = known }
    let alone = nextAlone - StreetRun.aloneEvery
    let state =
      elapsed >= alone && elapsed < alone + StreetRun.aloneSeconds
      ? "two homes are alone and go on" : tips.count == 1 ? "all on one tip" : "tips differ"
    let head = "日向 Hinata street   \(clock(store))   \(state)"
    let foot =
      "explorer \(street.explorer(.operator))/   coins \(supply.minted) of \(Double(supply.generatedWh) / 1000) kWh recorded   Ctrl-C ends"
    if screen.isTerminal {
      screen.draw([head, ""] + table.lines + ["", foot])
    } else if elapsed % 5 == 0 {
      Screen.note("\(elapsed) s  \(state)  height \(tips.count) tips  \(foot)")
    }
  }

  private func sums(_ role: Street.Role, _ store: LedgerStore) -> [String] {
    guard case .home(let number) = role,
      case .progress(let progress)? = try? store.entry(.progress(street.sites[number - 1].id))
    else { return ["", ""] }
    return ["\(progress.totals[0]) Wh", "\(progress.mintedWh) Wh"]
  }

  private func clock(_ store: LedgerStore?) -> String {
    guard let height = try? store?.height(), let block = try? store?.block(height: height) else {
      return ""
    }
    return "\(block.header.time)"
  }

  /// Ends all nodes and holds their ledgers against each other.
  private func finish() async throws -> Bool {
    street.end()
    var table = Table([.left, .right, .left, .right, .right, .left])
    table.add(["node", "height", "tip", "PQ1 Wh", "coins", "laws"])
    var isGood = true
    var tips: Set<String> = []
    for role in street.roles {
      let store = try street.store(role)
      let verdict = await ChainVerdict(checking: store)
      var supply = Supply()
      if case .supply(let known)? = try store.entry(.supply) { supply = known }
      let height = try store.height()
      let tip = try store.block(height: height)?.header.hash.hex ?? ""
      tips.insert(tip)
      if verdict.finding != nil { isGood = false }
      table.add([
        role.name, "\(height)", "\(tip.prefix(16))…", "\(supply.generatedWh)",
        "\(supply.minted)", verdict.finding?.description ?? "hold",
      ])
    }
    print("")
    for line in table.lines { print("  " + line) }
    print(
      tips.count == 1 ? "All ledgers end in one block." : "The ledgers end in \(tips.count) blocks."
    )
    print(isGood ? "All laws hold in every ledger." : "A ledger is WRONG.")
    return isGood
  }

  /// Looks twice a second, until Ctrl-C or SIGTERM.
  private func ticks() async -> AsyncStream<Void> {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    return AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let ticking = Task {
        while (try? await Task.sleep(for: .milliseconds(500))) != nil { continuation.yield() }
      }
      let waiting = Task {
        for await _ in signals { break }
        continuation.finish()
      }
      continuation.onTermination = { _ in
        ticking.cancel()
        waiting.cancel()
      }
    }
  }
}
