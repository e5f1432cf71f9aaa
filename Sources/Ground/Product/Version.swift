// SPDX-License-Identifier: Apache-2.0

import CProduct

/// The version that every executable prints with `--version`.
public enum Version {
  /// Semantic version; 0 until the network protocol stands.
  public static let number = "0.1.0"

  /// The version with what tells this build apart: a package of no release names its commit.
  public static let text = number + String(cString: hinata_build())
}
