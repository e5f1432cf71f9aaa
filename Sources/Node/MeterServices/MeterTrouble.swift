// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import Product
public import Quantities

/// Something about a home's meters for which somebody is needed, in words.
public struct MeterTrouble: Hashable, Sendable {
  /// What part of the home it is: `site`, `clock`, `disk` or `meter`.
  public let part: String
  /// What is the matter.
  public let text: String
  /// What to do about it.
  public let advice: String

  init(_ part: String = "meter", text: String, advice: String) {
    (self.part, self.text, self.advice) = (part, text, advice)
  }
}

extension MeterHealth {
  /// How long no report is a matter of patience: a day's wait for silent devices, and two hours.
  static let reportPatience: UInt64 = 26 * 3600

  /// Everything for which somebody is needed, the gravest first.
  /// - Parameter now: the network's time, or nil where it is not known.
  public func troubles(_ say: Language, now: NetworkTime? = nil) -> [MeterTrouble] {
    own(say) + counters(say, now) + reports(say, now)
  }

  /// Whether a day and some hours have passed.
  private static func isLong(since: UInt64, _ now: NetworkTime) -> Bool {
    NetworkTime(seconds: since).advanced(by: reportPatience) < now
  }

  /// The box itself.
  private func own(_ say: Language) -> [MeterTrouble] {
    var found: [MeterTrouble] = []
    if otherBox {
      found.append(
        MeterTrouble(
          "site",
          text: say(
            "another box reports with this site's key; this one stands back",
            "別の機器が同じ鍵で報告しているため、本機は報告をやめています"),
          advice: say(
            "stop one of the two for good, then start the other again",
            "どちらか一台を完全に止め、もう一台を起動し直してください")))
    }
    if let clockProblem {
      found.append(
        MeterTrouble(
          "clock",
          text: clockProblem,
          advice: say(
            "timedatectl set-ntp true; nothing is read until then",
            "timedatectl set-ntp true を実行してください。それまで計量は止まります")))
    }
    if let storeProblem {
      found.append(
        MeterTrouble(
          "disk",
          text: storeProblem,
          advice: say(
            "free some space; what is read waits in memory until then",
            "空きを増やしてください。それまで計量値はメモリで待ちます")))
    }
    return found
  }

  /// Devices and their counters.
  private func counters(_ say: Language, _ now: NetworkTime?) -> [MeterTrouble] {
    var found: [MeterTrouble] = []
    // An inverter that has answered sleeps at night: nobody is needed before a day is over.
    for place in silent
    where !place.isKnown || now.map({ MeterHealth.isLong(since: place.since, $0) }) ?? false {
      found.append(
        MeterTrouble(
          text: say(
            "the \(place.name(say)) does not answer; the others are read without it",
            "\(place.name(say))が応答しません。他の機器は計量を続けています"),
          advice: say(
            "is it switched on, and still at that address?", "電源とアドレスを確かめてください")))
    }
    for place in strangers where !isListedByHand {
      found.append(
        MeterTrouble(
          text: say(
            "the \(place.name(say)) answers and does not count: nobody has confirmed it",
            "\(place.name(say))が応答していますが、確認されていないため数えていません"),
          advice: say(
            "say on My home whether it is yours, or add its address to meters.addresses and restart the node",
            "「わが家」で自宅の機器かどうかを選ぶか、meters.addresses にアドレスを加えてノードを再起動してください")))
    }
    for (object, reason) in withoutScale.sorted(by: { $0.key < $1.key }) {
      found.append(
        MeterTrouble(
          text: say(
            "the \(MeterHealth.name(object, say)) counts nothing: \(reason)",
            "\(MeterHealth.name(object, say))は計量できません: \(reason)"),
          advice: say(
            "it is asked again; if it stays so, its maker has to be asked",
            "再試行を続けます。変わらなければメーカーに問い合わせてください")))
    }
    for double in doubles {
      found.append(
        MeterTrouble(
          text: say(
            "the \(double.name(say)) shows the same roof as another device and is not counted",
            "\(double.name(say))は別の機器と同じ太陽光を示すため、数えていません"),
          advice: say(
            "if it is a roof of its own, say so on My home, or set meters.separateRoofs and restart the node",
            "別の屋根なら「わが家」でそう選ぶか、meters.separateRoofs を true にしてノードを再起動してください")))
    }
    if unexplained > 0 {
      found.append(
        MeterTrouble(
          text: say(
            "in \(unexplained) half hours more was sold than any device gave: there is a source that no device shows",
            "\(unexplained) コマで、どの機器の出力よりも多く売電しました。計量されていない電源があります"),
          advice: say(
            "generation without a meter earns no coins; consumption is unknown in those half hours",
            "計量のない発電はコインになりません。その間の消費量は不明です")))
    }
    if aboveRoof > 0 {
      found.append(
        MeterTrouble(
          text: say(
            "in \(aboveRoof) half hours more was generated than the registered panels can give",
            "\(aboveRoof) コマで、登録した容量を超える発電がありました"),
          advice: say(
            "ask the operator to register the right capacity", "容量の登録を運営者に確かめてください")))
    }
    if aboveConnection > 0 {
      found.append(
        MeterTrouble(
          text: say(
            "in \(aboveConnection) half hours more was bought or sold than the registered connection carries",
            "\(aboveConnection) コマで、登録した受電契約を超える売買電がありました"),
          advice: say(
            "ask the operator to register the right connection", "受電契約の登録を運営者に確かめてください")))
    }
    return found
  }

  /// What is reported, and what is not.
  private func reports(_ say: Language, _ now: NetworkTime?) -> [MeterTrouble] {
    var found: [MeterTrouble] = []
    for (flow, since) in unknownSince.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) })
    where now.map({ MeterHealth.isLong(since: since, $0) }) ?? true {
      let name = EnergyFlow.allCases.first { "\($0)" == flow }.map { $0.name(say) } ?? flow
      found.append(
        MeterTrouble(
          text: say(
            "energy \"\(name)\" is unknown since \(NetworkTime(seconds: since))",
            "「\(name)」は \(NetworkTime(seconds: since)) から不明です"),
          advice: say(
            "the device that counts it does not answer or gives no count; all else is reported",
            "計量する機器の応答か積算値がありません。他の量は報告しています")))
    }
    for (interval, reason) in refused.sorted(by: { $0.key < $1.key }).suffix(3) {
      found.append(
        MeterTrouble(
          text: say(
            "the half hour \(interval) was refused: \(reason)",
            "\(interval) の 30 分値は受け付けられませんでした: \(reason)"),
          advice: say("it is left out; the next ones are reported", "このコマを除いて報告を続けます")))
    }
    if let now, lastReported > 0,
      NetworkTime(seconds: lastReported).advanced(by: MeterHealth.reportPatience) < now
    {
      let waits = waiting.map { NetworkTime(seconds: $0).description } ?? ""
      found.append(
        MeterTrouble(
          text: say(
            "nothing is reported after \(NetworkTime(seconds: lastReported))",
            "\(NetworkTime(seconds: lastReported)) より後の報告がありません"),
          advice: waiting == nil
            ? say("journalctl -u hinata says why", "journalctl -u hinata に理由があります")
            : say(
              "the half hour \(waits) waits for counts that may still come",
              "\(waits) のコマが計量値を待っています")))
    }
    return found
  }
}

extension EnergyFlow {
  /// The flow for people.
  public func name(_ say: Language) -> String {
    switch self {
    case .generated: say("PQ1 generated", "PQ1 発電")
    case .consumed: say("PQ2 consumed", "PQ2 消費")
    case .sold: say("PQ3 sold", "PQ3 売電")
    case .purchased: say("PQ4 purchased", "PQ4 買電")
    case .batteryCharged: say("into the battery", "蓄電池 充電")
    case .batteryDischarged: say("out of the battery", "蓄電池 放電")
    case .vehicleCharged: say("into the car", "車 充電")
    case .vehicleDischarged: say("out of the car", "車 放電")
    case .otherGenerated: say("other generation", "その他の発電")
    }
  }
}
