// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// The last message on a link: why the sender closes it. Bytes: reason ‖ detail (text).
public struct Goodbye: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 2
  /// A reason and a sentence.
  public static let byteLimit = 256

  /// Why a link is closed. The numbers are kept for good.
  public enum Reason: UInt8, CaseIterable, Sendable {
    case shutdown = 0
    case otherNetwork = 1
    case otherGenesis = 2
    case unknownVersion = 3
    case ownSelf = 4
    case duplicate = 5
    case full = 6
    case banned = 7
    case misbehaved = 8
    case timedOut = 9
    case unexpectedKey = 10
    case notMember = 11
  }

  public let reason: Reason
  /// What it was about, for people; up to 200 bytes.
  public let detail: String

  /// A farewell; a detail that is too long is cut.
  public init(_ reason: Reason, _ detail: String = "") {
    self.reason = reason
    let clean = detail.unicodeScalars.filter { $0.properties.generalCategory != .control }
    var kept = ""
    for scalar in clean {
      guard kept.utf8.count + 4 <= 200 else { break }
      kept.unicodeScalars.append(scalar)
    }
    self.detail = kept
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard let reason = Reason(rawValue: try input.readUInt8()) else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    self.reason = reason
    detail = try input.readText(in: 0...200)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.write(reason.rawValue)
    output.writeText(detail)
  }
}
