// SPDX-License-Identifier: Apache-2.0

/// Why a data folder cannot be used. Whatever was there is left untouched.
public enum StoreError: Error, Sendable, CustomStringConvertible {
  /// The file is no database of this project.
  case foreign(path: String, found: String)
  /// The file is damaged.
  case damaged(path: String, reason: String)
  /// The file was written by a later version.
  case newer(path: String, migrations: [String])
  /// The file belongs to another network.
  case otherNetwork(path: String, found: String, expected: String)
  /// There is no ledger at this place.
  case missing(path: String)
  /// Disk full, no permission, or another failure of the system.
  case system(path: String, reason: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .foreign(let path, let found):
      "\(path) is not a Hinata database (\(found)). It was left as it is; name another folder."
    case .damaged(let path, let reason):
      "\(path) is damaged: \(reason). It was left as it is; restore a backup, or move it away and "
        + "let the node build the ledger anew."
    case .newer(let path, let migrations):
      "\(path) was written by a later version of Hinata (\(migrations.joined(separator: ", "))). "
        + "Install that version; or move the file away and put back what the upgrade kept beside it. "
        + "A ledger comes again from the peers."
    case .otherNetwork(let path, let found, let expected):
      "\(path) belongs to network \(found), but the genesis file says \(expected). "
        + "Name the genesis file that the folder was made with."
    case .missing(let path): "There is no ledger at \(path). Name the data folder of a node."
    case .system(let path, let reason): "\(path) cannot be used: \(reason)"
    }
  }
}
