// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes

/// Why a request is not answered as asked, as its sender reads it. Source: RFC 9457.
public struct Problem: Error, Sendable {
  public let status: HTTPResponse.Status
  /// What was wrong, with the value, and what to do.
  public let detail: String
  /// Headers that the status wants.
  public var headers: HTTPFields

  /// A problem with these parts.
  public init(_ status: HTTPResponse.Status, _ detail: String, headers: HTTPFields = [:]) {
    self.status = status
    self.detail = detail
    self.headers = headers
  }

  /// A value that cannot be understood.
  public static func badRequest(_ detail: String) -> Problem { Problem(.badRequest, detail) }

  /// Something that is not there.
  public static func notFound(_ detail: String) -> Problem { Problem(.notFound, detail) }

  /// The problem as `application/problem+json`.
  public var json: [UInt8] {
    var writer = JSONWriter()
    writer.object {
      $0.key("type")
      $0.write(.text("about:blank"))
      $0.key("title")
      $0.write(.text(status.reasonPhrase))
      $0.key("status")
      $0.write(.unsigned(UInt64(status.code)))
      $0.key("detail")
      $0.write(.text(detail))
    }
    return writer.bytes
  }
}
