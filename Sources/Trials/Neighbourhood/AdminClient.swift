public import Foundation
public import HTTPAPI

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Why a node's admin API gave no answer.
public struct AdminError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

/// Asks a running node's admin API, by the address and token in its data folder.
public struct AdminClient: Sendable {
  private let access: AdminAccess

  /// The client for the node of a data folder; nil where no node with an admin API runs.
  public init?(folder: String) {
    guard let access = AdminAccess(folder: folder) else { return nil }
    self.access = access
  }

  /// What `GET /admin/v1/NAME` answers.
  public func get<Form: Decodable>(_ name: String, as type: Form.Type) async throws -> Form {
    try decode(try await send("GET", name))
  }

  /// Does something: `POST`, or `DELETE` for lifting.
  @discardableResult
  public func act(
    _ name: String, method: String = "POST", body: Data? = nil
  ) async throws -> DoneForm {
    try decode(try await send(method, name, body))
  }

  private func decode<Form: Decodable>(_ data: Data) throws -> Form {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Form.self, from: data)
  }

  private func send(_ method: String, _ name: String, _ body: Data? = nil) async throws -> Data {
    guard let url = URL(string: "http://\(access.address)/admin/v1/\(name)") else {
      throw AdminError(description: "\(access.address) is no address")
    }
    var request = URLRequest(url: url, timeoutInterval: 5)
    request.httpMethod = method
    request.httpBody = body
    request.setValue("Bearer \(access.token)", forHTTPHeaderField: "Authorization")
    let data: Data
    let response: URLResponse
    do { (data, response) = try await URLSession.shared.data(for: request) } catch {
      throw AdminError(
        description: "the node does not answer at \(access.address); does it still run?")
    }
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    guard status == 200 else {
      throw AdminError(
        description: "the node answered \(status): \(String(decoding: data, as: UTF8.self))")
    }
    return data
  }
}
