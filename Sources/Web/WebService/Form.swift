// SPDX-License-Identifier: Apache-2.0

/// A member of a form: its name, what it says, and how it is read off a value.
public struct Field<Root>: Sendable {
  enum Reading: Sendable {
    case scalar(@Sendable (Root) -> Scalar)
    case nested(@Sendable (Root, inout JSONWriter) -> Void)
  }

  let name: String
  /// Its name as JSON has it, with quotes and colon.
  let key: [UInt8]
  let about: String
  let schema: Schema
  let reading: Reading

  /// A member without parts.
  public init(
    _ name: String, _ schema: Schema, _ about: String, _ read: @escaping @Sendable (Root) -> Scalar
  ) {
    self.init(name: name, about: about, schema: schema, reading: .scalar(read))
  }

  /// A member that is a list of whole numbers, none below zero.
  public init(
    numbers name: String, _ about: String, _ read: @escaping @Sendable (Root) -> [UInt64]
  ) {
    self.init(
      name: name, about: about, schema: .list(.count),
      reading: .nested { root, writer in writer.write(read(root)) })
  }

  /// A member that is a list of scalars.
  public init(
    list name: String, of schema: Schema, _ about: String,
    _ read: @escaping @Sendable (Root) -> [Scalar]
  ) {
    self.init(
      name: name, about: about, schema: .list(schema),
      reading: .nested { root, writer in
        writer.array { for item in read(root) { $0.write(item) } }
      })
  }

  /// A member that is a list of forms.
  public init<Item: Form>(
    items name: String, _ about: String, _ read: @escaping @Sendable (Root) -> [Item]
  ) {
    self.init(
      name: name, about: about, schema: .list(.form(Item.schema)),
      reading: .nested { root, writer in
        writer.array { for item in read(root) { item.write(to: &$0) } }
      })
  }

  /// A member that is a form, or null.
  public init<Item: Form>(
    form name: String, _ about: String, _ read: @escaping @Sendable (Root) -> Item?
  ) {
    self.init(
      name: name, about: about, schema: .nullable(.form(Item.schema)),
      reading: .nested { root, writer in
        if let item = read(root) { item.write(to: &writer) } else { writer.write(.null) }
      })
  }
}

/// What an answer says of one thing. Its table of fields makes its JSON, its line of CSV and its
/// schema.
public protocol Form: Sendable {
  /// Its name among the schemas.
  static var name: String { get }
  static var fields: [Field<Self>] { get }
}

extension Form {
  /// The form among the schemas.
  public static var schema: FormSchema {
    FormSchema(name: name) { fields.map { ($0.name, $0.about, $0.schema) } }
  }

  /// Writes it as a JSON object.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      for field in Self.fields {
        writer.key(encoded: field.key)
        switch field.reading {
        case .scalar(let read): writer.write(read(self))
        case .nested(let write): write(self, &writer)
        }
      }
    }
  }

  /// It alone as JSON.
  public var json: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.bytes
  }

  /// Forms as CSV with a line of names; members with parts are left out. Source: RFC 4180.
  static func csv(_ forms: [Self]) -> [UInt8] {
    let columns: [(name: String, read: @Sendable (Self) -> Scalar)] = fields.compactMap {
      guard case .scalar(let read) = $0.reading else { return nil }
      return ($0.name, read)
    }
    var lines = [columns.map(\.name).joined(separator: ",")]
    for form in forms {
      lines.append(columns.map { CSVCell.text($0.read(form)) }.joined(separator: ","))
    }
    return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
  }
}

/// A cell of a table that a spreadsheet opens. Source: RFC 4180.
public enum CSVCell {
  /// The cell of a value.
  public static func text(_ value: Scalar) -> String {
    switch value {
    case .null: ""
    case .flag(let flag): flag ? "true" : "false"
    case .unsigned(let number): "\(number)"
    case .signed(let number): "\(number)"
    case .text(let text): quoted(text)
    }
  }

  /// A name that begins as a formula would is data all the same. Source: OWASP, CSV injection.
  private static func quoted(_ text: String) -> String {
    let isFormula = text.first.map { "=+-@\t\r".contains($0) } ?? false
    let safe = isFormula ? "'" + text : text
    guard safe.contains(where: { ",\"\r\n".contains($0) }) else { return safe }
    return "\"" + safe.replacing("\"", with: "\"\"") + "\""
  }
}

/// What was found of a list of which one more than a page holds was asked for.
public struct Found<Row> {
  /// The rows of this page.
  public let rows: ArraySlice<Row>
  /// Where the list goes on; nil where this is its end.
  public let next: String?

  /// A page of at most `limit` rows of what was found.
  /// - Parameter cursor: what the list goes on from after a row.
  public init(_ found: [Row], limit: Int = Page.usualLimit, cursor: (Row) -> String) {
    rows = found.prefix(limit)
    next = found.count > limit ? rows.last.map(cursor) : nil
  }
}

/// A part of a list, newest or first first, and where it goes on.
public struct Page: Sendable {
  /// Rows of a page where nobody says otherwise.
  public static let usualLimit = 50

  let json: [UInt8]
  let csv: @Sendable () -> [UInt8]
  let next: String?

  /// A page of `items`.
  /// - Parameter next: the cursor of the page after it; nil where this is the last.
  public init<Item: Form>(_ items: [Item], next: String?) {
    var writer = JSONWriter()
    writer.object {
      $0.key("items")
      $0.array { for item in items { item.write(to: &$0) } }
      $0.key("next")
      $0.write(.optional(next))
    }
    json = writer.bytes
    csv = { Item.csv(items) }
    self.next = next
  }

  /// A page of what was found, of which one more than the call's limit was asked for.
  /// - Parameter cursor: what a list goes on from after a row.
  public init<Row, Item: Form>(
    _ rows: [Row], for call: Call, cursor: (Row) -> String, form: (Row) throws -> Item
  ) rethrows {
    let found = Found(rows, limit: call.limit, cursor: cursor)
    self.init(try found.rows.map(form), next: found.next)
  }
}

extension Field {
  /// The same member of a form that is part of a larger one.
  public func of<Whole>(_ part: @escaping @Sendable (Whole) -> Root) -> Field<Whole> {
    let reading: Field<Whole>.Reading =
      switch self.reading {
      case .scalar(let read): .scalar { read(part($0)) }
      case .nested(let write): .nested { write(part($0), &$1) }
      }
    return Field<Whole>(name: name, about: about, schema: schema, reading: reading)
  }

  private init(name: String, about: String, schema: Schema, reading: Reading) {
    self.name = name
    key = JSONWriter.encoded(name)
    self.about = about
    self.schema = schema
    self.reading = reading
  }
}
