// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto

/// The operator registers a site of a member. Bytes: kind 3 ‖ operator (32) ‖ record ‖ signature.
public struct RegisterSite: SignedTransaction {
  /// The first byte of the encoding.
  public static let domain = SigningDomain.registerSite
  /// The operator that does this.
  public let `operator`: MemberId
  public let record: SiteRecord
  /// The signature over network and body.
  public private(set) var signature: Signature

  /// Signs a registration.
  public init(operator: MemberId, record: SiteRecord, network: NetworkId, signedBy key: KeyPair) {
    self.operator = `operator`
    self.record = record
    signature = .empty
    signature = sign(in: network, with: key)
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    `operator` = try MemberId(from: &input)
    record = try SiteRecord(from: &input)
    signature = try Signature(from: &input)
  }

  /// Appends the body without the signature.
  public func encodeBody(to output: inout ByteWriter) {
    `operator`.encode(to: &output)
    record.encode(to: &output)
  }

  /// The key that has to sign this.
  public func signer(in state: StateView) throws(ApplyError) -> PublicKey {
    try state.signingKey(of: `operator`, as: .operator)
  }

  /// The site's key.
  public var admitted: Bytes32? { record.key.value }

  /// Changes the state by this transaction, or says which law forbids it.
  public func apply(to transition: inout Transition) throws(ApplyError) {
    let owner = record.member
    let member = try transition.read { s throws(StateSourceError) in try s.member(owner) }
    _ = try Transition.obey(LawViolation.keys) { () throws(KeysLaw.Violation) in
      try KeysLaw.standing(member, owner)
    }
    guard record.key.isValid else { throw .law(.keys(.badKey(record.key))) }
    let id = record.id
    if try transition.read({ s throws(StateSourceError) in try s.site(id) }) != nil {
      throw .law(.keys(.alreadyThere(id.value)))
    }
    if record.capacityW > 0 { try takeDevice(for: id, in: &transition) }
    try transition.register(record.key, for: KeyHolder(member: owner, site: id))
    transition.state.set(.site(id), .site(record))
  }

  /// A device feeds one site. It goes over to another one of its member, or of anybody once its
  /// member is suspended; the former site reports no more, and no half hour counts at both.
  private func takeDevice(
    for id: SiteId, in transition: inout Transition
  ) throws(ApplyError) {
    let device = record.device
    let former = try transition.read { s throws(StateSourceError) in try s.site(with: device) }
    transition.state.set(.device(device), .device(DeviceHolder(site: id)))
    guard let former else { return }
    let (site, known) = try transition.read { s throws(StateSourceError) in
      (try s.site(former), try s.progress(former))
    }
    guard let site else { return }
    let member = try transition.read { s throws(StateSourceError) in try s.member(site.member) }
    guard site.member == record.member || member?.isSuspended == true else {
      throw .law(.keys(.deviceTaken(former)))
    }
    var progress = known ?? SiteProgress(next: site.activeFrom)
    guard record.activeFrom >= progress.next else {
      throw .law(.noEnergyTwice(.reported(until: progress.next, by: former)))
    }
    progress.isEnded = true
    transition.state.set(.progress(former), .progress(progress))
  }
}
