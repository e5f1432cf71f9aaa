// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Foundation
public import PeerProtocol

/// What a node remembers of its approvals: `approvals.bin` in its data folder. It is on the disk
/// before an approval is signed, and part of no backup. Source: Docs/finality.md §4.
public struct FinalityFile: Sendable {
  /// The file's name in the data folder.
  public static let fileName = "approvals.bin"

  private let file: URL
  private let folder: URL

  /// The file of a data folder.
  public init(folder: URL) {
    self.folder = folder
    file = folder.appendingPathComponent(FinalityFile.fileName)
  }

  /// What is remembered; nil with a new disk, and where the file is damaged: the node is silent for
  /// a while then, as if it had forgotten.
  public func read() -> FinalityMemory? {
    guard let data = try? Data(contentsOf: file) else { return nil }
    return try? FinalityMemory(exactly: Array(data))
  }

  /// Writes the memory, in whole or not at all, and waits until the disk has it.
  /// - Throws: when it could not be written: nothing may be signed then.
  public func write(_ memory: FinalityMemory) throws {
    let new = file.appendingPathExtension("new")
    _ = FileManager.default.createFile(
      atPath: new.path, contents: nil, attributes: [.posixPermissions: 0o600])
    let handle = try FileHandle(forWritingTo: new)
    do {
      try handle.write(contentsOf: Data(memory.bytes))
      try handle.synchronize()
      try handle.close()
    } catch {
      try? handle.close()
      throw error
    }
    guard rename(new.path, file.path) == 0 else {
      throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: file.path])
    }
    // The name is on the disk once the folder is.
    let directory = open(folder.path, O_RDONLY)
    guard directory >= 0 else { throw CocoaError(.fileReadUnknown) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw CocoaError(.fileWriteUnknown) }
  }
}
