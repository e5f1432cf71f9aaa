// SPDX-License-Identifier: Apache-2.0

import Ledger

/// What is wrong, and where.
public struct Finding: Error, Hashable, Sendable, CustomStringConvertible {
  /// The height of the block, nil where no single block is at fault.
  public let height: UInt64?
  /// The number of the law that is broken, nil for damage that is no breach of a law.
  public let law: Int?
  /// Index and id of the transaction, where it can be told.
  public let transaction: String?
  public let reason: String

  /// A finding with these parts.
  public init(
    height: UInt64? = nil, law: Int? = nil, transaction: String? = nil, reason: String
  ) {
    self.height = height
    self.law = law
    self.transaction = transaction
    self.reason = reason
  }

  /// The finding in one line.
  public var description: String {
    var parts: [String] = []
    if let height { parts.append("block \(height)") }
    if let law { parts.append("law \(law) (\(Law.title(law)))") }
    if let transaction { parts.append("transaction \(transaction)") }
    return (parts + [reason]).joined(separator: ": ")
  }
}
