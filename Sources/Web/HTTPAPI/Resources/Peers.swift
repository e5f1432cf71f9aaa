// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import ExplorerIndex
import HTTPTypes
import Ledger
import LedgerCrypto
import LedgerStore
import NodeServices
public import PeerProtocol
import Quantities
public import WebService
import Wire

/// A peer of the node, as everybody may see it: no address of a home.
public struct PublicPeerForm: Form {
  public let peer: PeerSummary
  public let member: String?

  public static let name = "Peer"
  public static let fields: [Field<Self>] = [
    Field("key", .id, "Its key.") { .text($0.peer.info.key.value.hex) },
    Field("member_name", .nullable(.text()), "The member whose key it is.") {
      .optional($0.member)
    },
    Field("direction", .choice(["inbound", "outbound"]), "Who opened the link.") {
      .text($0.peer.info.attempt == nil ? "inbound" : "outbound")
    },
    Field("agent", .text(), "The software it runs; empty until it greeted.") {
      .text($0.peer.hello?.agent ?? "")
    },
    Field("height", .count, "Its best block.") { .unsigned($0.peer.bestHeight) },
    Field("latency_ms", .nullable(.count), "Round trip.") { .optional($0.peer.latency) },
    Field("age_seconds", .count, "How long it is linked.") { .unsigned($0.peer.age / 1000) },
    Field("received_bytes", .count, "From it.") { .unsigned($0.peer.bytesIn) },
    Field("sent_bytes", .count, "To it.") { .unsigned($0.peer.bytesOut) },
  ]
}

/// A site on the map, on a grid of a tenth of a degree.
struct MapSiteForm: Form {
  let record: SiteRecord

  static let name = "MapSite"
  static let fields: [Field<Self>] = [
    Field("id", .id, "The site.") { .text($0.record.id.hex) },
    Field("name", .text(), "Its name.") { .text($0.record.name) },
    Field("latitude_tenths", .integer(-900...900), "Degrees north × 10.") {
      .signed(Int64($0.record.position.latitudeTenths))
    },
    Field("longitude_tenths", .integer(-1800...1800), "Degrees east × 10.") {
      .signed(Int64($0.record.position.longitudeTenths))
    },
    Field("capacity_w", .count, "Its PV or plant.") { .unsigned(UInt64($0.record.capacityW)) },
    Field("generation_method", .generationMethod, "How it generates.") {
      .text("\($0.record.method)")
    },
  ]
}

/// An answer to a search.
public struct FoundForm: Form {
  /// What was found, as a path of the explorer tells it.
  public let kind: String
  public let id: String
  public let title: String

  public static let name = "Found"
  public static let fields: [Field<Self>] = [
    Field(
      "kind",
      .choice(["block", "transaction", "member", "site", "lot", "claim", "interval", "day"]),
      "What it is."
    ) { .text($0.kind) },
    Field("id", .text(), "Its id, height, interval or date.") { .text($0.id) },
    Field("title", .text(), "What people call it.") { .text($0.title) },
  ]

  /// Something that was found.
  public init(_ kind: String, _ id: String, _ title: String) {
    self.kind = kind
    self.id = id
    self.title = title
  }
}

extension Resources {
  func network() -> [Endpoint] {
    [
      Endpoint(
        "/api/v1/peers", "network", "The peers of this node.",
        gives: .page(PublicPeerForm.schema), failures: [.serviceUnavailable], isShared: false
      ) { call in
        let peers = try await node().peers
        let from = Int(clamping: call.cursor?.0 ?? 0)
        let rest = peers.dropFirst(from).prefix(call.limit)
        let forms = try rest.map {
          PublicPeerForm(peer: $0, member: try source.member(of: $0.info.key)?.name)
        }
        let end = from + forms.count
        return Answer(Page(forms, next: end < peers.count ? "\(end)" : nil), for: call)
      },
      Endpoint(
        "/api/v1/map", "network", "Where the sites are, to a tenth of a degree.",
        gives: .page(MapSiteForm.schema)
      ) { call in
        let all = try source.index.entities(
          .site, after: call.cursor?.0 ?? 0, limit: call.limit + 1)
        let page = try Page(
          all, for: call, cursor: { "\($0.number)" },
          form: { entity in
            guard let record = try source.site(SiteId(entity.id)) else {
              throw Problem(.serviceUnavailable, "the chain moved on; ask again")
            }
            return MapSiteForm(record: record)
          })
        return Answer(page, for: call)
      },
      Endpoint(
        "/api/v1/search", "network", "What a text names: an id, a height, an interval, a name.",
        [Parameter("q", .text(128), "What to look for.", isRequired: true)],
        gives: .page(FoundForm.schema)
      ) { call in Answer(Page(try source.search(call["q"] ?? ""), next: nil), for: call) },
      Endpoint(
        "/api/v1/events", "network",
        "What happens, as it happens (server-sent events): block, report, mint, transfer, retire, reorganisation, peers.",
        gives: .media("text/event-stream"), failures: [.serviceUnavailable], isShared: false
      ) { _ in try source.hub.answer() },
    ]
  }
}
