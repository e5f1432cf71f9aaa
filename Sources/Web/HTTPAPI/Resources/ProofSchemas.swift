// SPDX-License-Identifier: Apache-2.0

import Certificates
import Ledger
import LedgerFiles
import WebService

extension Schema {
  /// How a site generates.
  static let generationMethod = Schema.choice(GenerationMethod.allCases.map { "\($0)" })
  /// What public support generation receives.
  static let publicSupport = Schema.choice(PublicSupport.allCases.map { "\($0)" })
  /// Production, storage or consumption.
  static let energyRole = Schema.choice(EnergyRole.allCases.map { "\($0)" })
}

// Proof files and certificates are written by their own modules, which know no forms; these say
// what they write.
extension FormSchema {
  private static let basis: (name: String, about: String, schema: Schema) = (
    "basis", "The final block that the proof is under, and what makes it final.", .base64
  )
  private static let proofFormat: (name: String, about: String, schema: Schema) = (
    "format", "The format's name and version.", .choice([ProofFile.format])
  )

  static let entryProof = FormSchema(name: "EntryProofFile") {
    [
      proofFormat, basis,
      (
        "entry", "What the state holds for a key, or that it holds nothing, with its path.", .base64
      ),
    ]
  }

  static let transactionProof = FormSchema(name: "TransactionProofFile") {
    [
      proofFormat, basis,
      (
        "transaction", "A transaction with its path, and the headers from its block to that one.",
        .base64
      ),
    ]
  }

  static let certificateFile = FormSchema(name: "CertificateFile") {
    [
      ("format", "The format's name and version.", .choice([CertificateFile.format])),
      ("certificate", "What is stated, for people.", .form(certificate)),
      ("proof", "Lot, mint, retirement, and what makes the block final.", .base64),
      (
        "headers", "In an open network: all sealed headers, by which the proof is judged.",
        .nullable(.base64)
      ),
    ]
  }

  static let statementFile = FormSchema(name: "StatementFile") {
    [
      ("format", "The format's name and version.", .choice([StatementFile.format])),
      ("statement", "What is stated as a whole, for people: names and texts.", .object),
      ("certificates", "A row of names and texts for each retired lot.", .list(.object)),
      ("proof", "Lots, days, mints, retirements, and what makes the block final.", .base64),
      (
        "headers", "In an open network: all sealed headers, by which the proof is judged.",
        .nullable(.base64)
      ),
    ]
  }

  /// Every value is text, as it is printed; verification compares each with what the proof gives.
  static let certificate = FormSchema(name: "Certificate") {
    let number = Schema.text(pattern: "^[0-9]+$")
    return [
      ("certificate_id", "The retired lot.", .id),
      ("network", "The network's name.", .text()),
      ("network_id", "The network's id.", .id),
      ("issuer", "The exchange that minted.", .text()),
      ("issuer_id", "Its member id.", .id),
      ("issue_time", "When it was minted.", .time),
      ("status", "Retired: nobody can use it again.", .choice(["retired"])),
      ("producer", "Who generated.", .text()),
      ("producer_id", "The producer's member id.", .id),
      ("site", "Where it was generated.", .text()),
      ("site_id", "The site's id.", .id),
      ("energy_carrier", "What is certified.", .choice(["electricity"])),
      ("energy_source", "How.", .generationMethod),
      ("technology", "The kind of plant.", .text()),
      ("device_name", "The plant's name.", .text()),
      ("device_id", "The plant's id.", .text()),
      ("commissioned", "Since when it runs.", .date),
      ("capacity_w", "What it can give, in W.", number),
      ("production_or_storage", "The site's role.", .energyRole),
      ("region", "The region.", .text()),
      ("grid_area", "The grid area.", .text()),
      ("location", "Degrees north and east, to a tenth.", .text()),
      ("support_received", "Public support of the generation.", .publicSupport),
      ("period_start", "When generation began.", .time),
      ("period_end", "When it ended.", .time),
      ("intervals", "Its half hours.", number),
      ("share", "Whether all of the period's generation is in it.", .text()),
      ("energy_wh", "Energy in Wh.", number),
      ("amount_mcoin", "Coins in thousandths.", number),
      (
        "generated_in_period_wh", "All that the site generated in the period, or unknown.", .text()
      ),
      ("fed_in_of_period_wh", "What of it went into the grid, or unknown.", .text()),
      ("mint", "The minting transaction.", .id),
      ("owner", "Who retired it.", .text()),
      ("owner_id", "The owner's member id.", .id),
      ("beneficiary", "For whom.", .text()),
      ("purpose", "For what.", .text()),
      (
        "matched_consumption", "The consumption beside it, half hour by half hour, or none.",
        .text()
      ),
      ("expiry", "Until when it can be used: it is used up.", .text()),
      ("disclosure", "That the value is used once.", .text()),
      ("retirement", "The retiring transaction.", .id),
    ]
  }
}
