// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Certificates
import Chain
import EchonetLite
import Foundation
import Joining
import Ledger
import LedgerCrypto
import LedgerFiles
import Metering
import PeerProtocol
import Proofs
import Quantities
import RouteB
import Wire

/// One decoder of foreign bytes: it may refuse, but what it takes it must write again byte for
/// byte.
private func decode<Value: Canonical>(_ type: Value.Type, _ bytes: [UInt8]) {
  guard let value = try? Value(exactly: bytes) else { return }
  precondition(value.bytes == bytes, "\(type) has two encodings of one value")
}

/// Frames of ECHONET Lite: counts of 255 and more are cut, all else comes back.
private func decodeFrame(_ bytes: [UInt8]) {
  guard let frame = try? EchonetFrame(exactly: bytes) else { return }
  precondition(frame.bytes == bytes)
  guard case .message(let message) = frame.content else { return }
  let definition = DeviceClass.known(message.source.classCode)
  for property in message.properties + message.second {
    _ = definition?[property.code]?.type.decode(property.data).description
    _ = PropertyMap(data: property.data)
    _ = InstanceList.decode(property.data)
  }
}

private func decodeEntry(_ bytes: [UInt8]) {
  guard let first = bytes.first,
    let kind = StateKey.Kind(rawValue: first % UInt8(StateKey.Kind.allCases.count)),
    let entry = try? StateEntry(kind, exactly: Array(bytes.dropFirst()))
  else { return }
  precondition(entry.bytes == Array(bytes.dropFirst()))
}

/// A frame between nodes, as it lies in a stream.
private func decodeWire(_ bytes: [UInt8]) {
  guard let (kind, count) = try? WireFrame.header(bytes) else { return }
  let payload = Array(bytes.dropFirst(WireFrame.headerByteCount))
  guard payload.count == count, let message = try? Message(kind: kind, payload: payload) else {
    return
  }
  precondition(WireFrame.bytes(of: message) == bytes, "\(message.name) has two encodings")
}

/// A certificate or a proof that somebody sent, as a file or as a page.
private func decodeCertificate(_ bytes: [UInt8]) {
  let data = Data(bytes)
  _ = try? CertificateFile(reading: data)
  _ = try? ProvenPage<CertificateFile>(reading: data)
  _ = try? StatementFile(reading: data)
  _ = try? ProvenPage<StatementFile>(reading: data)
  _ = try? ProofFile(reading: data)
}

/// A chain file, which is read by its path.
private func decodeChainFile(_ bytes: [UInt8]) {
  let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("hinata-fuzz-\(ProcessInfo.processInfo.processIdentifier)").path
  guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else { return }
  defer { try? FileManager.default.removeItem(atPath: path) }
  guard let file = try? ChainFileReader(path: path) else { return }
  for height in 0...file.top { _ = try? file.block(height: height) }
}

/// What a serial line carries, in two pieces; whatever came before, a whole event is heard after a
/// pause.
private func decodeSerial(_ bytes: [UInt8]) {
  var input = SKStackInput()
  let cut = bytes.isEmpty ? 0 : Int(bytes[0]) % bytes.count
  _ = input.take(Array(bytes[..<cut]))
  _ = input.take(Array(bytes[cut...]))
  input.reset()
  precondition(input.take(Array("EVENT 29 FE80\r\n".utf8)).last == .event(0x29, parameter: nil))
}

/// A network of two members, whose proofs are judged.
private let judged = Genesis(
  rules: NetworkRules(
    name: "fuzz", time: NetworkTime(seconds: 1_767_225_600), membership: .closed,
    easiestTarget: 0x207F_FFFF, searchSeconds: 10, retargetBlocks: 2016,
    blockPeriod: .seconds(1800),
    shareBlocks: 32, shareDivisor: 4, milliCoinsPerKilowattHour: 1000, balanceToleranceWh: 300,
    roofTolerancePerMille: 100, reportLateness: 1440, claimDays: 400, clockFactor: 1,
    blockBytes: 4_194_304, blockTransactions: 20_000, checkpointSeconds: 21_600,
    approveAfterSeconds: 5_400, termEpochs: 120, restartSeconds: 1_209_600),
  members: [
    MemberRecord(
      kind: .operator, name: "Operator", key: KeyPair(seed: SHA256.digest([1])).publicKey),
    MemberRecord(kind: .exchange, name: "Exchange", key: KeyPair(seed: .zero).publicKey),
  ])

/// What a verifier does with a certificate's proof, or with one of finality: whatever it states, it
/// is refused, since nobody here signs.
private func judgeProof(_ bytes: [UInt8]) {
  guard let judge = try? ProofJudge(judged) else { return }
  if let proof = try? CertificateProof(exactly: bytes) {
    precondition((try? judge.standing(of: proof.basis)) == nil)
    _ = (try? Certificate(proof, genesis: judged))?.attributes
  }
  if let proof = try? StatementProof(exactly: bytes) {
    precondition((try? judge.standing(of: proof.basis)) == nil)
    _ = (try? Statement(proof, genesis: judged))?.attributes
  }
  if let trail = try? TransactionTrail(exactly: bytes), let last = trail.headers.last {
    _ = trail.block(below: last)
  }
  if let proof = try? FinalityProof(exactly: bytes), let known = try? KnownTerm(judged) {
    precondition((try? proof.verify(from: known)) == nil)
  }
}

/// What an auditor does with a foreign report's counters and the samples under them: up to three
/// registers, then evidence. Nothing of it may trap.
private func auditEvidence(_ bytes: [UInt8]) {
  var input = ByteReader(bytes)
  var registers: [MeterRegister] = []
  guard let count = try? input.readUInt8() else { return }
  for _ in 0..<Int(count % 4) {
    guard let register = try? MeterRegister(from: &input) else { return }
    registers.append(register)
  }
  guard let evidence = try? Evidence(from: &input), let first = evidence.samples.first else {
    return
  }
  let interval = Interval(containing: first.time)
  let readings = (0..<3).map { Reading(interval: interval.advanced(by: $0), quality: .measured) }
  guard
    let report = try? Report(
      site: SiteId(.zero), gapBefore: 0, readings: readings, registers: registers,
      sampleRoot: evidence.root, network: NetworkId(.zero), signedBy: KeyPair(seed: .zero))
  else { return }
  _ = EvidenceAudit.finding(on: report, bytes: evidence.bytes, offset: .japan)
}

/// What a node makes of what a home's devices say: a first byte chooses the devices, the samples
/// are theirs. Readings, previews and running totals may be anything but a trap; totals never fall.
private func readHome(_ bytes: [UInt8]) {
  guard let choice = bytes.first, let evidence = try? Evidence(exactly: Array(bytes.dropFirst())),
    let first = evidence.samples.first
  else { return }
  let classes: [UInt16] = [0x0288, 0x0279, 0x027D, 0x027E, 0x02A5, 0x0287, 0x028A, 0x027C]
  let devices = classes.enumerated().filter { choice >> UInt8($0.offset) & 1 == 1 }.map {
    MeteredDevice(
      number: UInt8($0.offset + 1), address: "a", object: EchonetObject($0.element),
      codes: Set(UInt8(0x80)...0xFF))
  }
  var plan = FlowPlan(devices)
  for device in devices where device.role?.scale != nil {
    plan.take(
      try? MeterScale.of(
        device.object, values: [0xE1: [1], 0xE6: [1], 0xD7: [6], 0xE5: [6], 0xC2: [3]],
        codes: device.codes), of: device)
  }
  var book = MeterBook(plan, offset: .japan)
  book.record(evidence.samples.map { ($0, nil) })
  book.dropSilentSale()
  let interval = Interval(containing: first.time)
  var cutter = ReadingCutter(tolerance: WattHours(500), progress: nil)
  _ = cutter.cut(book, first: interval, length: 3)
  var totals = RunningTotals(.init(), offset: .japan)
  totals.follow(plan, at: first.time)
  var before: [EnergyFlow: UInt64] = [:]
  for sample in evidence.samples {
    totals.take([sample])
    for flow in EnergyFlow.allCases {
      let now = totals.wattHours(of: flow) ?? 0
      precondition(now >= before[flow] ?? 0 || totals.wattHours(of: flow) == nil)
      before[flow] = max(now, before[flow] ?? 0)
    }
  }
  if let kept = try? JSONEncoder().encode(totals.kept) {
    _ = try? JSONDecoder().decode(RunningTotals.Kept.self, from: kept)
  }
}

/// Foreign frames to the node itself, and to a dialogue that waits for an answer.
private func converse(_ bytes: [UInt8]) {
  guard let frame = try? EchonetFrame(exactly: bytes), case .message(let message) = frame.content
  else { return }
  var node = SelfNode(unique: [1])
  let asked = bytes.count
  for reply in node.answer(message, at: 0) {
    let answer = EchonetFrame(1, reply.message).bytes
    precondition(answer.count <= 2 * asked + 600, "a short question draws a long answer")
  }
  var session = NodeSession(transaction: frame.transaction)
  let wanted = [0xE0, 0xE1, 0xE3, 0xEA].map { UInt8($0) }
  _ = session.submit(.init(id: 1, object: message.source, get: wanted), at: 0)
  _ = session.receive(message, transaction: frame.transaction, at: 1)
  _ = session.tick(at: 1 << 40)
}

/// The decoders; the first byte of an input chooses one.
private let decoders: [@Sendable ([UInt8]) -> Void] = [
  { decode(Transaction.self, $0) }, { decode(Block.self, $0) }, { decode(BlockHeader.self, $0) },
  { decode(Genesis.self, $0) }, { decode(Claim.self, $0) }, { decode(Evidence.self, $0) },
  { decode(EntryProof.self, $0) }, { decode(TransactionProof.self, $0) },
  { decode(MerkleProof.self, $0) }, { decodeEntry($0) }, { decodeFrame($0) },
  { decodeWire($0) }, { decode(LanBeacon.self, $0) }, { decode(AuditNote.self, $0) },
  { decode(ClaimDecision.self, $0) }, { decode(CertificateProof.self, $0) },
  { decodeCertificate($0) }, { decodeChainFile($0) }, { decodeSerial($0) },
  { decode(JoinRequest.self, $0) }, { auditEvidence($0) },
  { readHome($0) }, { converse($0) }, { decode(FinalityMemory.self, $0) },
  { decode(FinalityProof.self, $0) }, { decode(TransactionTrail.self, $0) },
  { decode(KnownFinal.self, $0) }, { decode(KnownCheckpoint.self, $0) }, { judgeProof($0) },
]

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 0 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  decoders[Int(bytes[0]) % decoders.count](Array(bytes.dropFirst()))
  return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ callback: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// The package manager makes `main` an alias of this name; libFuzzer's own main is then left out.
@_cdecl("hinata_fuzz_main")
public func main(
  _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
  var count = count
  var arguments = arguments
  return runDriver(&count, &arguments) { fuzz($0, $1) }
}
