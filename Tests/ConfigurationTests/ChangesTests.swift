import Clocks
import Testing

@testable import Configuration

@Suite("What changes between two configurations") struct ChangesTests {
    let schema = Schema.gateway

    @Test("nothing between equals")
    func none() {
        #expect(schema.changes(from: Configuration(), to: Configuration()).all.isEmpty)
    }

    @Test("each change with its texts, live or waiting for a restart")
    func some() {
        var new = Configuration()
        new.log.level = .debug
        new.heart.smoothing.alpha = 0.2
        new.http.port = 80
        new.heart.staleAfter = .milliseconds(1500)
        new.http.corsOrigins = []
        let changes = schema.changes(from: Configuration(), to: new)
        #expect(
            changes.live.map(\.description) == [
                "log.level: info → debug", "heart.stale_after: 10 s → 1500 ms", "heart.smoothing.alpha: 0.3 → 0.2",
            ])
        #expect(changes.restart.map(\.description) == ["http.port: 8000 → 80", "http.cors_origins: [\"*\"] → []"])
    }

    @Test("a secret is not told to whoever reads of the change")
    func secret() {
        var old = Configuration()
        old.http.token = "the old secret of the house"
        var new = old
        new.http.token = "the new secret of the house"
        #expect(schema.changes(from: old, to: new).all.map(\.description) == ["http.token: (a secret) → (a secret)"])
        #expect(
            schema.changes(from: Configuration(), to: new).all.map(\.description) == ["http.token: \"\" → (a secret)"])
    }

    @Test("a running gateway adopts what it can and keeps the rest")
    func adopting() {
        var running = Configuration()
        running.http.port = 81
        var new = running
        new.log.level = .error
        new.http.port = 82
        let adopted = schema.adoptingLiveChanges(of: new, in: running)
        #expect(adopted.log.level == .error)
        #expect(adopted.http.port == 81)
        #expect(schema.changes(from: adopted, to: new).live.isEmpty)
        #expect(schema.changes(from: adopted, to: new).restart.map(\.path) == ["http.port"])
    }

    @Test("every key is noticed when it alone changes")
    func every() throws {
        let others: [String: String] = [
            "true": "false", "false": "true", "info": "debug", "auto": "text", "\"\"": "localhost.localdomain",
            "[\"*\"]": "http://a",
            "200": "300", "7": "9", "adopt": "ask", "any": "hci1",
            "[\"303a\", \"10c4\", \"1a86\", \"0403\", \"239a\", \"2e8a\"]": "303a",
            "[]": "ttyUSB0 none",
        ]
        for setting in schema.settings {
            let isNumber = DecimalNumber(setting.defaultText) != nil
            let value =
                others[setting.defaultText] ?? (isNumber ? "1" : "2 \(setting.defaultText.split(separator: " ")[1])")
            let configuration = try outcome("", set: ["\(setting.path)=\(value)"]).get()
            #expect(schema.changes(from: Configuration(), to: configuration).all.map(\.path) == [setting.path])
        }
    }
}
