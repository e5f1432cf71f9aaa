// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import HTTPTypes
import Hummingbird
import LedgerCrypto
import Logging
import NIOCore

/// From a request to its response.
struct WebResponder: HTTPResponder {
  let limits: WebServer.Limits
  private let routes: Routes
  private let rate: RateLimit
  private let cache: AnswerCache
  private let counts: RequestCounts
  private let logger: Logger
  private let gate: @Sendable (HTTPFields) -> Problem?
  private let page: (@Sendable (Problem, Call) -> Answer?)?
  private let variant: @Sendable (HTTPFields) -> String

  init(
    _ endpoints: [Endpoint], limits: WebServer.Limits, cache: AnswerCache, counts: RequestCounts,
    logger: Logger, gate: @escaping @Sendable (HTTPFields) -> Problem?,
    page: (@Sendable (Problem, Call) -> Answer?)?,
    variant: @escaping @Sendable (HTTPFields) -> String
  ) {
    self.limits = limits
    routes = Routes(endpoints)
    rate = RateLimit(perSecond: limits.requestsPerSecond, burst: limits.burst)
    self.cache = cache
    self.counts = counts
    self.logger = logger
    self.gate = gate
    self.page = page
    self.variant = variant
  }

  func respond(to request: Request, context: WebContext) async throws -> Response {
    let began = ContinuousClock.now
    var route = "none"
    let response: Response
    do {
      response = try await answer(request, context, &route)
    } catch {
      response = failure(error, request, context)
    }
    let took = ContinuousClock.now - began
    counts.count(route, request.method, response.status, took)
    logger.debug(
      "request",
      metadata: [
        "method": "\(request.method)", "path": "\(request.uri.string.prefix(200))",
        "status": "\(response.status.code)", "took": "\(took)",
        "client": "\(client(request, context))",
      ])
    return response
  }

  private func answer(
    _ request: Request, _ context: WebContext, _ route: inout String
  ) async throws -> Response {
    if let seconds = rate.take(client(request, context)) {
      throw Problem(
        .tooManyRequests, "more than \(limits.requestsPerSecond) requests a second; wait",
        headers: [.retryAfter: "\(seconds)"])
    }
    let authority = request.head.authority ?? ""
    guard limits.hosts.allow(authority) else {
      throw Problem(
        .misdirectedRequest,
        "this node does not answer for \"\(authority.prefix(80))\": name it in api.hosts if it is yours"
      )
    }
    if let problem = gate(request.headers) { throw problem }
    let uri = request.uri.string
    guard uri.utf8.count <= limits.uriBytes else {
      throw Problem(.uriTooLong, "the path and its query have more than \(limits.uriBytes) bytes")
    }
    let (path, query) = RequestTarget.split(uri)
    guard let (endpoint, values, allowed) = routes.find(path, request.method) else {
      throw Problem.notFound("nothing is at \(path); /api/v1/openapi.json lists what is")
    }
    route = endpoint.path
    if request.method == .options { return preflight(allowed) }
    guard endpoint.method == request.method || (request.method == .head && endpoint.method == .get)
    else {
      throw Problem(
        .methodNotAllowed, "\(path) takes \(names(allowed)) alone",
        headers: [.allow: names(allowed)])
    }
    let key = endpoint.isShared ? cacheKey(request, uri) : nil
    if let key, let entry = cache.entry(key) { return respond(entry, request) }
    let generation = cache.generation
    let call = try await call(endpoint, values, query, request, context)
    let answer = try await endpoint.handle(call)
    return finish(answer, request, context, key: key, generation: generation)
  }

  private func client(_ request: Request, _ context: WebContext) -> String {
    ClientAddress.of(
      context.client, forwarded: request.headers[.xForwardedFor], trusted: limits.trustedProxies)
  }

  /// What else besides the address decides the answer.
  private func cacheKey(_ request: Request, _ uri: String) -> String {
    guard !uri.hasPrefix("/api/") else { return uri }
    // Pages name the host in the commands that they show.
    return "\(uri)\n\(request.head.authority ?? "")\n\(variant(request.headers))"
  }

  private func names(_ allowed: [HTTPRequest.Method]) -> String {
    var names = allowed.map(\.rawValue)
    if names.contains("GET") { names.append("HEAD") }
    return (names + ["OPTIONS"]).joined(separator: ", ")
  }

  private func preflight(_ allowed: [HTTPRequest.Method]) -> Response {
    var headers = common("application/json")
    headers[.accessControlAllowMethods] = names(allowed)
    headers[.accessControlAllowHeaders] = "content-type, if-none-match"
    headers[.accessControlMaxAge] = "86400"
    headers[.allow] = names(allowed)
    headers[.contentType] = nil
    return Response(status: .noContent, headers: headers)
  }

  private func call(
    _ endpoint: Endpoint, _ path: [String: String], _ query: Substring, _ request: Request,
    _ context: WebContext
  ) async throws -> Call {
    var values = try RequestTarget.values(of: query)
    for (name, value) in path {
      guard let decoded = RequestTarget.decoded(value[...]) else {
        throw Problem.badRequest("\(name) \"\(value)\" is not percent-encoded UTF-8")
      }
      values[name] = decoded
    }
    for (name, value) in values {
      guard let parameter = endpoint.parameters.first(where: { $0.name == name }) else {
        throw Problem.badRequest(
          "there is no parameter \"\(name.prefix(40))\"; there are "
            + endpoint.parameters.map(\.name).joined(separator: ", "))
      }
      if let fault = parameter.fault(in: value) {
        throw Problem.badRequest("\(name) \"\(value.prefix(80))\" \(fault)")
      }
    }
    for parameter in endpoint.parameters where parameter.isRequired {
      guard values[parameter.name] != nil else {
        throw Problem.badRequest("the parameter \(parameter.name) is missing")
      }
    }
    return Call(
      path: endpoint.path, target: request.uri.string, headers: request.headers, values: values,
      body: try await body(endpoint, request), client: client(request, context),
      authority: request.head.authority ?? "")
  }

  private func body(_ endpoint: Endpoint, _ request: Request) async throws -> [UInt8] {
    guard let (type, most) = endpoint.body else { return [] }
    let given = request.headers[.contentType]?.split(separator: ";").first.map(String.init) ?? ""
    guard given == type else {
      throw Problem(.unsupportedMediaType, "the body is \"\(given)\"; \(type) is wanted")
    }
    let tooLarge = Problem(.contentTooLarge, "the body has more than \(most) bytes")
    if let length = request.headers[.contentLength].flatMap(Int.init), length > most {
      throw tooLarge
    }
    var bytes: [UInt8] = []
    for try await part in request.body {
      bytes.append(contentsOf: part.readableBytesView)
      guard bytes.count <= most else { throw tooLarge }
    }
    return bytes
  }

  // MARK: The way back

  private func finish(
    _ answer: Answer, _ request: Request, _ context: WebContext, key: String?, generation: UInt64
  ) -> Response {
    var headers = common(answer.type)
    for field in answer.headers { headers[field.name] = field.value }
    headers[.cacheControl] =
      switch answer.freshness {
      case .changing: "no-cache"
      case .fixed: "public, max-age=31536000, immutable"
      case .never: "no-store"
      }
    guard case .bytes(let bytes) = answer.body else {
      guard case .stream(let write) = answer.body else { return Response(status: answer.status) }
      let body =
        request.method == .head
        ? ResponseBody()
        : PatientWriter.body(over: context.channel, patience: limits.patience, write)
      return Response(status: answer.status, headers: headers, body: body)
    }
    let isWorthCompressing = bytes.count > 512 && !answer.type.hasPrefix("image/png")
    let tag = "\"\(SHA256.digest(bytes).hex.prefix(24))\""
    headers[.eTag] = answer.status == .ok ? tag : nil
    headers[.vary] =
      "accept-encoding" + (answer.type.hasPrefix("text/html") ? ", cookie, accept-language" : "")
    let entry = AnswerCache.Entry(
      status: answer.status, headers: headers, tag: tag, bytes: ByteBuffer(bytes: bytes),
      isWorthCompressing: isWorthCompressing)
    if let key, answer.status == .ok, answer.freshness != .never {
      cache.keep(entry, for: key, generation: generation)
    }
    return respond(entry, request)
  }

  private func respond(_ entry: AnswerCache.Entry, _ request: Request) -> Response {
    var headers = entry.headers
    var body = entry.bytes
    if Negotiation.takesGzip(request.headers[.acceptEncoding]), let gzip = entry.gzip {
      headers[.contentEncoding] = "gzip"
      body = gzip
      // Other bytes, another strong tag. Source: RFC 9110 §8.8.3.
      if let tag = headers[.eTag] { headers[.eTag] = "\(tag.dropLast())-gz\"" }
    }
    if let tag = headers[.eTag], Negotiation.has(tag, request.headers[.ifNoneMatch]) {
      headers[.contentType] = nil
      headers[.contentEncoding] = nil
      return Response(status: .notModified, headers: headers)
    }
    if request.method == .head {
      headers[.contentLength] = "\(body.readableBytes)"
      return Response(status: entry.status, headers: headers)
    }
    return Response(status: entry.status, headers: headers, body: .init(byteBuffer: body))
  }

  private func common(_ type: String) -> HTTPFields {
    var headers: HTTPFields = [
      .contentType: type, .xContentTypeOptions: "nosniff", .accessControlAllowOrigin: "*",
    ]
    headers[.referrerPolicy] = "same-origin"
    headers[.accessControlExposeHeaders] = "etag, link, retry-after"
    if type.hasPrefix("text/html") {
      headers[.accessControlAllowOrigin] = nil
      headers[.contentSecurityPolicy] = """
        default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
        connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'
        """
    }
    return headers
  }

  private func failure(
    _ error: any Error, _ request: Request, _ context: WebContext
  ) -> Response {
    let problem: Problem
    if let known = error as? Problem {
      problem = known
    } else {
      logger.error(
        "request failed",
        metadata: ["path": "\(request.uri.string.prefix(200))", "error": "\(error)"])
      problem = Problem(.internalServerError, "this node could not answer; its log says why")
    }
    let call = Call(
      path: request.uri.path, target: request.uri.string, headers: request.headers, values: [:],
      body: [], client: client(request, context),
      authority: request.head.authority ?? "")
    var answer =
      page.flatMap { $0(problem, call) }
      ?? Answer(problem.json, type: "application/problem+json", freshness: .never)
    answer.status = problem.status
    for field in problem.headers { answer.headers[field.name] = field.value }
    return finish(answer, request, context, key: nil, generation: 0)
  }
}

extension HTTPField.Name {
  static let referrerPolicy = HTTPField.Name("Referrer-Policy") ?? .server
  static let xForwardedFor = HTTPField.Name("X-Forwarded-For") ?? .server
}
