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
import Proofs
import RouteB
import Wire

/// One decoder of foreign bytes: it may refuse, but what it takes it must write again byte for byte.
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
  _ = try? CertificatePage(reading: data)
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

/// What a serial line carries, in two pieces; whatever came before, a whole event is heard after a pause.
private func decodeSerial(_ bytes: [UInt8]) {
  var input = SKStackInput()
  let cut = bytes.isEmpty ? 0 : Int(bytes[0]) % bytes.count
  _ = input.take(Array(bytes[..<cut]))
  _ = input.take(Array(bytes[cut...]))
  input.reset()
  precondition(input.take(Array("EVENT 29 FE80\r\n".utf8)).last == .event(0x29, parameter: nil))
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
  { decode(JoinRequest.self, $0) },
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
