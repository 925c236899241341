import Foundation
import Reactor
import Testing

@testable import Gateway
@testable import Web

/// The descriptions beside the routes, checked on every route of every port.
@Suite("Descriptions of the routes") @ReactorActor
struct RouteDescriptionTests {
    private static func label(_ route: Router.Route) -> String { "\(route.method.rawValue) \(route.path)" }

    @Test("every route has a description that fits its path, with distinct parameters")
    func described() async throws {
        try await withGateway { gateway in
            for route in gateway.servers.flatMap(\.server.router.routes) {
                let label = Self.label(route)
                guard let description = route.description else {
                    Issue.record("\(label) has no description: add one beside it in its table")
                    continue
                }
                #expect(!description.summary.isEmpty && !description.summary.hasSuffix("."), "\(label)")
                #expect(!description.responses.isEmpty, "\(label)")
                let inPath = description.parameters.filter(\.isInPath).map(\.name)
                #expect(Set(inPath).isSubset(of: RoutePattern(route.path).parameters), "\(label)")
                #expect(Set(description.parameters.map(\.name)).count == description.parameters.count, "\(label)")
            }
        }
    }

    @Test("the OpenAPI document of a port contains exactly its routes, with distinct identifiers")
    func documents() async throws {
        try await withGateway { gateway in
            for (listener, server) in gateway.servers where !server.router.routes.isEmpty {
                let json = OpenAPIDocument.json(of: server.router, title: "a", version: "1", text: "b")
                let document = try #require(
                    try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any], "\(listener.name)")
                let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
                let operations = paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } }
                #expect(operations.sorted() == server.router.routes.map(Self.label).sorted(), "\(listener.name)")
                let identifiers = paths.values.flatMap(\.values).compactMap { $0["operationId"] as? String }
                #expect(Set(identifiers).count == operations.count, "\(listener.name)")
            }
        }
    }

    @Test("an operation that changes something needs the token, which is optional unless it is configured")
    func security() async throws {
        for token in ["", "the secret of this test"] {
            try await withGateway {
                $0.http.token = token
            } _: { gateway in
                for server in gateway.servers.map(\.server) where !server.router.routes.isEmpty {
                    let json = OpenAPIDocument.json(of: server.router, title: "a", version: "1", text: "b")
                    let document = try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]
                    let paths = document?["paths"] as? [String: [String: [String: Any]]]
                    for route in server.router.routes {
                        let operation = paths?[route.path]?[route.method.rawValue.lowercased()]
                        let security = operation?["security"] as? [[String: [String]]]
                        let needed: [[String: [String]]] = token.isEmpty ? [[:], ["token": []]] : [["token": []]]
                        let role = route.access.role(protectingEverything: false)
                        let expected: [[String: [String]]]? = role == nil ? nil : needed
                        #expect(security == expected, "\(Self.label(route))")
                        #expect(operation?["x-role"] as? String == role?.rawValue, "\(Self.label(route))")
                    }
                }
            }
        }
    }
}
