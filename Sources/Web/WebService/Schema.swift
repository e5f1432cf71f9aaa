// SPDX-License-Identifier: Apache-2.0

/// What a JSON value looks like, as the OpenAPI document says it. Source: JSON Schema 2020-12.
public indirect enum Schema: Sendable {
  case flag
  /// A whole number in a range.
  case integer(ClosedRange<Int64>)
  case text(format: String? = nil, pattern: String? = nil, most: Int? = nil)
  case choice([String])
  case nullable(Schema)
  case list(Schema)
  case form(FormSchema)
  /// An object that another document describes.
  case object

  /// A count or an amount.
  public static let count = Schema.integer(0...(1 << 53 - 1))
  /// 64 hexadecimal digits.
  public static let id = Schema.text(pattern: "^[0-9a-f]{64}$")
  /// A time in UTC.
  public static let time = Schema.text(format: "date-time")
  /// Bytes in base64.
  public static let base64 = Schema.text(pattern: "^[A-Za-z0-9+/]*={0,2}$")
  /// A day.
  public static let date = Schema.text(format: "date")

  /// Writes the schema.
  public func write(to writer: inout JSONWriter, isNullable: Bool = false) {
    switch self {
    case .nullable(let inner) where inner.isForm:
      writer.object {
        $0.key("anyOf")
        $0.array {
          inner.write(to: &$0)
          $0.object {
            $0.key("type")
            $0.write(.text("null"))
          }
        }
      }
    case .nullable(let inner): inner.write(to: &writer, isNullable: true)
    case .form(let form):
      writer.object {
        $0.key("$ref")
        $0.write(.text("#/components/schemas/\(form.name)"))
      }
    default: writer.object { keywords(&$0, isNullable) }
    }
  }

  private var isForm: Bool { if case .form = self { true } else { false } }

  private func keywords(_ writer: inout JSONWriter, _ isNullable: Bool) {
    writer.key("type")
    if isNullable {
      writer.array {
        $0.write(.text(type))
        $0.write(.text("null"))
      }
    } else {
      writer.write(.text(type))
    }
    switch self {
    case .integer(let range):
      writer.key("minimum")
      writer.write(.signed(range.lowerBound))
      writer.key("maximum")
      writer.write(.signed(range.upperBound))
    case .text(let format, let pattern, let most):
      for (key, value) in [("format", format), ("pattern", pattern)] {
        guard let value else { continue }
        writer.key(key)
        writer.write(.text(value))
      }
      if let most {
        writer.key("maxLength")
        writer.write(.unsigned(UInt64(most)))
      }
    case .choice(let choices):
      writer.key("enum")
      writer.array { for choice in choices { $0.write(.text(choice)) } }
    case .list(let item):
      writer.key("items")
      item.write(to: &writer)
    default: break
    }
  }

  private var type: String {
    switch self {
    case .flag: "boolean"
    case .integer: "integer"
    case .text, .choice: "string"
    case .list: "array"
    case .nullable, .form, .object: "object"
    }
  }

  /// The forms in it.
  var forms: [FormSchema] {
    switch self {
    case .form(let form): [form]
    case .nullable(let inner), .list(let inner): inner.forms
    default: []
    }
  }
}

/// An object as the OpenAPI document describes it.
public struct FormSchema: Sendable {
  public let name: String
  let members: @Sendable () -> [(name: String, about: String, schema: Schema)]

  /// An object with these members, all of which are always there.
  public init(
    name: String,
    members: @escaping @Sendable () -> [(name: String, about: String, schema: Schema)]
  ) {
    (self.name, self.members) = (name, members)
  }
}
