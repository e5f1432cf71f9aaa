// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// A disk of its own under a data folder, so that it can be filled, or lose its power. Only root
/// may mount one.
public struct SmallDisk: Sendable {
  /// Whether disks can be mounted here.
  public static let isAllowed: Bool = {
    guard geteuid() == 0 else { return false }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-mount-\(UUID().uuidString)")
    guard let disk = try? SmallDisk(folder, megabytes: 4) else { return false }
    disk.remove()
    return true
  }()

  /// Where it is mounted.
  public let folder: URL
  private let image: URL
  private var ballast: URL { folder.appendingPathComponent("ballast") }

  /// An ext4 file system in a file, mounted at `folder`.
  public init(_ folder: URL, megabytes: Int) throws {
    self.folder = folder
    image = folder.appendingPathExtension("image")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try SmallDisk.run(["truncate", "-s", "\(megabytes)M", image.path])
    try SmallDisk.run(["mkfs.ext4", "-q", "-F", image.path])
    try mount()
  }

  private static func run(_ arguments: [String]) throws {
    let result = try Executable.run("/usr/bin/env", arguments)
    guard result.status == 0 else {
      throw Executable.Failure(description: "\(arguments): \(result.output) \(result.errors)")
    }
  }

  private func mount() throws {
    try SmallDisk.run(["mount", "-o", "loop", image.path, folder.path])
  }

  private func unmount() throws { try SmallDisk.run(["umount", folder.path]) }

  /// Leaves no byte free.
  public func fill() throws {
    _ = try Executable.run(
      "/usr/bin/env", ["dd", "if=/dev/zero", "of=\(ballast.path)", "bs=4k", "status=none"])
  }

  /// Gives the space back.
  public func free() throws { try FileManager.default.removeItem(at: ballast) }

  /// Bytes that were written to it since it was mounted, the file system's own included.
  /// Source: Linux, Documentation/block/stat.rst.
  public func bytesWritten() throws -> Int {
    let found = try Executable.run("/usr/bin/env", ["findmnt", "-no", "SOURCE", folder.path])
    let device = found.output.split(whereSeparator: { $0 == "/" || $0.isWhitespace }).last ?? ""
    let stat = try String(contentsOfFile: "/sys/block/\(device)/stat", encoding: .utf8)
    let fields = stat.split { $0.isWhitespace }
    guard fields.count > 6, let sectors = Int(fields[6]) else {
      throw Executable.Failure(description: "\(device): no statistics in \"\(stat)\"")
    }
    return sectors * 512
  }

  /// What the disk would hold if its power failed now: what reached it, without what waits in
  /// memory. The process that writes must stand still.
  public func copy() throws -> URL {
    let (copy, again) = (image.appendingPathExtension("1"), image.appendingPathExtension("2"))
    // The kernel writes back on its own: only two equal copies are of one moment.
    repeat {
      for file in [copy, again] {
        try SmallDisk.run(["cp", "--sparse=always", image.path, file.path])
      }
    } while try Executable.run("/usr/bin/env", ["cmp", "-s", copy.path, again.path]).status != 0
    try FileManager.default.removeItem(at: again)
    return copy
  }

  /// Puts the disk back to a copy; nobody uses it.
  public func restore(_ copy: URL) throws {
    try unmount()
    try FileManager.default.removeItem(at: image)
    try FileManager.default.moveItem(at: copy, to: image)
    try mount()
  }

  /// Takes the disk away.
  public func remove() {
    try? unmount()
    try? FileManager.default.removeItem(at: image)
  }
}
