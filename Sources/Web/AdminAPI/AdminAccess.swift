// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation

/// Where a node's admin API listens and the token that opens it: `admin.json` in the data folder,
/// readable by its owner alone.
public struct AdminAccess: Codable, Sendable {
  /// The file's name in the data folder.
  public static let fileName = "admin.json"

  /// `host:port`.
  public let address: String
  public let token: String

  /// Reads the access of a running node; nil where none runs with an admin API.
  public init?(folder: String) {
    let file = URL(fileURLWithPath: folder).appendingPathComponent(AdminAccess.fileName)
    guard let data = try? Data(contentsOf: file),
      let access = try? JSONDecoder().decode(AdminAccess.self, from: data)
    else { return nil }
    self = access
  }

  /// A new token for an API at `address`.
  init(address: String) {
    self.address = address
    var random = SystemRandomNumberGenerator()
    token = Bytes32(words: (random.next(), random.next(), random.next(), random.next())).hex
  }

  /// Puts the file into a data folder.
  /// - Throws: where the folder takes no file.
  func write(to folder: URL) throws {
    let file = folder.appendingPathComponent(AdminAccess.fileName)
    let data = try JSONEncoder().encode(self)
    try? FileManager.default.removeItem(at: file)
    guard
      FileManager.default.createFile(
        atPath: file.path, contents: data, attributes: [.posixPermissions: 0o600])
    else { throw CocoaError(.fileWriteUnknown) }
  }
}
