import CanonicalCoding
import Chain
import Foundation
import HTTPAPI
import JoinFiles
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerStore
import Neighbourhood
import NetworkFiles
import NodeServices
import Quantities
import RouteBSerial

/// What is looked at to say whether a node is well.
struct Checkup {
  /// One thing that was looked at.
  struct Finding: Codable {
    enum Verdict: String, Codable {
      case good, odd, bad
    }
    let name: String
    let verdict: Verdict
    let text: String
    /// What to do about it.
    let advice: String?

    var mark: String { verdict == .good ? "✓" : verdict == .odd ? "!" : "✗" }
  }

  private(set) var findings: [Finding] = []
  private let folder: URL
  private let genesisFile: String
  private let now = NetworkTime(seconds: UInt64(max(0, Date().timeIntervalSince1970)))

  /// Looks at the node of a data folder.
  init(folder: String, genesis: String) async {
    self.folder = URL(fileURLWithPath: folder, isDirectory: true)
    genesisFile = genesis
    let store = openLedger()
    let chain = await AdminClient(folder: folder).flatMapAsync {
      try? await $0.get("chain", as: ChainForm.self)
    }
    checkNode(chain)
    checkClock(store, chain)
    checkDisk()
    checkKeys(store)
    checkMeters()
  }

  /// Whether nothing was found.
  var isGood: Bool { findings.allSatisfy { $0.verdict == .good } }

  private mutating func add(
    _ name: String, _ verdict: Finding.Verdict, _ text: String, advice: String? = nil
  ) {
    findings.append(Finding(name: name, verdict: verdict, text: text, advice: advice))
  }

  private mutating func openLedger() -> LedgerStore? {
    do {
      let store = try LedgerStore.reading(
        folder: folder.path, genesis: try NetworkFile.load(genesisFile))
      add("ledger", .good, "\(try store.height()) blocks, \(try store.byteCount() / 1024) KiB")
      return store
    } catch StoreError.damaged(let path, let reason) {
      add(
        "ledger", .bad, "\(path) is damaged: \(reason)",
        advice: "stop the node and move the file away; the ledger comes again from the peers")
    } catch StoreError.newer(let path, _) {
      add(
        "ledger", .bad, "\(path) was written by a later version",
        advice: "upgrade, or move the file away; the ledger comes again from the peers")
    } catch { add("ledger", .bad, "\(error)") }
    return nil
  }

  private mutating func checkNode(_ chain: ChainForm?) {
    guard let chain else {
      return add(
        "node", .bad, "no node answers on this data folder",
        advice: "systemctl status hinata, or set admin.listen; then journalctl -u hinata")
    }
    add("node", .good, "runs, \(chain.waiting) transactions wait")
    if chain.peers == 0 {
      add(
        "peers", .bad, "linked to nobody",
        advice: "is the network up, and do peers.json and port 7610 hold? "
          + "If another box uses this box's keys, stop one of the two")
    } else {
      add("peers", .good, "\(chain.peers) linked")
    }
  }

  /// A network whose clock runs faster than the wall's has no right time to compare with.
  private mutating func checkClock(_ store: LedgerStore?, _ chain: ChainForm?) {
    guard let store, store.genesis.rules.clockFactor == 1 else { return }
    let tip = chain.map { NetworkTime(seconds: $0.time) } ?? store.genesis.rules.time
    if now.advanced(by: 1800) < tip {
      add(
        "clock", .bad, "this machine's clock shows \(now), the newest block is of \(tip)",
        advice: "timedatectl set-ntp true, and see that the network is up")
    } else if let lead = chain?.clockLead, abs(lead) > 600 {
      add(
        "clock", .bad, "\(abs(lead)) s \(lead > 0 ? "ahead of" : "behind") the peers",
        advice: "timedatectl set-ntp true")
    } else {
      add("clock", .good, "\(now)")
    }
  }

  private mutating func checkDisk() {
    guard
      let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder.path),
      let free = (attributes[.systemFreeSize] as? NSNumber)?.int64Value
    else { return }
    let megabytes = free >> 20
    let advice = "free some space, or keep fewer blocks with store.keepBlocks"
    if megabytes < 50 {
      add("disk", .bad, "\(megabytes) MB free: soon nothing can be kept", advice: advice)
    } else if megabytes < 500 {
      add("disk", .odd, "\(megabytes) MB free", advice: advice)
    } else {
      add("disk", .good, "\(megabytes) MB free")
    }
  }

  private mutating func checkKeys(_ store: LedgerStore?) {
    let identity = HomeIdentity(folder: folder)
    guard identity.exists else {
      return add(
        "keys", .odd, "this box has not joined a network",
        advice: "open /home of this box in a browser, or: hinata join --data \(folder.path) …")
    }
    do {
      let key = try KeyFile.open(identity.siteKey.path, password: try identity.password())
      add("keys", .good, "the site's key opens")
      guard let store else { return }
      guard let site = try store.site(of: key.publicKey),
        case .site(let record)? = try store.entry(.site(site)),
        case .member(let member)? = try store.entry(.member(record.member))
      else {
        return add(
          "admission", .odd, "the operator has not admitted this home yet",
          advice: "send it \(identity.request.path)")
      }
      if member.isSuspended {
        add(
          "admission", .bad,
          "the operator has suspended \(member.record.name): reports are refused",
          advice: "ask the operator")
      } else {
        add("admission", .good, "\(member.record.name), \(record.name)")
      }
    } catch {
      add(
        "keys", .bad, "\(error)", advice: "restore them: hinata restore FILE --data \(folder.path)")
    }
  }

  private mutating func checkMeters() {
    guard let health: MeterHealth = StatusCommand.load(MeterHealth.fileName, folder.path) else {
      return
    }
    if health.otherBox {
      add(
        "site", .bad, "another box reports with this site's key; this one stands back",
        advice: "stop one of the two for good, then start the other again")
    }
    if let problem = health.clockProblem {
      add("clock", .bad, problem, advice: "timedatectl set-ntp true; nothing is read until then")
    }
    if let link = health.routeB {
      add("route b", link.needsHelp ? .bad : .good, link.text)
    }
    for device in health.devices {
      let isOdd = device.timeouts * 20 > device.answers
      add(
        "meter", isOdd ? .odd : .good,
        "\(device.name) at \(device.address): \(device.answers) answers, \(device.timeouts) times silent",
        advice: isOdd ? "is it switched on, and is the network good there?" : nil)
    }
    if health.devices.isEmpty {
      add(
        "meter", .bad, "no meter is read",
        advice: "hinata setup --address ADDRESS shows what answers")
    }
  }
}

extension Optional {
  /// What a closure that waits makes of the value.
  fileprivate func flatMapAsync<Result>(
    _ transform: (Wrapped) async -> Result?
  ) async -> Result? {
    guard let self else { return nil }
    return await transform(self)
  }
}
