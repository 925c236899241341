import JSON
import Reactor

/// The OpenAPI 3.1 document of a port: each route of its router, as described beside it.
@ReactorActor
package struct OpenAPIDocument {
    private let router: Router
    private var writer = JSONWriter()
    private var schemas = JSONSchemaTable(location: "#/components/schemas/")

    private init(_ router: Router) {
        self.router = router
    }

    /// - Parameter text: says what the port is for, in Markdown.
    package static func json(of router: Router, title: String, version: String, text: String) -> [UInt8] {
        var document = Self(router)
        return document.write(title: title, version: version, text: text)
    }

    private mutating func write(title: String, version: String, text: String) -> [UInt8] {
        writer.beginObject()
        writer.member("openapi", "3.1.0")
        object("info") { document in
            document.writer.member("title", title)
            document.writer.member("version", version)
            document.writer.member("description", text)
        }
        array("servers") { document in
            document.writer.beginObject()
            document.writer.member("url", "/")
            document.writer.endObject()
        }
        object("paths") { $0.writePaths() }
        object("components") { document in
            document.object("securitySchemes") { document in
                document.object("token") { document in
                    document.writer.member("type", "http")
                    document.writer.member("scheme", "bearer")
                    document.writer.member("description", "The setting http.token, or one that `token add` made")
                }
            }
            document.object("schemas") { $0.schemas.write(to: &$0.writer) }
        }
        writer.endObject()
        return writer.finish()
    }

    private mutating func writePaths() {
        let documented = router.routes.compactMap { route in route.description.map { (route, $0) } }
        var paths: [String] = []
        for (route, _) in documented where !paths.contains(route.path) { paths.append(route.path) }
        let byPath = Dictionary(grouping: documented) { $0.0.path }
        for path in paths {
            object(path) { document in
                for (route, description) in byPath[path] ?? [] {
                    document.object(route.method.rawValue.lowercased()) { $0.write(route, description) }
                }
            }
        }
    }

    private mutating func write(_ route: Router.Route, _ description: RouteDescription) {
        writer.key("tags")
        writer.beginArray()
        writer.string(description.group)
        writer.endArray()
        writer.member("summary", description.summary)
        if !description.text.isEmpty { writer.member("description", description.text) }
        writer.member("operationId", Self.identifier(of: route))
        let policy = router.accessControl.rules
        if let role = route.access.role(protectingEverything: policy.protectsEverything) {
            writer.member("x-role", role.rawValue)
            writeSecurity()
        }
        writeParameters(route, description)
        if let body = description.body {
            object("requestBody") { document in
                document.writer.member("required", body.isRequired)
                document.object("content") { $0.write(body.type, body.schema) }
            }
        }
        let responses = description.responses + router.accessControl.responses(to: route, description)
        object("responses") { document in
            for status in responses.map(\.status.code).distinct {
                document.object(String(status)) { $0.write(responses.filter { $0.status.code == status }) }
            }
        }
    }

    /// Without a configured token none is needed.
    private mutating func writeSecurity() {
        array("security") { document in
            if !document.router.accessControl.rules.hasTokens {
                document.writer.beginObject()
                document.writer.endObject()
            }
            document.writer.beginObject()
            document.array("token") { _ in }
            document.writer.endObject()
        }
    }

    private mutating func writeParameters(_ route: Router.Route, _ description: RouteDescription) {
        let inPath = RoutePattern(route.path).parameters.map { name in
            description.parameters.first { $0.isInPath && $0.name == name }
                ?? RouteDescription.Parameter(
                    name: name, isInPath: true, schema: .string, text: "", isRequired: true)
        }
        let parameters = inPath + description.parameters.filter { !$0.isInPath }
        guard !parameters.isEmpty else { return }
        array("parameters") { document in
            for parameter in parameters {
                document.writer.beginObject()
                document.writer.member("name", parameter.name)
                document.writer.member("in", parameter.isInPath ? "path" : "query")
                document.writer.member("required", parameter.isRequired)
                if !parameter.text.isEmpty { document.writer.member("description", parameter.text) }
                document.writer.key("schema")
                document.writer.schema(parameter.schema, &document.schemas)
                document.writer.endObject()
            }
        }
    }

    /// The responses with one status, of which each has another type.
    private mutating func write(_ responses: [RouteDescription.Response]) {
        writer.member("description", responses.map(\.text).distinct.joined(separator: "; "))
        let typed = responses.filter { $0.type != nil }
        guard !typed.isEmpty else { return }
        object("content") { document in
            for type in typed.compactMap(\.type?.essence).distinct {
                let schemas = typed.filter { $0.type?.essence == type }.compactMap(\.schema).distinct
                let schema = schemas.dropFirst().reduce(schemas.first) { schema, other in
                    schema.map { .either($0, other) } ?? other
                }
                document.write(MediaType(type), schema)
            }
        }
    }

    private mutating func write(_ type: MediaType, _ schema: JSONSchema?) {
        object(type.essence) { document in
            guard let schema else { return }
            document.writer.key("schema")
            document.writer.schema(schema, &document.schemas)
        }
    }

    /// For example `post_api_targets`.
    private static func identifier(of route: Router.Route) -> String {
        let path = route.path.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.joined(separator: "_")
        let end = route.path.count > 1 && route.path.last == "/" ? "_index" : ""
        return "\(route.method.rawValue.lowercased())_\(path.isEmpty ? "index" : path)\(end)"
    }

    private mutating func object(_ name: String, _ write: (inout Self) -> Void) {
        writer.key(name)
        writer.beginObject()
        write(&self)
        writer.endObject()
    }

    private mutating func array(_ name: String, _ write: (inout Self) -> Void) {
        writer.key(name)
        writer.beginArray()
        write(&self)
        writer.endArray()
    }
}

extension AccessControl {
    /// The responses of access control, of the limits, and of the web server to a body.
    fileprivate func responses(
        to route: Router.Route, _ description: RouteDescription
    ) -> [RouteDescription.Response] {
        var rejects = RouteDescription("", in: "", errors: AccessReject.schema)
        let isChange = route.access.isChange
        let needsRole = route.access.role(protectingEverything: rules.protectsEverything) != nil
        if needsRole { rejects = rejects.fails(.unauthorized) }
        rejects = rejects.fails(.tooManyRequests)
        if needsRole || isChange || description.socket != nil || rejectsReads { rejects = rejects.fails(.forbidden) }
        if !RoutePattern(route.path).isExact {
            rejects = rejects.responds(.badRequest, as: .plainText, nil, "The path contains `..` or control characters")
        }
        if description.body != nil { rejects = rejects.responds(.contentTooLarge, as: .plainText) }
        return rejects.responses
    }
}

extension AccessReject {
    package static let schema = JSONSchema.named(
        "AccessError",
        .object([
            "error": .string, "reason": .choice(AccessReject.allCases.map(\.rawValue) + ["limit"]), "detail": .string,
            "role": .choice(AccessRole.allCases.map(\.rawValue)).optional,
        ]))
}

extension MediaType {
    /// Without parameters such as the character set.
    var essence: String { String(text.prefix { $0 != ";" }) }
}

extension Sequence where Element: Hashable {
    /// Each element once, in order.
    var distinct: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
