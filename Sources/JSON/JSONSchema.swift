/// The shape of a JSON value, in the terms of JSON Schema (draft 2020-12).
package struct JSONSchema: Hashable, Sendable {
    fileprivate indirect enum Kind: Hashable, Sendable {
        case any
        case simple(String)
        case integer(ClosedRange<Int64>?)
        case number(ClosedRange<Double>?)
        case string(pattern: String?, format: String?, longest: Int?)
        case choice([String])
        case array(JSONSchema, longest: Int?)
        case object([Member], isClosed: Bool)
        case map(JSONSchema)
        case either([JSONSchema])
        case named(String, JSONSchema)
        case text(JSONSchema, String)
    }

    fileprivate struct Member: Hashable, Sendable {
        let name: String
        let schema: JSONSchema
        let isRequired: Bool
    }

    fileprivate let kind: Kind
    /// Whether the member that it describes may be missing.
    private var isOptional = false

    private init(_ kind: Kind) {
        self.kind = kind
    }

    package static let any = Self(.any)
    package static let null = Self(.simple("null"))
    package static let boolean = Self(.simple("boolean"))
    package static let integer = Self(.integer(nil))
    package static let number = Self(.number(nil))
    package static let string = Self(.string(pattern: nil, format: nil, longest: nil))
    /// A time such as `2026-09-13T18:30:45.123Z`.
    package static let time = Self(.string(pattern: nil, format: "date-time", longest: nil))

    package static func integer(in range: ClosedRange<Int64>) -> Self { Self(.integer(range)) }
    package static func integer(from minimum: Int64) -> Self { Self(.integer(minimum ... .max)) }
    package static func number(in range: ClosedRange<Double>) -> Self { Self(.number(range)) }
    /// - Parameter longest: in characters.
    package static func string(longest: Int) -> Self { Self(.string(pattern: nil, format: nil, longest: longest)) }
    package static func string(pattern: String) -> Self { Self(.string(pattern: pattern, format: nil, longest: nil)) }
    /// One of these texts.
    package static func choice(_ texts: String...) -> Self { Self(.choice(texts)) }
    package static func choice(_ texts: [String]) -> Self { Self(.choice(texts)) }
    package static func array(of element: Self, longest: Int? = nil) -> Self { Self(.array(element, longest: longest)) }
    /// An object with any member names.
    package static func map(to value: Self) -> Self { Self(.map(value)) }
    package static func either(_ schemas: Self...) -> Self { Self(.either(schemas)) }

    /// An object. Members are required unless they are `optional`, and others are allowed.
    package static func object(_ members: KeyValuePairs<String, Self>) -> Self { object(members, isClosed: false) }

    /// An object without other members.
    package static func closedObject(_ members: KeyValuePairs<String, Self>) -> Self { object(members, isClosed: true) }

    private static func object(_ members: KeyValuePairs<String, Self>, isClosed: Bool) -> Self {
        let list = members.map { Member(name: $0.key, schema: $0.value, isRequired: !$0.value.isOptional) }
        return Self(.object(list, isClosed: isClosed))
    }

    /// A schema that documents list once, under a name of letters and digits, and refer to.
    package static func named(_ name: String, _ schema: Self) -> Self { Self(.named(name, schema)) }

    package var orNull: Self { Self(.either([self, .null])) }

    /// As a member that may be missing.
    package var optional: Self {
        var schema = self
        schema.isOptional = true
        return schema
    }

    /// With a sentence that explains the value.
    package func meaning(_ text: String) -> Self {
        var schema = Self(.text(self, text))
        schema.isOptional = isOptional
        return schema
    }

    /// The members of an object together with further ones.
    package func adding(_ members: KeyValuePairs<String, Self>) -> Self {
        switch kind {
        case .object(let own, let isClosed):
            let more = members.map { Member(name: $0.key, schema: $0.value, isRequired: !$0.value.isOptional) }
            return Self(.object(own + more, isClosed: isClosed))
        case .named(_, let schema), .text(let schema, _): return schema.adding(members)
        default: return self
        }
    }
}

/// The named schemas that a document refers to.
package struct JSONSchemaTable: Sendable {
    /// Where the document lists them: `#/components/schemas/`.
    private let location: String
    private var schemas: [(name: String, schema: JSONSchema)] = []

    package init(location: String) {
        self.location = location
    }

    fileprivate mutating func reference(_ name: String, _ schema: JSONSchema) -> String {
        if let known = schemas.first(where: { $0.name == name }) {
            assert(known.schema == schema, "two schemas are named \(name)")
        } else {
            schemas.append((name, schema))
        }
        return location + name
    }

    /// Writes all schemas that were referred to, as members of an object, and those that they refer to.
    package mutating func write(to writer: inout JSONWriter) {
        var next = 0
        while next < schemas.count {
            writer.key(schemas[next].name)
            writer.schema(schemas[next].schema, &self)
            next += 1
        }
    }
}

extension JSONWriter {
    package mutating func schema(_ schema: JSONSchema, _ table: inout JSONSchemaTable) {
        beginObject()
        members(of: schema, &table)
        endObject()
    }

    private mutating func members(of schema: JSONSchema, _ table: inout JSONSchemaTable) {
        switch schema.kind {
        case .any: break
        case .simple(let type): member("type", type)
        case .integer(let range):
            member("type", "integer")
            if let range {
                member("minimum", range.lowerBound)
                if range.upperBound != .max { member("maximum", range.upperBound) }
            }
        case .number(let range):
            member("type", "number")
            if let range {
                member("minimum", range.lowerBound)
                member("maximum", range.upperBound)
            }
        case .string(let pattern, let format, let longest):
            member("type", "string")
            if let pattern { member("pattern", pattern) }
            if let format { member("format", format) }
            if let longest { member("maxLength", longest) }
        case .choice(let texts):
            member("type", "string")
            strings("enum", texts)
        case .array(let element, let longest):
            member("type", "array")
            key("items")
            self.schema(element, &table)
            if let longest { member("maxItems", longest) }
        case .map(let value):
            member("type", "object")
            key("additionalProperties")
            self.schema(value, &table)
        case .object(let list, let isClosed):
            member("type", "object")
            key("properties")
            beginObject()
            for entry in list {
                key(entry.name)
                self.schema(entry.schema, &table)
            }
            endObject()
            let required = list.filter(\.isRequired).map(\.name)
            if !required.isEmpty { strings("required", required) }
            if isClosed { member("additionalProperties", false) }
        case .either(let schemas):
            key("anyOf")
            beginArray()
            for schema in schemas { self.schema(schema, &table) }
            endArray()
        case .named(let name, let schema): member("$ref", table.reference(name, schema))
        case .text(let schema, let text):
            members(of: schema, &table)
            member("description", text)
        }
    }

    private mutating func strings(_ name: StaticString, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
