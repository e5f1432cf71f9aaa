// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import CanonicalCoding
import Chain
import Foundation
import JoinFiles
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerStore
import MeterServices
import NodeServices
public import Product
import Quantities
import RouteBSerial

/// What is looked at to say whether a node is well.
public struct Checkup: Sendable {
  /// One thing that was looked at.
  public struct Finding: Codable, Sendable {
    /// How it stands: nothing to do, worth a look, something to do.
    public enum Verdict: String, Codable, Sendable {
      case good, odd, bad
    }
    public let name: String
    /// The name for people.
    public let title: String
    public let verdict: Verdict
    public let text: String
    /// What to do about it.
    public let advice: String?

    /// ✓, ! or ✗.
    public var mark: String { verdict == .good ? "✓" : verdict == .odd ? "!" : "✗" }
  }

  /// All that was looked at, in order.
  public private(set) var findings: [Finding] = []
  private let folder: URL
  private let genesisFile: String
  private let say: Language
  private let now = NetworkTime(seconds: UInt64(max(0, Date().timeIntervalSince1970)))

  /// Looks at the node of a data folder, and says what it finds in a language.
  public init(folder: String, genesis: String, language: Language) async {
    say = language
    self.folder = URL(fileURLWithPath: folder, isDirectory: true)
    genesisFile = genesis
    let store = openLedger()
    let chain = try? await AdminClient(folder: folder)?.get("chain", as: ChainForm.self)
    checkNode(chain)
    checkEdition(store)
    checkClock(store, chain)
    checkDisk()
    checkKeys(store)
    checkMeters(store)
  }

  /// Whether nothing was found.
  public var isGood: Bool { findings.allSatisfy { $0.verdict == .good } }

  private mutating func add(
    _ name: String, _ verdict: Finding.Verdict, _ text: String, advice: String? = nil
  ) {
    findings.append(
      Finding(
        name: name, title: say(name, Checkup.japaneseTitles[name] ?? name), verdict: verdict,
        text: text, advice: advice))
  }

  private static let japaneseTitles = [
    "ledger": "台帳", "node": "ノード", "peers": "接続先", "clock": "時計", "disk": "ディスク", "keys": "鍵",
    "admission": "入会", "site": "設備", "route b": "Bルート", "meter": "メーター",
  ]

  private mutating func openLedger() -> LedgerStore? {
    do {
      let store = try LedgerStore.reading(
        folder: folder.path, genesis: try NetworkFile.load(genesisFile))
      let (height, size) = (try store.height(), try store.byteCount() / 1024)
      add("ledger", .good, say("\(height) blocks, \(size) KiB", "\(height) ブロック、\(size) KiB"))
      return store
    } catch StoreError.damaged(let path, let reason) {
      add(
        "ledger", .bad, say("\(path) is damaged: \(reason)", "\(path) が壊れています: \(reason)"),
        advice: say(
          "stop the node and move the file away; the ledger comes again from the peers",
          "ノードを止めてこのファイルを移動してください。台帳は他のノードから取り直されます"))
    } catch StoreError.newer(let path, _) {
      add(
        "ledger", .bad,
        say("\(path) was written by a later version", "\(path) は新しい版のプログラムが書いたものです"),
        advice: say(
          "upgrade, or move the file away; the ledger comes again from the peers",
          "プログラムを更新するか、ファイルを移動してください。台帳は他のノードから取り直されます"))
    } catch { add("ledger", .bad, "\(error)") }
    return nil
  }

  private mutating func checkNode(_ chain: ChainForm?) {
    guard let chain else {
      return add(
        "node", .bad,
        say("no node answers on this data folder", "このデータフォルダのノードが応答しません"),
        advice: say(
          "systemctl status hinata, or set admin.listen; then journalctl -u hinata",
          "systemctl status hinata と journalctl -u hinata を見るか、admin.listen を設定してください"))
    }
    if let trouble = chain.trouble {
      return add(
        "node", .bad, trouble,
        advice: say(
          "is the disk full, or read-only? What is read waits in memory until then",
          "ディスクの空きと書き込みの可否を確かめてください。それまで計量値はメモリで待ちます"))
    }
    add(
      "node", .good,
      say("runs, \(chain.waiting) transactions wait", "動いています。待っている取引 \(chain.waiting) 件"))
    checkApprovals(chain)
    if chain.peers == 0 {
      add(
        "peers", .bad, say("linked to nobody", "どのノードともつながっていません"),
        advice: say(
          "is the network up, and do peers.json and port 7610 hold? If another box uses this box's keys, stop one of the two",
          "ネットワーク、peers.json、ポート 7610 を確かめてください。同じ鍵の機器がもう一台あれば、どちらかを止めてください"))
    } else {
      add("peers", .good, say("\(chain.peers) linked", "\(chain.peers) 台とつながっています"))
    }
  }

  /// A network whose clock runs faster than the wall's has no right time to compare with.
  private mutating func checkApprovals(_ chain: ChainForm) {
    switch chain.silence {
    case .conflict:
      add(
        "approvals", .bad,
        say(
          "two thirds approve what conflicts with a final block: more than a third of the seats lie",
          "確定ブロックと矛盾する承認が 3 分の 2 に達しました。席の 3 分の 1 を超える虚偽があります"),
        advice: say(
          "trust nothing of this network until its members have agreed on what holds",
          "何が正しいかを会員が決めるまで、この網の内容を信用しないでください"))
    case .otherBox:
      add(
        "approvals", .bad,
        say("another box approves with this box's key", "別の機器が本機の鍵で承認しています"),
        advice: say("stop one of the two", "どちらかを止めてください"))
    case .newDisk, nil:
      guard let final = chain.finalHeight else { return }
      if let height = chain.restartHeight, let signed = chain.restartSigned,
        let needed = chain.restartNeeded
      {
        return add(
          "approvals", .odd,
          say(
            "the operator restarts the network with block \(height); signed by \(signed) of \(needed) seats",
            "運営者がブロック \(height) から再開します。署名 \(signed) / \(needed) 席"),
          advice: say(
            "nothing to do: nodes sign an epoch later", "することはありません。各ノードは 1 エポック後に署名します"))
      }
      if let from = chain.restartsFrom, chain.time >= from {
        return add(
          "approvals", .odd,
          say(
            "final up to block \(final), and nothing for longer than restartSeconds of the network file",
            "ブロック \(final) まで確定。その後は何も確定していません"),
          advice: say(
            "more than a third of the approvers are away; if they are gone for good, the operator runs hinata operator restart",
            "承認者の 3 分の 1 を超える席が不在です。戻らない場合、運営者が hinata operator restart を実行します"))
      }
      add("approvals", .good, say("final up to block \(final)", "ブロック \(final) まで確定"))
    }
  }

  /// Rules that this version does not know: it stops before they hold.
  private mutating func checkEdition(_ store: LedgerStore?) {
    guard let edition = try? store?.edition(), !edition.isKnown else { return }
    add(
      "edition", .bad,
      say(
        "from \(edition.from) on the network's rules are edition \(edition.number), which this version does not know",
        "\(edition.from) から規則が第 \(edition.number) 版になりますが、このバージョンは対応していません"),
      advice: say(
        "update Hinata before then; until you do it stops there, and nothing is lost",
        "それまでに Hinata を更新してください。更新するまで停止しますが、失われるものはありません"))
  }

  private mutating func checkClock(_ store: LedgerStore?, _ chain: ChainForm?) {
    guard let store, store.genesis.rules.clockFactor == 1 else { return }
    let tip = chain.map { NetworkTime(seconds: $0.time) } ?? store.genesis.rules.time
    if now.advanced(by: 1800) < tip {
      add(
        "clock", .bad,
        say(
          "this machine's clock shows \(now), the newest block is of \(tip)",
          "この機械の時計は \(now)、最新のブロックは \(tip) です"),
        advice: say(
          "timedatectl set-ntp true, and see that the network is up",
          "timedatectl set-ntp true を実行し、ネットワークを確かめてください"))
    } else if let lead = chain?.clockLead, abs(lead) > 600 {
      add(
        "clock", .bad,
        say(
          "\(abs(lead)) s \(lead > 0 ? "ahead of" : "behind") the peers",
          "他のノードより \(abs(lead)) 秒\(lead > 0 ? "進んで" : "遅れて")います"),
        advice: say("timedatectl set-ntp true", "timedatectl set-ntp true を実行してください"))
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
    let advice = say(
      "free some space, or keep fewer blocks with store.keepBlocks",
      "空きを増やすか、store.keepBlocks で残すブロックを減らしてください")
    let room = say("\(megabytes) MB free", "空き \(megabytes) MB")
    if megabytes < 50 {
      let warning = say("soon nothing can be kept", "まもなく何も保存できなくなります")
      add("disk", .bad, "\(room): \(warning)", advice: advice)
    } else {
      add("disk", megabytes < 500 ? .odd : .good, room, advice: megabytes < 500 ? advice : nil)
    }
  }

  private mutating func checkKeys(_ store: LedgerStore?) {
    let identity = HomeIdentity(folder: folder)
    guard identity.exists else {
      return add(
        "keys", .odd, say("this box has not joined a network", "本機はまだ入会していません"),
        advice: say(
          "open /home of this box in a browser, or: hinata join --data \(folder.path) …",
          "ブラウザで本機の /home を開くか、hinata join --data \(folder.path) … を実行してください"))
    }
    do {
      let key = try KeyFile.open(identity.siteKey.path, password: try identity.password())
      add("keys", .good, say("the site's key opens", "設備の鍵は開きます"))
      guard let store else { return }
      guard let site = try store.site(of: key.publicKey),
        let record = try store.site(site), let member = try store.member(record.member)
      else {
        return add(
          "admission", .odd,
          say("the operator has not admitted this home yet", "運営者はまだこの家を承認していません"),
          advice: say(
            "send it \(identity.request.path)", "\(identity.request.path) を運営者に送ってください"))
      }
      if member.isSuspended {
        add(
          "admission", .bad,
          say(
            "the operator has suspended \(member.record.name): reports are refused",
            "運営者が \(member.record.name) を停止しています。報告は受け付けられません"),
          advice: say("ask the operator", "運営者に問い合わせてください"))
      } else {
        add("admission", .good, "\(member.record.name), \(record.name)")
      }
    } catch {
      add(
        "keys", .bad, "\(error)",
        advice: say(
          "restore them: hinata restore FILE --data \(folder.path)",
          "控えから戻してください: hinata restore FILE --data \(folder.path)"))
    }
  }

  private mutating func checkMeters(_ store: LedgerStore?) {
    guard let health = MeterHealth(folder: folder) else { return }
    for trouble in health.troubles(say, now: store?.genesis.rules.clockFactor == 1 ? now : nil) {
      add(trouble.part, .bad, trouble.text, advice: trouble.advice)
    }
    if let link = health.routeB {
      let japanese = Checkup.japaneseRouteB[link.state].map { "\($0)（\(link.text)）" }
      add("route b", link.needsHelp ? .bad : .good, say(link.text, japanese ?? link.text))
    }
    for device in health.devices {
      let isOdd = device.timeouts * 20 > device.answers
      add(
        "meter", isOdd ? .odd : .good,
        say(
          "\(device.name) at \(device.address): \(device.answers) answers, \(device.timeouts) times silent",
          "\(device.address) の \(device.name): 応答 \(device.answers) 回、無応答 \(device.timeouts) 回"),
        advice: isOdd
          ? say(
            "is it switched on, and is the network good there?", "電源とその場所のネットワークを確かめてください")
          : nil)
    }
    let last = NetworkTime(seconds: health.lastSample)
    if store?.genesis.rules.clockFactor == 1, !health.devices.isEmpty,
      last.advanced(by: 3 * Interval.seconds) < now
    {
      add(
        "meter", .bad, say("no meter has answered since \(last)", "\(last) からメーターの応答がありません"),
        advice: say("journalctl -u hinata says why", "journalctl -u hinata に理由があります"))
    }
    if health.devices.isEmpty {
      add(
        "meter", .bad, say("no meter is read", "計量できるメーターがありません"),
        advice: say(
          "hinata setup --address ADDRESS shows what answers",
          "hinata setup --address アドレス で、応答する機器を確かめられます"))
    }
  }

  private static let japaneseRouteB = [
    "no_dongle": "ドングルが使えません", "preparing": "ドングルを準備しています", "dongle_silent": "ドングルが応答しません",
    "dongle_refused": "ドングルが命令を拒みました。抜き差ししてください", "scanning": "スマートメーターを探しています",
    "no_meter": "このBルートIDに応答するメーターがありません。IDとドングルの位置を確かめてください",
    "joining": "メーターに接続しています", "refused": "メーターに断られました。BルートIDとパスワードを確かめてください",
    "open": "接続しています", "renewing": "接続を更新しています", "limited": "送信時間の制限中です。自然に再開します",
  ]
}
