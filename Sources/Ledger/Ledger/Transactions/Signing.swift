// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import LedgerCrypto

extension StateView {
  /// The key of a member in good standing and of the kind that the act needs.
  func signingKey(of id: MemberId, as kind: MemberKind) throws(ApplyError) -> PublicKey {
    let found: Member?
    do { found = try member(id) } catch { throw .source(error) }
    do { return try KeysLaw.standing(found, id, as: kind).record.key } catch {
      throw .law(.keys(error))
    }
  }

  /// The key of a member in good standing.
  func signingKey(of id: MemberId) throws(ApplyError) -> PublicKey {
    let found: Member?
    do { found = try member(id) } catch { throw .source(error) }
    do { return try KeysLaw.standing(found, id).record.key } catch { throw .law(.keys(error)) }
  }
}

extension SignedTransaction {
  func sign(in network: NetworkId, with key: KeyPair) -> Signature {
    key.sign(SignedMessage.bytes(of: unsignedBytes, in: network))
  }
}

extension Signature {
  /// Stands in a draft until the true signature is made.
  static let empty = Signature(r: .zero, s: .zero)
}
