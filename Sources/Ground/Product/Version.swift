// SPDX-License-Identifier: Apache-2.0

/// The version that every executable prints with `--version`.
public enum Version {
  /// Semantic version; 0 until the network protocol stands.
  public static let text = "0.1.0"
}
