import Foundation
import Reactor
import Testing

@testable import Configuration
@testable import Gateway

@Suite("Open ports") @ReactorActor
struct ListenerTests {
    @Test("the main port and the surfaces open exactly the TCP ports in the configuration's list")
    func opened() async throws {
        try await withGateway { gateway in
            let listed = Configuration().listeners.filter { $0.transport == .tcp }
            #expect(gateway.servers.map(\.listener.name).sorted() == listed.map(\.name).sorted())
            #expect(listed.allSatisfy { listener in gateway.servers.contains { $0.listener == listener } })
        }
    }

    @Test("names and keys of the ports are unique and known to the schema")
    func keys() {
        let listeners = Configuration().listeners
        #expect(Set(listeners.map(\.name)).count == listeners.count)
        #expect(Set(listeners.map(\.portKey)).count == listeners.count)
        for key in listeners.flatMap({ [$0.hostKey, $0.portKey] }) {
            #expect(Schema.gateway.setting(key) != nil, "\(key)")
        }
    }

    @Test("the table of open ports in SECURITY.md is the list of the configuration")
    func table() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("SECURITY.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let expected = Self.table(Configuration().listeners)
        #expect(
            text.contains("\n## Open ports\n\n\(expected)\n"), "replace the table below Open ports with\n\(expected)")
    }

    private static func table(_ listeners: [Configuration.Listener]) -> String {
        let rows = listeners.map { listener in
            let clients =
                ["": "any host that can reach the machine", "127.0.0.1": "this machine"][listener.host] ?? listener.host
            return """
                | \(listener.port)/\(listener.transport) | \(listener.summary) | \(clients) \
                | `\(listener.hostKey)`, `\(listener.portKey)` |\n
                """
        }
        return """
            | port | protocol | who may connect by default | configured by |
            | --- | --- | --- | --- |
            \(rows.joined())
            """
    }
}
