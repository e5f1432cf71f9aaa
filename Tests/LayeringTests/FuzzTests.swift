// SPDX-License-Identifier: Apache-2.0

import CheckoutFixtures
import Foundation
import Testing

/// Holds the list of fuzz targets to the decoders that there are.
@Suite("What is fuzzed")
struct FuzzTests {
  /// Types that are read only inside of another, which is fuzzed.
  private static let inside: [String: String] = [
    "Approval": "Transaction", "BlockPeriod": "Genesis", "Bytes32": "Transaction",
    "Checkpoint": "Transaction",
    "CheckpointEntry": "StateEntry", "CoarsePosition": "Transaction", "DayFlows": "StateEntry",
    "DeviceHolder": "StateEntry", "Edition": "Transaction", "ForeignLot": "Transaction",
    "FinalBlock": "FinalityProof", "Handover": "FinalityProof",
    "FinalProof": "Transaction", "ProofBasis": "CertificateProof", "FinalityState": "StateEntry",
    "Record": "FinalityMemory",
    "Seat": "StateEntry", "Signed": "Message", "SignedVote": "FinalityMemory",
    "FinalityRecord": "Transaction", "RestartProof": "Transaction", "RestartVote": "Transaction",
    "SeatSignatures": "Transaction", "Vote": "Transaction",
    "HostAddress": "Message", "Identifier": "Transaction", "Item": "EntryProof",
    "KeyHolder": "StateEntry", "Lot": "StateEntry", "LotPart": "Transaction",
    "Member": "StateEntry", "MemberCoins": "StateEntry", "MemberKind": "Transaction",
    "MemberRecord": "Transaction", "MeterRegister": "Transaction", "NetworkRules": "Genesis",
    "NetworkTag": "Block",
    "PeerAddress": "Message", "ProtocolVersion": "Message", "PublicKey": "Transaction",
    "Sample": "Evidence", "SealedHeader": "Block", "ShortId": "Message",
    "Signature": "Transaction", "SiteDay": "StateEntry", "SiteProgress": "StateEntry",
    "SiteRecord": "Transaction", "StateProof": "EntryProof", "StateSubtree": "Message",
    "Supply": "StateEntry", "Term": "StateEntry",
  ]
  /// Readers of foreign bytes that are no canonical values.
  private static let readers = [
    "EchonetFrame", "PropertyMap", "InstanceList", "SKStackInput", "WireFrame", "CertificateFile",
    "ProvenPage", "StatementFile", "ProofFile", "ChainFileReader",
  ]

  @Test("Every canonical type is fuzzed, alone or inside of one that is; so is every other reader")
  func all() throws {
    let file = Checkout.root.appendingPathComponent("Tests/Fuzz/Sources/hinata-fuzz/Fuzz.swift")
    let targets = try String(contentsOf: file, encoding: .utf8)
    func isFuzzed(_ name: String) -> Bool {
      targets.split { !$0.isLetter && !$0.isNumber }.contains(name[...])
    }
    var found: Set<String> = []
    for path in House.swiftFiles(below: "Sources") {
      let text = try String(contentsOf: Checkout.root.appendingPathComponent(path), encoding: .utf8)
      for match in text.matches(of: /(?:struct|enum|class|extension) (\w+)[^{\n]*\bCanonical\b/) {
        found.insert(String(match.1))
      }
    }
    #expect(found.count > 30)
    for name in found.sorted() {
      let target = Self.inside[name] ?? name
      #expect(isFuzzed(target), "\(name) is decoded and no fuzz target reaches it")
    }
    for name in Self.readers { #expect(isFuzzed(name), "\(name) is not fuzzed") }
    let gone = Set(Self.inside.keys).subtracting(found)
    #expect(gone.isEmpty, "\(gone.sorted()) are no canonical types any more")
  }
}
