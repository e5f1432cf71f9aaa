// SPDX-License-Identifier: Apache-2.0

import Foundation
public import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOPosix

/// Why a node's admin API gave no answer.
public struct AdminError: Error, Sendable, CustomStringConvertible {
  public let description: String

  /// An error with what is wrong, and what to do.
  public init(description: String) { self.description = description }
}

/// Asks a running node's admin API, by the address and token in its data folder.
public struct AdminClient: Sendable {
  /// The media type of claims and transactions.
  static let bodyType = "application/octet-stream"
  /// An answer has at most so many bytes.
  private static let most = 16 << 20

  private let access: AdminAccess

  /// The client for the node of a data folder; nil where no node with an admin API runs.
  public init?(folder: String) {
    guard let access = AdminAccess(folder: folder) else { return nil }
    self.access = access
  }

  /// What `GET /admin/v1/NAME` answers.
  /// - Throws: `AdminError` where nobody answers or the node refuses.
  public func get<Form: Decodable>(_ name: String, as type: Form.Type) async throws -> Form {
    try decode(await send(.get, name))
  }

  /// Does something: `POST`, or `DELETE` for lifting.
  /// - Throws: `AdminError` where nobody answers or the node refuses.
  @discardableResult
  public func act(
    _ name: String, method: HTTPRequest.Method = .post, body: [UInt8]? = nil
  ) async throws -> DoneForm {
    try decode(await send(method, name, body))
  }

  private func decode<Form: Decodable>(_ data: Data) throws -> Form {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Form.self, from: data)
  }

  private func send(
    _ method: HTTPRequest.Method, _ name: String, _ body: [UInt8]? = nil
  ) async throws -> Data {
    var request = HTTPRequest(
      method: method, scheme: "http", authority: access.address, path: "/admin/v1/\(name)",
      headerFields: [
        .authorization: "Bearer \(access.token)", .connection: "close",
        .contentLength: "\(body?.count ?? 0)",
      ])
    if body != nil { request.headerFields[.contentType] = AdminClient.bodyType }
    let answer: (status: HTTPResponse.Status, data: Data)
    do { answer = try await exchange(request, body ?? []) } catch let error as AdminError {
      throw error
    } catch {
      throw AdminError(
        description: "the node does not answer at \(access.address); does it still run?")
    }
    guard answer.status == .ok else {
      let detail = try? JSONDecoder().decode(Refusal.self, from: answer.data).detail
      throw AdminError(
        description: "the node answered \(answer.status.code): "
          + (detail ?? String(decoding: answer.data, as: UTF8.self)))
    }
    return answer.data
  }

  /// The part of a problem that a person reads. Source: RFC 9457.
  private struct Refusal: Decodable {
    let detail: String
  }

  private func exchange(
    _ request: HTTPRequest, _ body: [UInt8]
  ) async throws -> (status: HTTPResponse.Status, data: Data) {
    guard let colon = access.address.lastIndex(of: ":"),
      let port = Int(access.address[access.address.index(after: colon)...])
    else { throw AdminError(description: "\(access.address) is no address") }
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connectTimeout(.seconds(5))
      .connect(host: String(access.address[..<colon]), port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          try channel.pipeline.syncOperations.addHandlers([
            IdleStateHandler(readTimeout: .seconds(5)), GivesUpWhenIdle(),
            HTTP1ToHTTPClientCodec(),
          ])
          return try NIOAsyncChannel<HTTPResponsePart, HTTPRequestPart>(
            wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(.head(request))
      if !body.isEmpty { try await outbound.write(.body(ByteBuffer(bytes: body))) }
      try await outbound.write(.end(nil))
      var status: HTTPResponse.Status?
      var data = Data()
      for try await part in inbound {
        switch part {
        case .head(let head): status = head.status
        case .body(let bytes): data.append(contentsOf: bytes.readableBytesView)
        case .end: return (status ?? .internalServerError, data)
        }
        guard data.count <= AdminClient.most else { throw ChannelError.eof }
      }
      throw ChannelError.eof
    }
  }
}

/// Closes a connection on which nothing comes.
private final class GivesUpWhenIdle: ChannelInboundHandler {
  typealias InboundIn = Never

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard event is IdleStateHandler.IdleStateEvent else {
      return context.fireUserInboundEventTriggered(event)
    }
    context.close(promise: nil)
  }
}
