// SPDX-License-Identifier: Apache-2.0

/// A prefecture of Japan: where a home is, as coarsely as the ledger says it. Positions are those
/// of the prefecture's office; grid areas those of most of its homes. Sources: ISO 3166-2:JP;
/// OCCTO, areas of the general transmission and distribution operators.
public struct Prefecture: Hashable, Sendable {
  /// Its ISO 3166-2 code, for example `JP-13`.
  public let code: String
  public let english: String
  public let japanese: String
  /// The grid operator's area of most of it.
  public let gridArea: String
  /// Degrees north and east × 10.
  public let latitudeTenths: Int
  public let longitudeTenths: Int

  /// The prefecture of a code (`JP-13`, `13`) or a name in English or Japanese, or nil.
  public init?(_ text: String) {
    let wanted = text.lowercased()
    guard
      let found = Prefecture.all.first(where: {
        [$0.code.lowercased(), String($0.code.dropFirst(3)), $0.english.lowercased(), $0.japanese]
          .contains(wanted) || $0.japanese.dropLast() == wanted
      })
    else { return nil }
    self = found
  }

  private init(
    _ number: String, _ english: String, _ japanese: String, _ gridArea: String, _ latitude: Int,
    _ longitude: Int
  ) {
    code = "JP-\(number)"
    self.english = english
    self.japanese = japanese
    self.gridArea = gridArea
    latitudeTenths = latitude
    longitudeTenths = longitude
  }

  /// All, from north to south.
  public static let all: [Prefecture] = [
    Prefecture("01", "Hokkaido", "北海道", "hokkaido", 431, 1413),
    Prefecture("02", "Aomori", "青森県", "tohoku", 408, 1407),
    Prefecture("03", "Iwate", "岩手県", "tohoku", 397, 1412),
    Prefecture("04", "Miyagi", "宮城県", "tohoku", 383, 1409),
    Prefecture("05", "Akita", "秋田県", "tohoku", 397, 1401),
    Prefecture("06", "Yamagata", "山形県", "tohoku", 382, 1404),
    Prefecture("07", "Fukushima", "福島県", "tohoku", 378, 1405),
    Prefecture("08", "Ibaraki", "茨城県", "tokyo", 363, 1404),
    Prefecture("09", "Tochigi", "栃木県", "tokyo", 366, 1399),
    Prefecture("10", "Gunma", "群馬県", "tokyo", 364, 1391),
    Prefecture("11", "Saitama", "埼玉県", "tokyo", 359, 1396),
    Prefecture("12", "Chiba", "千葉県", "tokyo", 356, 1401),
    Prefecture("13", "Tokyo", "東京都", "tokyo", 357, 1397),
    Prefecture("14", "Kanagawa", "神奈川県", "tokyo", 354, 1396),
    Prefecture("15", "Niigata", "新潟県", "tohoku", 379, 1390),
    Prefecture("16", "Toyama", "富山県", "hokuriku", 367, 1372),
    Prefecture("17", "Ishikawa", "石川県", "hokuriku", 366, 1366),
    Prefecture("18", "Fukui", "福井県", "hokuriku", 361, 1362),
    Prefecture("19", "Yamanashi", "山梨県", "tokyo", 357, 1386),
    Prefecture("20", "Nagano", "長野県", "chubu", 367, 1382),
    Prefecture("21", "Gifu", "岐阜県", "chubu", 354, 1367),
    Prefecture("22", "Shizuoka", "静岡県", "chubu", 350, 1384),
    Prefecture("23", "Aichi", "愛知県", "chubu", 352, 1369),
    Prefecture("24", "Mie", "三重県", "chubu", 347, 1365),
    Prefecture("25", "Shiga", "滋賀県", "kansai", 350, 1359),
    Prefecture("26", "Kyoto", "京都府", "kansai", 350, 1358),
    Prefecture("27", "Osaka", "大阪府", "kansai", 347, 1355),
    Prefecture("28", "Hyogo", "兵庫県", "kansai", 347, 1352),
    Prefecture("29", "Nara", "奈良県", "kansai", 347, 1358),
    Prefecture("30", "Wakayama", "和歌山県", "kansai", 342, 1352),
    Prefecture("31", "Tottori", "鳥取県", "chugoku", 355, 1342),
    Prefecture("32", "Shimane", "島根県", "chugoku", 355, 1331),
    Prefecture("33", "Okayama", "岡山県", "chugoku", 347, 1339),
    Prefecture("34", "Hiroshima", "広島県", "chugoku", 344, 1325),
    Prefecture("35", "Yamaguchi", "山口県", "chugoku", 342, 1315),
    Prefecture("36", "Tokushima", "徳島県", "shikoku", 341, 1346),
    Prefecture("37", "Kagawa", "香川県", "shikoku", 343, 1340),
    Prefecture("38", "Ehime", "愛媛県", "shikoku", 338, 1328),
    Prefecture("39", "Kochi", "高知県", "shikoku", 336, 1335),
    Prefecture("40", "Fukuoka", "福岡県", "kyushu", 336, 1304),
    Prefecture("41", "Saga", "佐賀県", "kyushu", 332, 1303),
    Prefecture("42", "Nagasaki", "長崎県", "kyushu", 327, 1299),
    Prefecture("43", "Kumamoto", "熊本県", "kyushu", 328, 1307),
    Prefecture("44", "Oita", "大分県", "kyushu", 332, 1316),
    Prefecture("45", "Miyazaki", "宮崎県", "kyushu", 319, 1314),
    Prefecture("46", "Kagoshima", "鹿児島県", "kyushu", 316, 1306),
    Prefecture("47", "Okinawa", "沖縄県", "okinawa", 262, 1277),
  ]
}
