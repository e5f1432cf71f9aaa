// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
public import LedgerCrypto
import Proofs
import Quantities
import Wire

extension NodeMachine {
  /// A link being opened.
  struct Attempt {
    let target: PeerTarget
    /// The book's address, nil for a node that a person named.
    let address: PeerAddress?
    let at: UInt64
  }

  func linked(_ link: Link, _ info: LinkInfo) {
    let attempt = info.attempt.flatMap { attempts.removeValue(forKey: $0) }
    let peer = Peer(link, info, attempt, at: now.milliseconds, limits: limits)
    if let refusal = refusal(of: peer, attempt) {
      if let attempt { retryLater(attempt) }
      return refuse(peer, refusal)
    }
    for old in peers.values where old.info.key == info.key {
      refuse(old, Goodbye(.duplicate, "the other link stays"))
      unlinked(old.link)
    }
    peers[link] = peer
    send(.hello(greeting), to: link)
  }

  private func refusal(of peer: Peer, _ attempt: Attempt?) -> Goodbye? {
    let info = peer.info
    if info.key == key { return Goodbye(.ownSelf) }
    let reason = bans.reason(
      key: info.key, host: info.host, isMember: { isMember(info.key) }, at: networkMilliseconds)
    if let reason { return Goodbye(.banned, reason) }
    if let expected = attempt?.target.key, expected != info.key {
      return Goodbye(.unexpectedKey, "expected \(expected.value.hex)")
    }
    for old in peers.values where old.info.key == info.key {
      // Two links at once: both sides keep the one that the smaller key opened.
      let opener = peer.isOutbound ? key : info.key
      guard old.isOutbound != peer.isOutbound, opener == min(key, info.key) else {
        return Goodbye(.duplicate)
      }
      return nil
    }
    guard !peer.isOutbound else { return nil }
    let inbound = peers.values.filter { !$0.isOutbound }
    let neighbours = inbound.count { $0.info.host.group == info.host.group }
    if !info.host.isLocal, neighbours >= limits.inboundPerGroup {
      return Goodbye(.full, "too many links from \(info.host.group)")
    }
    guard inbound.count >= limits.inbound else { return nil }
    // A member displaces the newest stranger.
    guard isMember(info.key),
      let stranger = inbound.filter({ !isMember($0.info.key) }).max(by: { $0.link < $1.link })
    else { return Goodbye(.full) }
    refuse(stranger, Goodbye(.full, "a member took the place"))
    unlinked(stranger.link)
    return nil
  }

  private func refuse(_ peer: Peer, _ goodbye: Goodbye) {
    act(.send(peer.link, .goodbye(goodbye)))
    act(.close(peer.link))
    note(.refused(peer: peer.name, goodbye.reason, detail: goodbye.detail))
  }

  /// Whether the chain knows a key as that of a member in good standing or of one of its sites.
  func isMember(_ key: PublicKey) -> Bool { member(behind: key) != nil }

  /// The member in good standing that a key speaks for, or nil.
  func member(behind key: PublicKey) -> MemberId? {
    guard let holder = try? chain.holder(key), let member = try? chain.member(holder.member),
      KeysLaw.mayProduce(member, holder, with: key)
    else { return nil }
    return holder.member
  }

  var networkMilliseconds: UInt64 { now.time.seconds * 1000 }

  private var lowestBody: UInt64 {
    var lowest: UInt64 = 0
    do { try chain.storage.read { lowest = try $0.lowestBody() } } catch { fault(error) }
    return lowest
  }

  private var greeting: Hello {
    Hello(
      networkName: chain.genesis.rules.name, network: chain.network, offers: settings.offers,
      lowestBody: lowestBody, port: settings.port, height: chain.tip.height, tip: chain.tipHash,
      work: (chain.headers.work(chain.tipHash) ?? .zero).bytes, time: now.time,
      agent: settings.agent)
  }

  func greeted(by hello: Hello, on link: Link) {
    guard let peer = peers[link] else { return }
    guard peer.hello == nil else { return punish(link, .unsolicited("a second greeting")) }
    if let refusal = Handshake.refusal(
      of: hello, network: chain.network, rules: chain.genesis.rules)
    {
      refuse(peer, refusal)
      return unlinked(link)
    }
    peer.hello = hello
    peer.asker = isMember(peer.info.key) ? .member : .stranger
    if let attempt = peer.attempt {
      targetRetry[attempt.target] = nil
      if let address = attempt.address { addresses.markTried(address) }
    }
    peer.bestHeight = hello.height
    announced(hello.tip, by: link)
    peer.toAnnounce = hello.offers.contains(.relay) ? pool.candidates.map(\.id) : []
    let ownWork = (chain.headers.work(chain.headers.bestHeader) ?? .zero).bytes
    peer.hasMoreHeaders = hello.work > ownWork || chain.headers.header(hello.tip) == nil
    note(.established(peer: peer.name, agent: hello.agent, height: hello.height))
    if let address = peer.address, !peer.isOutbound {
      addresses.add(address, from: peer.info.host)
    }
    if peer.isOutbound { askForAddresses(of: peer) }
    continueHeaders()
    advanceDownload()
    askForAudits(of: peer)
    askForApprovals(of: link)
  }

  func unlinked(_ link: Link) {
    guard let peer = peers.removeValue(forKey: link) else { return }
    // Whoever left before a word, or left at all, is not called again at once.
    if let attempt = peer.attempt, !isWaiting(for: attempt) { retryLater(attempt) }
    download.clear(link)
    compacts = compacts.filter { $0.value.link != link }
    if fastStart?.link == link { dropFastStart("the link is gone") }
    forgetWanted(of: link)
    forgetAudits(of: link)
    advanceDownload()
  }

  func failed(_ number: UInt64) {
    guard let attempt = attempts.removeValue(forKey: number) else { return }
    retryLater(attempt)
  }

  private func isWaiting(for attempt: Attempt) -> Bool {
    let retryAt =
      attempt.address.map { addresses[$0.key]?.retryAt ?? 0 } ?? targetRetry[attempt.target]?.at
      ?? 0
    return retryAt > now.milliseconds
  }

  func retryLater(_ attempt: Attempt) {
    if let address = attempt.address {
      addresses.markFailed(address.key, at: now.milliseconds, retry: limits.retry)
    } else {
      let failures = (targetRetry[attempt.target]?.failures ?? 0) + 1
      let wait = limits.retry << min(failures - 1, 5)
      targetRetry[attempt.target] = (now.milliseconds + wait, failures)
    }
  }

  /// Opens links to named nodes and, up to the number wanted, to nodes of the book; no two of these
  /// in one part of the internet.
  func openLinks() {
    let linkedKeys = Set(peers.values.map(\.info.key))
    let tried = Set(attempts.values.map(\.target))
    for target in settings.targets where !tried.contains(target) {
      if let key = target.key, linkedKeys.contains(key) || key == self.key { continue }
      if target.key == nil, namedTargetsLinked.contains(target) { continue }
      guard (targetRetry[target]?.at ?? 0) <= now.milliseconds else { continue }
      open(Attempt(target: target, address: nil, at: now.milliseconds))
    }
    var groups = Set(
      peers.values.filter { $0.isOutbound }.map(\.info.host.group)
        + attempts.values.compactMap { $0.address?.host.group })
    var open = peers.values.count { $0.isOutbound } + attempts.count
    while open < limits.outbound {
      let trying = Set(attempts.values.compactMap { $0.address?.key })
      let choice = addresses.choose(at: now.milliseconds, using: &chance) { address in
        address.key != self.key && !linkedKeys.contains(address.key)
          && !trying.contains(address.key)
          && (address.host.isLocal || !groups.contains(address.host.group))
          && self.bans.reason(
            key: address.key, host: address.host, isMember: { self.isMember(address.key) },
            at: self.networkMilliseconds) == nil
      }
      guard let address = choice else { return }
      groups.insert(address.host.group)
      open += 1
      self.open(
        Attempt(
          target: PeerTarget(host: "\(address.host)", port: address.port, key: address.key),
          address: address, at: now.milliseconds))
    }
  }

  func call(_ target: PeerTarget) {
    open(Attempt(target: target, address: nil, at: now.milliseconds))
  }

  /// Nodes that a link of this node's own leads to.
  private var namedTargetsLinked: Set<PeerTarget> {
    Set(peers.values.compactMap { $0.attempt?.target })
  }

  private func open(_ attempt: Attempt) {
    let number = nextAttempt
    nextAttempt += 1
    attempts[number] = attempt
    act(.connect(attempt: number, attempt.target))
  }

  /// A peer did not answer in time. One that says nothing at all any more is let go, not banned:
  /// its line may be dead.
  func wasLate(_ link: Link, _ what: String) {
    guard let peer = peers[link] else { return }
    peer.unanswered += 1
    guard peer.unanswered < 3 else {
      if let attempt = peer.attempt { retryLater(attempt) }
      refuse(peer, Goodbye(.timedOut, "no answer for \(what)"))
      return unlinked(link)
    }
    punish(link, .late(what))
  }

  /// Costs a peer points; at the limit it is banned.
  func punish(_ link: Link?, _ misconduct: Misconduct) {
    guard let link, let peer = peers[link] else { return }
    peer.conduct.add(misconduct.points, at: now.milliseconds, forgetPoint: limits.forgetPoint)
    note(.misconduct(peer: peer.name, misconduct, points: peer.conduct.points))
    guard peer.conduct.points >= limits.banPoints else { return }
    let until = networkMilliseconds + limits.ban
    bans.add(
      BanList.Ban(
        key: peer.info.key, host: isMember(peer.info.key) ? nil : peer.info.host, until: until,
        reason: misconduct.description),
      at: networkMilliseconds)
    note(.banned(peer: peer.name, until: until, reason: misconduct.description))
    refuse(peer, Goodbye(.misbehaved, misconduct.description))
    unlinked(link)
  }

  /// Lifts a ban.
  /// - Returns: whether there was one.
  public func lift(_ key: PublicKey) -> Bool { bans.lift(key) }

  private func askForAddresses(of peer: Peer) {
    peer.addressesAskedAt = now.milliseconds
    peer.addressesAreDue = true
    send(.getAddresses(GetAddresses()), to: peer.link)
  }

  /// Asks again for addresses while this node wants more links: a peer that has just come up knows
  /// few, and nodes that ask once would stay a ring.
  func askForMoreAddresses() {
    guard peers.values.count(where: \.isOutbound) < limits.outbound else { return }
    for peer in peers.values.sorted(by: { $0.link < $1.link })
    where peer.isOutbound && peer.isEstablished && !peer.addressesAreDue {
      let due = (peer.addressesAskedAt ?? 0) + limits.addressesEvery
      if due <= now.milliseconds { askForAddresses(of: peer) }
    }
  }

  func giveAddresses(to link: Link) {
    guard let peer = peers[link] else { return }
    if let last = peer.addressesGivenAt, now.milliseconds < last + limits.addressesEvery / 2 {
      return punish(link, .flooding("asks for addresses again and again"))
    }
    peer.addressesGivenAt = now.milliseconds
    let count = Int(Addresses.addressCount.upperBound)
    send(.addresses(Addresses(addresses: addresses.sample(count, using: &chance))), to: link)
  }

  func received(_ answer: Addresses, on link: Link) {
    guard let peer = peers[link], peer.addressesAreDue else {
      return punish(link, .unsolicited("addresses"))
    }
    peer.addressesAreDue = false
    for address in answer.addresses where address.key != key {
      addresses.add(address, from: peer.info.host)
    }
    openLinks()
  }

  func ponged(_ pong: Pong, on link: Link) {
    guard let ping = peers[link]?.ping, ping.number == pong.number else {
      return punish(link, .unsolicited("a pong"))
    }
    peers[link]?.latency = now.milliseconds - ping.at
    peers[link]?.ping = nil
  }

  /// Asks quiet links whether they live; closes those that do not answer or never greeted.
  func keepLinksAlive() {
    for peer in peers.values.sorted(by: { $0.link < $1.link }) {
      let silent = now.milliseconds.subtractingDownToZero(peer.heardAt)
      let isDead =
        peer.isEstablished
        ? peer.ping.map { now.milliseconds - $0.at >= limits.pongTimeout } ?? false
        : now.milliseconds - peer.linkedAt >= limits.handshakeTimeout
      if isDead {
        if let attempt = peer.attempt { retryLater(attempt) }
        refuse(peer, Goodbye(.timedOut, peer.isEstablished ? "no pong" : "no greeting"))
        unlinked(peer.link)
      } else if peer.isEstablished, peer.ping == nil, silent >= limits.pingAfter {
        let number = chance.next()
        peers[peer.link]?.ping = (number, now.milliseconds)
        send(.ping(Ping(number: number)), to: peer.link)
      }
    }
  }
}

/// The laws of greeting.
enum Handshake {
  /// Why a greeting is refused, or nil.
  static func refusal(of hello: Hello, network: NetworkId, rules: NetworkRules) -> Goodbye? {
    guard hello.version.major == ProtocolVersion.current.major else {
      return Goodbye(
        .unknownVersion,
        "this node speaks \(ProtocolVersion.current.major), not \(hello.version.major)")
    }
    guard hello.networkName == rules.name else {
      return Goodbye(.otherNetwork, "this is \(rules.name), not \(hello.networkName)")
    }
    guard hello.network == network else {
      return Goodbye(.otherGenesis, "this genesis is \(network.hex), not \(hello.network.hex)")
    }
    return nil
  }
}
