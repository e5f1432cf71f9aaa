// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import HTTPTypes
import NIOCore
public import Quantities

/// What one path of a server answers, with all that its description needs.
public struct Endpoint: Sendable {
  /// What an answer is made of.
  public enum Content: Sendable {
    case form(FormSchema)
    /// A list in pages, as JSON or CSV.
    case page(FormSchema)
    /// Another type, for example `text/html`.
    case media(String)
  }

  public let method: HTTPRequest.Method
  /// Its path, with parameters in braces: `/api/v1/blocks/{block}`.
  public let path: String
  let summary: String
  /// The group that it stands in.
  let tag: String
  let parameters: [Parameter]
  let content: Content
  /// Bytes of a body that it takes, and their type; nil where it takes none.
  let body: (type: String, most: Int)?
  /// What it may refuse besides bad values, busy clients and faults of ours.
  let failures: [HTTPResponse.Status]
  /// Whether answers may be kept for others until the chain moves.
  let isShared: Bool
  let handle: @Sendable (Call) async throws -> Answer

  /// Something to read.
  public init(
    _ path: String, _ tag: String, _ summary: String, _ parameters: [Parameter] = [],
    gives content: Content, failures: [HTTPResponse.Status] = [], isShared: Bool = true,
    handle: @escaping @Sendable (Call) async throws -> Answer
  ) {
    method = .get
    self.path = path
    self.tag = tag
    self.summary = summary
    if case .page = content {
      self.parameters = parameters + [.limit, .after, .format]
    } else {
      self.parameters = parameters
    }
    self.content = content
    body = nil
    self.failures = failures
    self.isShared = isShared
    self.handle = handle
  }

  /// Something to do, often with a body that is sent along.
  public init(
    _ method: HTTPRequest.Method, _ path: String, _ tag: String, _ summary: String,
    _ parameters: [Parameter] = [], body: (type: String, most: Int)? = nil,
    gives content: Content, failures: [HTTPResponse.Status] = [],
    handle: @escaping @Sendable (Call) async throws -> Answer
  ) {
    self.method = method
    self.path = path
    self.tag = tag
    self.summary = summary
    self.parameters = parameters
    self.content = content
    self.body = body
    self.failures = failures
    isShared = false
    self.handle = handle
  }
}

/// A request whose parameters were checked.
public struct Call: Sendable {
  /// The path of the endpoint.
  public let path: String
  /// The path that was asked for, with its query.
  public let target: String
  public let headers: HTTPFields
  let values: [String: String]
  /// The body, where the endpoint takes one.
  public let body: [UInt8]
  /// The address that it came from.
  public let client: String
  /// The host and port that it was sent to.
  public let authority: String

  /// The text of a parameter, nil where it was left out.
  public subscript(name: String) -> String? { values[name] }

  /// A parameter of kind `id`.
  public func id(_ name: String) -> Bytes32? { values[name].flatMap { Bytes32(hex: $0) } }

  /// A parameter of kind `integer`.
  public func integer(_ name: String) -> Int64? { values[name].flatMap { Int64($0) } }

  /// A parameter of kind `date`.
  public func date(_ name: String) -> CalendarDate? {
    values[name].flatMap { CalendarDate(text: $0) }
  }

  /// A parameter of kind `interval`.
  public func interval(_ name: String) -> Interval? { values[name].flatMap { Interval(text: $0) } }

  /// How many items are wanted.
  public var limit: Int { integer("limit").map(Int.init) ?? Page.usualLimit }

  /// The one or two numbers of the cursor.
  public var cursor: (Int64, Int64)? {
    guard let parts = values["after"]?.split(separator: "."), let first = Int64(parts[0]) else {
      return nil
    }
    return (first, parts.count > 1 ? Int64(parts[1]) ?? 0 : 0)
  }

  /// A cookie of the request.
  public func cookie(_ name: String) -> String? { headers.cookie(name) }
}

extension HTTPFields {
  /// The value of a cookie.
  public func cookie(_ name: String) -> String? {
    for header in self[values: .cookie] {
      for pair in header.split(separator: ";") {
        let parts = pair.split(separator: "=", maxSplits: 1)
        if parts.count == 2, parts[0].drop(while: { $0 == " " }) == name { return String(parts[1]) }
      }
    }
    return nil
  }
}

/// What an endpoint answers.
public struct Answer: Sendable {
  /// How long an answer holds.
  public enum Freshness: Sendable {
    /// Until the chain moves: asked again, cheaply.
    case changing
    /// For good: it is named by its hash and deep in the chain.
    case fixed
    /// It is nobody else's, or of this moment.
    case never
  }

  enum Body: Sendable {
    case bytes([UInt8])
    case stream(@Sendable (PatientWriter) async throws -> Void)
  }

  var status: HTTPResponse.Status = .ok
  let type: String
  let body: Body
  var freshness: Freshness
  /// Headers besides the usual.
  public var headers: HTTPFields = [:]

  /// Bytes of a media type.
  public init(
    _ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok,
    freshness: Freshness = .changing
  ) {
    self.type = type
    self.status = status
    body = .bytes(bytes)
    self.freshness = freshness
  }

  /// A form as JSON.
  public init(_ form: some Form, freshness: Freshness = .changing) {
    self.init(form.json, type: "application/json", freshness: freshness)
  }

  /// A page of a list, in the format that the call wants.
  public init(_ page: Page, for call: Call) {
    if call["format"] == "csv" {
      self.init(page.csv(), type: "text/csv; charset=utf-8")
    } else {
      self.init(page.json, type: "application/json")
    }
    if let next = page.next {
      let rest = call.values.filter {
        $0.key != "after" && call.path.contains("{\($0.key)}") == false
      }
      let query =
        (rest.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } + ["after=\(next)"])
        .joined(separator: "&")
      headers[.init("Link") ?? .location] = "<?\(query)>; rel=\"next\""
    }
  }

  /// Bytes that are written as they come.
  public init(
    streaming type: String, _ write: @escaping @Sendable (PatientWriter) async throws -> Void
  ) {
    self.type = type
    body = .stream(write)
    freshness = .never
  }

  /// Leads elsewhere after a form was sent.
  public init(seeing location: String) {
    self.init([], type: "text/plain", status: .seeOther, freshness: .never)
    headers[.location] = location
  }
}
