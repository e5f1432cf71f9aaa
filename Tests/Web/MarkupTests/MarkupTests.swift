// SPDX-License-Identifier: Apache-2.0

import Markup
import Testing

@Suite("Pieces of pages")
struct MarkupTests {
  @Test("A text put into a piece is escaped, a piece is not, and nothing is escaped twice")
  func escaping() {
    let name = "<b onclick=\"x\">Sato & 'sons'</b>"
    let cell: HTML = "<td>\(name)</td>"
    #expect(
      cell.text
        == "<td>&lt;b onclick=&quot;x&quot;&gt;Sato &amp; &#39;sons&#39;&lt;/b&gt;</td>")
    let row: HTML = "<tr>\(cell)\([cell, cell])</tr>"
    #expect(row.text == "<tr>\(cell.text)\(cell.text)\(cell.text)</tr>")
    #expect(("\(7 as UInt64) \("日本")" as HTML).text == "7 日本")
  }
}
