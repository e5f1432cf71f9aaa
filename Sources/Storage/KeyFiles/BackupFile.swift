// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// A backup of a home's identity in one file, sealed by a password: keys, settings that joining
/// found out, devices and the request. What the chain and the meters give again is left out.
///
/// Text: JSON with `format` and the fields of the box; inside, JSON of file names and their
/// contents in base64.
public enum BackupFile {
  /// The format's name.
  public static let format = "hinata-backup/1"
  /// What belongs to an identity, besides `keys/`.
  private static let names = ["home.json", "devices.json", "join-request.json", "join-request.svg"]

  private struct Form: Codable {
    let format: String
    let box: PasswordBox
  }

  /// Writes the backup of a data folder.
  /// - Returns: the names of the files in it.
  public static func write(
    folder: URL, to path: String, password: String, cost: KeyFile.Cost = .usual
  ) throws -> [String] {
    guard !FileManager.default.fileExists(atPath: path) else {
      throw KeyFileError.exists(path: path)
    }
    let keys = folder.appendingPathComponent("keys")
    let inside = try FileManager.default.contentsOfDirectory(atPath: keys.path).sorted()
      .map { "keys/\($0)" }
    var files: [String: Data] = [:]
    for name in inside + names {
      files[name] = FileManager.default.contents(atPath: folder.appendingPathComponent(name).path)
    }
    let bytes = Array(try JSONEncoder().encode(files))
    let form = Form(
      format: format,
      box: try PasswordBox(sealing: bytes, password: password, cost: cost, path: path))
    guard
      FileManager.default.createFile(
        atPath: path, contents: try JSONEncoder().encode(form),
        attributes: [.posixPermissions: 0o600])
    else { throw KeyFileError.system(path: path, reason: "the file cannot be written") }
    return files.keys.sorted()
  }

  /// Puts a backup into a data folder that has no keys yet; nothing is overwritten.
  /// - Returns: the names of the files.
  public static func restore(_ path: String, to folder: URL, password: String) throws -> [String] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw KeyFileError.missing(path: path)
    }
    guard let form = try? JSONDecoder().decode(Form.self, from: data), form.format == format else {
      throw KeyFileError.malformed(path: path)
    }
    let bytes = try form.box.open(password: password, path: path)
    let files = try JSONDecoder().decode([String: Data].self, from: Data(bytes))
    for name in files.keys {
      let isKey = name.hasPrefix("keys/") && !name.dropFirst(5).contains("/")
      guard isKey && !name.contains("..") || names.contains(name) else {
        throw KeyFileError.malformed(path: path)
      }
      let file = folder.appendingPathComponent(name).path
      guard !FileManager.default.fileExists(atPath: file) else {
        throw KeyFileError.exists(path: file)
      }
    }
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("keys"), withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    for (name, contents) in files {
      let file = folder.appendingPathComponent(name).path
      guard
        FileManager.default.createFile(
          atPath: file, contents: contents, attributes: [.posixPermissions: 0o600])
      else { throw KeyFileError.system(path: file, reason: "the file cannot be written") }
    }
    return files.keys.sorted()
  }
}
