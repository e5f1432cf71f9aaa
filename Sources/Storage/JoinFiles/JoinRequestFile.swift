// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Foundation
public import Joining

/// Why a file or a text holds no request.
public struct JoinRequestError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

/// A request as a file that a person can look into, and as the text of a QR code. Only `request`
/// counts; the rest repeats it in words.
public enum JoinRequestFile {
  /// The format's name.
  public static let format = "hinata-join/1"

  private struct Form: Codable {
    let format: String
    let request: String
  }

  /// The text of the QR code: the prefix and the bytes in base64url without padding.
  public static func text(_ request: JoinRequest) -> String {
    JoinRequest.prefix
      + Data(request.bytes).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// The file.
  public static func data(_ request: JoinRequest) throws -> Data {
    var form: [String: Any] = ["format": format, "request": text(request)]
    form["says"] = Dictionary(
      uniqueKeysWithValues: JoinSummary.rows(request).map { ($0.name, $0.value) })
    return try JSONSerialization.data(
      withJSONObject: form, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }

  /// Reads a request from the path of a file, or from the text of a QR code.
  public static func read(_ place: String) throws(JoinRequestError) -> JoinRequest {
    if place.hasPrefix(JoinRequest.prefix) { return try parse(place) }
    guard let data = FileManager.default.contents(atPath: place), data.count < 1 << 16 else {
      throw JoinRequestError(description: "\(place) cannot be read, or is no request")
    }
    return try read(contents: data)
  }

  /// Reads what such a file holds: JSON, or the text alone.
  public static func read(contents data: Data) throws(JoinRequestError) -> JoinRequest {
    if let form = try? JSONDecoder().decode(Form.self, from: data) {
      guard form.format == format else {
        throw JoinRequestError(
          description: "it is of format \(form.format.prefix(40)), not of \(format)")
      }
      return try parse(form.request)
    }
    return try parse(
      String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
  }

  private static func parse(_ text: String) throws(JoinRequestError) -> JoinRequest {
    var code = String(text.dropFirst(JoinRequest.prefix.count)).replacing("-", with: "+")
      .replacing("_", with: "/")
    code += String(repeating: "=", count: (4 - code.count % 4) % 4)
    guard text.hasPrefix(JoinRequest.prefix), let data = Data(base64Encoded: code),
      data.count <= JoinRequest.limit
    else {
      throw JoinRequestError(
        description: "it is no request: a request begins with \(JoinRequest.prefix)")
    }
    do { return try JoinRequest(exactly: Array(data)) } catch {
      throw JoinRequestError(description: "the request is damaged (\(error)); ask for it again")
    }
  }
}
