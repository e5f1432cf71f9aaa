// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

/// The OpenAPI 3.1 description of endpoints, made of what they are made of.
public struct OpenAPIDocument: Sendable {
  private let title: String
  private let version: String
  private let about: String
  private let tags: [(name: String, about: String)]
  private let endpoints: [Endpoint]

  /// The description of `endpoints`.
  /// - Parameter tags: the groups of endpoints, in the order in which they are shown.
  public init(
    title: String, version: String, about: String, tags: [(name: String, about: String)],
    _ endpoints: [Endpoint]
  ) {
    self.title = title
    self.version = version
    self.about = about
    self.tags = tags
    self.endpoints = endpoints
  }

  /// The document as JSON.
  public var json: [UInt8] {
    var writer = JSONWriter()
    writer.object {
      $0.member("openapi", "3.1.0")
      $0.key("info")
      $0.object {
        $0.member("title", title)
        $0.member("version", version)
        $0.member("description", about)
        $0.key("license")
        $0.object {
          $0.member("name", "Apache License 2.0")
          $0.member("identifier", "Apache-2.0")
        }
      }
      $0.key("servers")
      $0.array { $0.object { $0.member("url", "/") } }
      $0.key("tags")
      $0.array { writer in
        for tag in tags {
          writer.object {
            $0.member("name", tag.name)
            $0.member("description", tag.about)
          }
        }
      }
      $0.key("paths")
      $0.object { writer in
        let paths = Dictionary(grouping: endpoints, by: \.path)
        for path in paths.keys.sorted() {
          writer.key(path)
          writer.object { for endpoint in paths[path] ?? [] { operation(endpoint, &$0) } }
        }
      }
      $0.key("components")
      $0.object {
        $0.key("schemas")
        $0.object { schemas(&$0) }
      }
    }
    return writer.bytes
  }

  private func operation(_ endpoint: Endpoint, _ writer: inout JSONWriter) {
    writer.key(endpoint.method.rawValue.lowercased())
    writer.object {
      $0.member("summary", endpoint.summary)
      $0.member("operationId", operationId(endpoint))
      $0.key("tags")
      $0.array { $0.write(.text(endpoint.tag)) }
      $0.key("parameters")
      $0.array { for parameter in endpoint.parameters { describe(parameter, endpoint, &$0) } }
      if let (type, most) = endpoint.body {
        $0.key("requestBody")
        $0.object {
          $0.key("required")
          $0.write(.flag(true))
          $0.content(type, .text(format: "binary", most: most))
        }
      }
      $0.key("responses")
      $0.object { responses(endpoint, &$0) }
    }
  }

  private func operationId(_ endpoint: Endpoint) -> String {
    let words = endpoint.path.split { !$0.isLetter && !$0.isNumber }.drop {
      $0 == "api" || $0 == "v1"
    }
    return ([endpoint.method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "_")
  }

  private func describe(
    _ parameter: Parameter, _ endpoint: Endpoint, _ writer: inout JSONWriter
  ) {
    let isPath = endpoint.path.contains("{\(parameter.name)}")
    writer.object {
      $0.member("name", parameter.name)
      $0.member("in", isPath ? "path" : "query")
      $0.member("description", parameter.about)
      $0.key("required")
      $0.write(.flag(isPath || parameter.isRequired))
      $0.key("schema")
      parameter.schema.write(to: &$0)
    }
  }

  private func responses(_ endpoint: Endpoint, _ writer: inout JSONWriter) {
    writer.key("200")
    writer.object {
      $0.member("description", "The answer.")
      $0.key("headers")
      $0.object { headers(of: endpoint, &$0) }
      switch endpoint.content {
      case .form(let form): $0.content("application/json", .form(form))
      case .page(let form):
        $0.key("content")
        $0.object {
          $0.media("application/json", .form(FormSchema.page(of: form)))
          $0.media("text/csv; charset=utf-8", .text())
        }
      case .media("application/json"): $0.content("application/json", .object)
      case .media(let type): $0.content(type, .text())
      }
    }
    if endpoint.isShared {
      writer.key("304")
      writer.object { $0.member("description", "Nothing changed since the ETag of If-None-Match.") }
    }
    var failures: Set<HTTPResponse.Status> = [.tooManyRequests, .badRequest, .uriTooLong]
    failures.formUnion(endpoint.failures)
    if endpoint.body != nil { failures.formUnion([.unsupportedMediaType, .contentTooLarge]) }
    for status in failures.sorted(by: { $0.code < $1.code }) {
      writer.key("\(status.code)")
      writer.object {
        $0.member("description", status.reasonPhrase)
        if status == .tooManyRequests {
          $0.key("headers")
          $0.object { $0.header("Retry-After", "Seconds to wait.", .count) }
        }
        $0.content("application/problem+json", .form(FormSchema.problem))
      }
    }
  }

  private func headers(of endpoint: Endpoint, _ writer: inout JSONWriter) {
    if endpoint.isShared {
      writer.header("ETag", "Names this answer: send it back in If-None-Match.", .text())
    }
    if case .page = endpoint.content {
      writer.header("Link", "The next page, rel=\"next\"; absent on the last.", .text())
    }
  }

  private func schemas(_ writer: inout JSONWriter) {
    var known: [String: FormSchema] = [:]
    var waiting = endpoints.flatMap { endpoint -> [FormSchema] in
      switch endpoint.content {
      case .form(let form): [form]
      case .page(let form): [FormSchema.page(of: form)]
      case .media: []
      }
    }
    waiting.append(FormSchema.problem)
    while let form = waiting.popLast() {
      guard known.updateValue(form, forKey: form.name) == nil else { continue }
      waiting += form.members().flatMap(\.schema.forms)
    }
    for name in known.keys.sorted() {
      writer.key(name)
      writer.object { describe(known[name]?.members() ?? [], &$0) }
    }
  }

  private func describe(
    _ members: [(name: String, about: String, schema: Schema)], _ writer: inout JSONWriter
  ) {
    writer.member("type", "object")
    writer.key("properties")
    writer.object {
      for member in members {
        $0.key(member.name)
        if case .form = member.schema {
          member.schema.write(to: &$0)
        } else {
          $0.described(member.about, member.schema)
        }
      }
    }
    writer.key("required")
    writer.array { for member in members { $0.write(.text(member.name)) } }
    writer.key("additionalProperties")
    writer.write(.flag(false))
  }
}

extension FormSchema {
  /// The page of a list of `form`.
  static func page(of form: FormSchema) -> FormSchema {
    FormSchema(name: "\(form.name)Page") {
      [
        ("items", "The items, in the order of the list.", .list(.form(form))),
        ("next", "The cursor of the next page; null on the last.", .nullable(.text())),
      ]
    }
  }

  static let problem = FormSchema(name: "Problem") {
    [
      ("type", "about:blank: the status says it all.", .text()),
      ("title", "The status in words.", .text()),
      ("status", "The HTTP status.", .integer(400...599)),
      ("detail", "What was wrong, with the value, and what to do.", .text()),
    ]
  }
}

extension JSONWriter {
  mutating func member(_ name: String, _ text: String) {
    key(name)
    write(.text(text))
  }

  /// A header of an answer, by its name.
  mutating func header(_ name: String, _ about: String, _ schema: Schema) {
    key(name)
    object {
      $0.member("description", about)
      $0.key("schema")
      schema.write(to: &$0)
    }
  }

  mutating func content(_ type: String, _ schema: Schema) {
    key("content")
    object { $0.media(type, schema) }
  }

  mutating func media(_ type: String, _ schema: Schema) {
    key(type)
    object {
      $0.key("schema")
      schema.write(to: &$0)
    }
  }

  /// A schema with its description beside it.
  mutating func described(_ about: String, _ schema: Schema) {
    object {
      $0.member("description", about)
      $0.key("allOf")
      $0.array { schema.write(to: &$0) }
    }
  }
}
