// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import EchonetLite
import Foundation
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import RawLimits

/// Nonces a second on one thread, to OpenSSL's low-level SHA-256 of the same header.
func hashing() throws -> [Figure] {
  let header = try LedgerFixture().genesis.block().header.bytes
  let count: UInt64 = 8_000_000
  let search = NonceSearch(message: header, target: .zero)
  let (raw, own) = rates(
    Int(count), limit: { _ = raw_sha256(header, header.count, count) },
    own: { _ = search?.search(from: 0, count: count) })
  return [
    Figure(
      name: "nonces_per_s", value: own, unit: "1/s a thread", ratio: own / raw,
      to: "low-level OpenSSL SHA-256, state reused, same 178-byte header (\(Int(raw))/s)")
  ]
}

/// Reports a second on one thread, from bytes through signature, laws and state, to libsodium
/// alone.
func verification() throws -> [Figure] {
  var fixture = LedgerFixture(homes: 50)
  var chain = try FixtureChain(fixture)
  try chain.seal(encoded: fixture.admissions, after: 90 * 86_400)
  var reports: [[UInt8]] = []
  for day in 0..<40 {
    for home in 0..<50 {
      let (generated, consumed) = sunnyDay(day * 50 + home)
      let report = try fixture.report(home, generated: generated, consumed: consumed)
      reports.append(Transaction.report(report).bytes)
    }
  }
  let raws = try reports.enumerated().map { index, bytes in
    try RawMessage(bytes, fixture.network, fixture.homes[index % 50].siteKey.publicKey)
  }
  let count = reports.count
  let now = chain.context.time.advanced(by: 600)
  let (raw, own) = try rates(
    count,
    limit: { _ = raw_verify(raws.map(\.form), UInt64(count)) },
    own: {
      var transition = Transition(
        rules: fixture.genesis.rules, time: now, on: chain.state, expecting: count)
      for bytes in reports {
        try transition.apply(try EncodedTransaction(exactly: bytes), in: fixture.network)
      }
    })
  return [
    Figure(
      name: "reports_verified_per_s", value: own, unit: "reports of 48 readings/s a thread",
      ratio: own / raw, to: "libsodium verifications of the same signatures (\(Int(raw))/s)"),
    Figure(
      name: "report_bytes", value: Double(reports[0].count), unit: "bytes a day",
      ratio: Double(reports[0].count) / 480, to: "the aim of 480 bytes"),
  ]
}

/// A signed message laid out for C; its memory is never freed, as the process ends soon.
struct RawMessage {
  let form: raw_signed

  init(_ bytes: [UInt8], _ network: NetworkId, _ key: PublicKey) throws {
    func kept(_ bytes: [UInt8]) -> UnsafePointer<UInt8> {
      let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
      memory.initialize(from: bytes, count: bytes.count)
      return UnsafePointer(memory)
    }
    let message = try EncodedTransaction(exactly: bytes).signedMessage(in: network)
    form = raw_signed(
      signature: kept(Array(bytes.suffix(64))), message: kept(message), length: message.count,
      key: kept(key.value.bytes))
  }
}

/// PQ1 and PQ2 of 48 half hours, with the unevenness of a real day.
func sunnyDay(_ seed: Int) -> (generated: [UInt32], consumed: [UInt32]) {
  var random = SeededGenerator(seed: UInt64(seed))
  let generated = (0..<48).map { slot -> UInt32 in
    let height = max(0, 14 - abs(slot - 24))
    return height == 0
      ? 0 : UInt32(height * height * 7) + UInt32.random(in: 0...200, using: &random)
  }
  let consumed = (0..<48).map { _ in UInt32.random(in: 80...900, using: &random) }
  return (generated, consumed)
}

/// ECHONET Lite frames a second, to pychonet where it is installed.
func frames() throws -> [Figure] {
  let hex =
    "1081 000b 027d1f 05ff01 72 0a a0 04 000023c7 a1 04 00002092 e2 04 0000221b 80 01 30 e4 01 64 "
    + "e5 01 63 e6 01 04 a8 04 001989d7 a9 04 001609b4 cf 01 44"
  let bytes = [UInt8](hex: hex) ?? []
  let frame = try EchonetFrame(exactly: bytes)
  let count = 200_000
  var length = 0
  let (encoded, decoded) = try rates(
    count, limit: { for _ in 0..<count { length &+= frame.bytes.count } },
    own: { for _ in 0..<count { _ = try EchonetFrame(exactly: bytes) } })
  let peer = Pychonet.rate(bytes.hex)
  return [
    Figure(
      name: "frames_decoded_per_s", value: decoded, unit: "frames of 10 properties/s",
      ratio: peer.map { decoded / $0 },
      to: peer.map { "pychonet's decoder (\(Int($0))/s)" } ?? "pychonet is not in .build/pychonet"),
    Figure(
      name: "frames_encoded_per_s", value: encoded, unit: "frames of 10 properties/s",
      ratio: encoded / decoded, to: "decoding"),
  ]
}

/// The decoder of pychonet, timed by Python in the same run.
enum Pychonet {
  static func rate(_ hex: String) -> Double? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: ".build/pychonet/bin/python")
    process.arguments = [
      "-c",
      """
      import timeit
      from pychonet.lib.functions import decodeEchonetMsg
      frame = bytes.fromhex('\(hex)')
      print(20000 / min(timeit.repeat(lambda: decodeEchonetMsg(frame), number=20000, repeat=3)))
      """,
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}
