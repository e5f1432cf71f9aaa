// SPDX-License-Identifier: Apache-2.0

public import Certificates
import Foundation
import Ledger
import LedgerCrypto
public import LedgerFiles
import Markup
import QRCodes
import Quantities

/// Lays a certificate out as a page for a printer, in Japanese and English, with a QR code that
/// leads to its verification. It needs no other file and no network.
public enum CertificateSheet {
  /// The page of a certificate, up to where its signature belongs.
  /// - Parameter link: what the QR code says: an address of a node, or the certificate's own name.
  public static func html(
    _ file: CertificateFile, _ certificate: Certificate, link: String
  ) throws -> String {
    let rows = certificate.attributes.map { attribute -> HTML in
      "<tr><th>\(title(attribute.name))</th><td>\(attribute.value)</td></tr>"
    }
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="ja">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>\(certificate.energyWh) Wh · \(certificate.id.hex.prefix(16))</title>
      <style>\(HTML(raw: PrintStyle.sheet))</style>
      </head>
      <body>
      <header>
      <div>
      <h1>グリーン電力証書<br><small>Green power certificate</small></h1>
      <p class="amount">\(Thousandths.text(certificate.energyWh)) kWh</p>
      <p>\(certificate.producer.name) · \("\(certificate.site.method)")<br>
      \("\(certificate.first.start)") – \
      \("\(certificate.first.advanced(by: certificate.length).start)")</p>
      <p>受益者 Beneficiary: <b>\(certificate.beneficiary)</b><br>
      目的 Purpose: \(certificate.purpose)</p>
      </div>
      <figure>\(HTML(raw: try QRCode(link).svg))<figcaption>\(link)</figcaption></figure>
      </header>
      <table>
      \(rows)
      </table>
      <footer>
      <p>検証 Verify, offline: <code>hinata-verify certificate THIS-PAGE.html --genesis FILE</code></p>
      </footer>
      \(HTML(raw: try ProvenPage<CertificateFile>.script(of: file)))
      </body>
      </html>

      """
    return page.text
  }

  /// What each attribute is called in Japanese and in English.
  private static let titles: [String: (japanese: String, english: String)] = [
    "certificate_id": ("証書番号", "Certificate id"),
    "network": ("ネットワーク", "Network"),
    "network_id": ("ネットワーク番号", "Network id"),
    "issuer": ("発行者", "Issuer"),
    "issuer_id": ("発行者番号", "Issuer id"),
    "issue_time": ("発行日時", "Issued"),
    "status": ("状態", "Status"),
    "producer": ("発電者", "Producer"),
    "producer_id": ("発電者番号", "Producer id"),
    "site": ("設備名", "Site"),
    "site_id": ("設備番号", "Site id"),
    "energy_carrier": ("エネルギーの種類", "Energy carrier"),
    "energy_source": ("発電方法", "Generation method"),
    "technology": ("技術", "Technology"),
    "device_name": ("機器名", "Device"),
    "device_id": ("機器番号", "Device id"),
    "commissioned": ("運転開始日", "Commissioned"),
    "capacity_w": ("定格出力", "Capacity (W)"),
    "production_or_storage": ("発電・蓄電", "Production or storage"),
    "region": ("地域", "Region"),
    "grid_area": ("供給区域", "Grid area"),
    "location": ("位置", "Location"),
    "support_received": ("公的支援", "Support received"),
    "period_start": ("発電期間 開始", "Period start"),
    "period_end": ("発電期間 終了", "Period end"),
    "intervals": ("30 分値の数", "Intervals"),
    "share": ("範囲", "Share"),
    "energy_wh": ("発電量", "Energy (Wh)"),
    "amount_mcoin": ("コイン", "Amount (milli-coins)"),
    "generated_in_period_wh": ("期間の発電量", "Generated in the period (Wh)"),
    "fed_in_of_period_wh": ("うち系統への逆潮流", "Of that fed into the grid (Wh)"),
    "mint": ("発行取引", "Mint"),
    "owner": ("保有者", "Owner"),
    "owner_id": ("保有者番号", "Owner id"),
    "beneficiary": ("受益者", "Beneficiary"),
    "purpose": ("目的", "Purpose"),
    "matched_consumption": ("消費との対応", "Matched consumption"),
    "expiry": ("有効期限", "Expiry"),
    "disclosure": ("開示", "Disclosure"),
    "retirement": ("償却取引", "Retirement"),
    "block": ("ブロック", "Block"),
    "height": ("高さ", "Height"),
    "index": ("順番", "Index"),
  ]

  private static func title(_ name: String) -> String {
    titles[name].map { "\($0.japanese) \($0.english)" } ?? name
  }

  /// What an attribute is called in one of the languages.
  public static func title(_ name: String, japanese: Bool) -> String {
    titles[name].map { japanese ? $0.japanese : $0.english } ?? name
  }
}
