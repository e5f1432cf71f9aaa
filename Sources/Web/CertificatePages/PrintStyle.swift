// SPDX-License-Identifier: Apache-2.0

/// How sheets look on paper: they carry their style, since they need no other file.
enum PrintStyle {
  static let sheet = """
    @page{size:A4;margin:14mm}
    body{font:10pt/1.45 sans-serif;color:#111;background:#fff;max-width:180mm;margin:auto}
    header{display:flex;justify-content:space-between;gap:8mm;border-bottom:1mm solid #c60}
    h1{font-size:20pt;margin:0}small{font-size:11pt;font-weight:normal}
    .amount{font-size:26pt;font-weight:bold;margin:2mm 0;color:#a40}
    figure{margin:0;width:38mm;text-align:center}figure svg{width:38mm;height:38mm}
    figcaption{font-size:6pt;overflow-wrap:anywhere}
    table{border-collapse:collapse;width:100%;margin-top:4mm}
    th,td{text-align:left;vertical-align:top;border-bottom:.2mm solid #ccc;padding:.6mm 2mm .6mm 0}
    th{width:62mm;font-weight:normal;color:#555}td{overflow-wrap:anywhere}
    """

  /// The map of half hours and its legend, beside the sheet's own.
  static let heat = """
    .chart{margin-top:4mm}.plot{display:grid;grid-template-columns:64px minmax(0,1fr)}.chart svg{display:block;overflow:visible}
    .chart text{font-size:9px;fill:#333}.t-e{text-anchor:end}.t-m{text-anchor:middle}.v text,.rest{visibility:hidden}.hit{fill:none}
    .h-0{fill:#e4ddd0}.h-1{fill:#b9d8d3}.h-2{fill:#7fb8af}.h-3{fill:#3d8f84}.h-4{fill:#00564d}.h-line{fill:#777}.h-key{stroke:#777;fill:none}
    .legend{list-style:none;display:flex;gap:4mm;flex-wrap:wrap;padding:0;margin:1mm 0;font-size:8pt}.legend svg{width:3mm;height:3mm;margin-right:1mm}
    *{print-color-adjust:exact;-webkit-print-color-adjust:exact}h2{font-size:12pt;margin:5mm 0 1mm}.n{text-align:right}
    """
}
