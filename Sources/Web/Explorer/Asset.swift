// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import LedgerCrypto
import WebService

/// A file that pages load: named by its content, so that a browser keeps it for good.
struct Asset: Sendable {
  let path: String
  private let bytes: [UInt8]
  private let type: String
  private let freshness: Answer.Freshness

  private init(_ name: String, _ ending: String, _ type: String, _ bytes: [UInt8]) {
    self.bytes = bytes
    self.type = type
    freshness = .fixed
    path = "/assets/\(name)-\(SHA256.digest(bytes).hex.prefix(12)).\(ending)"
  }

  static let style = Asset("style", "css", "text/css", PackageResources.style_css)
  static let live = Asset("live", "js", "text/javascript", PackageResources.live_js)
  static let icon = Asset("icon", "svg", "image/svg+xml", PackageResources.icon_svg)

  /// What phones and other pages look for under names that stay.
  private static let named = [
    Asset(at: "/icon.svg", "image/svg+xml", PackageResources.icon_svg),
    Asset(at: "/icon.png", "image/png", PackageResources.icon_png),
    Asset(at: "/apple-touch-icon.png", "image/png", PackageResources.icon_png),
    Asset(
      at: "/manifest.webmanifest", "application/manifest+json",
      PackageResources.manifest_webmanifest),
  ]

  private init(at path: String, _ type: String, _ bytes: [UInt8]) {
    (self.path, self.type, self.bytes, freshness) = (path, type, bytes, .changing)
  }

  static var endpoints: [Endpoint] {
    (named + [style, live, icon]).map { asset in
      Endpoint(asset.path, "pages", "", gives: .media(asset.type)) { _ in
        Answer(asset.bytes, type: asset.type, freshness: asset.freshness)
      }
    }
  }
}
