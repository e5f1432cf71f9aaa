// SPDX-License-Identifier: Apache-2.0

/// Commands and what comes back.
extension RouteBSession {
  // MARK: Sending

  /// Sends the next frame when the line is free and the last one is long enough ago.
  mutating func nextFrame(at now: UInt64) -> [Action] {
    guard canSend, pending == nil, now >= nextSend, !outgoing.isEmpty else { return [] }
    let frame = outgoing.removeFirst()
    sending = frame
    nextSend = now + limits.sendInterval
    counts.sent += 1
    if RouteBSession.wantsAnswer(frame) {
      if unanswered == 0 { firstUnanswered = now }
      unanswered += 1
    }
    return command(.send(frame, to: meter), at: now)
  }

  /// Whether a frame of ECHONET Lite is a request: SetC, Get, INF_REQ, SetGet.
  private static func wantsAnswer(_ frame: [UInt8]) -> Bool {
    frame.count > 10 && [0x61, 0x62, 0x63, 0x6E].contains(frame[10])
  }

  mutating func command(_ next: SKStackCommand, at now: UInt64) -> [Action] {
    pending = next
    commandTries = 1
    commandDeadline = now + limits.command
    return [.write(next.bytes(dialect))]
  }

  /// The next command of a phase, or what follows when there is none left.
  mutating func nextStep(at now: UInt64) -> [Action] {
    guard steps.isEmpty else { return command(steps.removeFirst(), at: now) }
    switch phase {
    case .preparing:
      wasScanned = false
      return network == nil ? scan(limits.scans.lowerBound, at: now) : address(at: now)
    case .addressing: return join(attempt: 1, at: now)
    default: return nextFrame(at: now)
    }
  }

  mutating func commandTimedOut(_ late: SKStackCommand, at now: UInt64) -> [Action] {
    commandTries += 1
    if case .send = late {
      // The module lost count of the data, or has gone.
      pending = nil
      failedSends += 1
      return failedSends < 3 ? nextFrame(at: now) : failed(.dongleSilent, at: now)
    }
    guard commandTries <= 3 else { return failed(.dongleSilent, at: now) }
    commandDeadline = now + limits.command
    return [.write(late.bytes(dialect))]
  }

  private mutating func failed(_ state: RouteBState, at now: UInt64) -> [Action] {
    pending = nil
    steps = []
    return rest(state, at: now)
  }

  // MARK: Receiving

  mutating func take(_ reception: SKStackReception, at now: UInt64) -> [Action] {
    switch reception {
    case .ok: return okay(at: now)
    case .fail(let code): return refused(code, at: now)
    case .event(let number, let parameter): return event(number, parameter, at: now)
    case .datagram(let data, let sender, let source, let port, let isSecured):
      guard port == 0x0E1A else { return [] }
      // Whoever sends by radio near by is heard; the meter alone is believed, over the link's own cipher.
      guard source == 0x0E1A, isSecured != false, isMeter(sender) else {
        counts.foreign += 1
        return []
      }
      counts.received += 1
      unanswered = 0
      let opening = phase == .greeting ? begin(at: now) : []
      return opening + [.received(data)]
    case .line(let text): return line(text, at: now)
    case .garbage(let count):
      counts.garbage += count
      return []
    }
  }

  /// Whether an address is the joined meter's; each module writes it in its own way.
  private func isMeter(_ address: String) -> Bool {
    func digits(_ text: String) -> String { text.filter { $0 != ":" }.uppercased() }
    return digits(address) == digits(meter)
  }

  private mutating func okay(at now: UInt64) -> [Action] {
    switch pending {
    case nil, .linkLocal: return []
    case .information where !hasInformation:
      // An answer that is late: the one to this command names the module.
      return []
    case .scan(let duration):
      pending = nil
      let length = limits.scanUnit * 28 * ((1 << UInt64(duration)) + 1)
      phaseDeadline = now + length + length / 2 + limits.command
      return []
    case .join:
      pending = nil
      if case .joining = phase { phaseDeadline = now + limits.join }
      return []
    default:
      pending = nil
      return nextStep(at: now)
    }
  }

  private mutating func refused(_ code: UInt8, at now: UInt64) -> [Action] {
    guard let refused = pending else { return [] }
    switch refused {
    case .version where commandTries < 6, .information where commandTries < 6:
      // What stood on the line before us was taken for a part of it; who refuses is there.
      commandTries += 1
      return [.write(refused.bytes(dialect))]
    case .echoOff, .terminate:
      pending = nil
      return nextStep(at: now)
    case .scan where code == 5 && !hasFlippedDialect, .send where code == 5 && !hasFlippedDialect:
      hasFlippedDialect = true
      dialect = dialect == .dual ? .single : .dual
      return command(refused, at: now)
    case .join:
      pending = nil
      guard case .joining(let attempt) = phase else { return [] }
      return joinFailed(attempt, at: now)
    case .send:
      pending = nil
      return sendFailed(at: now)
    default: return failed(.dongleRefused(command: refused.name, code: code), at: now)
    }
  }

  private mutating func sendFailed(at now: UInt64) -> [Action] {
    failedSends += 1
    guard failedSends >= 3 else {
      // What the module says was not sent is sent again at once: nobody waits for its answer first.
      if let frame = sending.take() {
        outgoing.insert(frame, at: 0)
        if RouteBSession.wantsAnswer(frame) { unanswered = max(0, unanswered - 1) }
      }
      return nextFrame(at: now)
    }
    failedSends = 0
    return lost(at: now)
  }

  private mutating func line(_ text: String, at now: UInt64) -> [Action] {
    let words = text.split(separator: " ")
    switch words.first {
    case "EINFO" where words.count >= 6:
      dialect = words[5].count > 1 ? .single : .dual
      hasInformation = true
    case "EPANDESC":
      panFields = [:]
    default:
      if case .scanning = phase, let colon = text.firstIndex(of: ":") {
        let name = text[..<colon].drop { $0 == " " }
        panFields[String(name)] = String(text[text.index(after: colon)...])
        if name == "PairID" { describe() }
      }
      if case .linkLocal? = pending, text.hasPrefix("FE80:"), text.utf8.count == 39 {
        meter = text
        pending = nil
        return nextStep(at: now)
      }
    }
    return []
  }

  /// Takes a network that was described whole; another household's answers to another pairing id.
  private mutating func describe() {
    guard panFields["PairID"].map({ credentials.id.hasSuffix($0) }) == true,
      let network = RouteBNetwork(
        channel: panFields["Channel"] ?? "", panId: panFields["Pan ID"] ?? "",
        address: panFields["Addr"] ?? "",
        linkQuality: UInt8(panFields["LQI"] ?? "", radix: 16) ?? 0)
    else { return }
    if found.map({ $0.linkQuality < network.linkQuality }) ?? true { found = network }
  }

  private mutating func event(
    _ number: UInt8, _ parameter: UInt8?, at now: UInt64
  ) -> [Action] {
    switch (number, phase) {
    case (0x21, .open):
      guard parameter == 1 else {
        if parameter == 0 { (failedSends, sending) = (0, nil) }
        return []
      }
      return sendFailed(at: now)
    case (0x22, .scanning(let duration)): return scanEnded(duration, at: now)
    case (0x24, .joining(let attempt)): return joinFailed(attempt, at: now)
    case (0x24, .renewing), (0x24, .open): return lost(at: now)
    case (0x25, .joining), (0x25, .renewing), (0x25, .open): return joined(at: now)
    case (0x26, .open), (0x27, .open), (0x28, .open), (0x26, .greeting), (0x27, .greeting):
      return lost(at: now)
    case (0x29, .open), (0x29, .greeting):
      return enter(.renewing, for: limits.renewal, at: now) + show(.renewing)
    case (0x32, _): return setLimited(now + limits.limited, at: now)
    case (0x33, _): return setLimited(nil, at: now)
    default: return []
    }
  }

  // MARK: Scan and join

  mutating func scan(_ duration: Int, at now: UInt64) -> [Action] {
    found = nil
    panFields = [:]
    wasScanned = true
    return enter(.scanning(duration: duration), at: now) + show(.scanning(duration: duration))
      + command(.scan(duration: duration), at: now)
  }

  mutating func scanEnded(_ duration: Int, at now: UInt64) -> [Action] {
    pending = nil
    if let found {
      network = found
      return [.remember(found)] + address(at: now)
    }
    guard duration < limits.scans.upperBound else { return rest(.noMeter, at: now) }
    return scan(duration + 1, at: now)
  }

  mutating func address(at now: UInt64) -> [Action] {
    guard let network else { return scan(limits.scans.lowerBound, at: now) }
    steps = [.channel(network.channel), .panId(network.panId), .linkLocal(network.address)]
    return enter(.addressing, at: now) + nextStep(at: now)
  }

  mutating func join(attempt: Int, at now: UInt64) -> [Action] {
    let frozen = enter(.joining(attempt: attempt), at: now)
    return frozen + show(.joining) + command(.join(meter), at: now)
  }

  mutating func joinFailed(_ attempt: Int, at now: UInt64) -> [Action] {
    pending = nil
    if attempt < limits.joins { return join(attempt: attempt + 1, at: now) }
    guard wasScanned else {
      // The remembered network may be gone: a new meter, another channel.
      return scan(limits.scans.lowerBound, at: now)
    }
    network = nil
    return [.remember(nil)] + rest(.refused, at: now)
  }

  private mutating func joined(at now: UInt64) -> [Action] {
    if phase == .open { return [] }
    // The answer to the join may have been lost: this is as good.
    pending = nil
    counts.joins += 1
    failedSends = 0
    return enter(.greeting, for: limits.greeting, at: now)
  }
}
