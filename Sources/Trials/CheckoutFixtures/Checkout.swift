// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// The checkout that tests run in, and the measured data beside it.
public enum Checkout {
  /// The folder of the checkout.
  public static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// `../shared/data`, which is no part of the repository and may be absent.
  public static let measured = root.deletingLastPathComponent()
    .appendingPathComponent("shared/data")

  /// Whether a file or folder of the measured data is there.
  public static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: measured.appendingPathComponent(name).path)
  }
}
