import Clocks
import Foundation
import Testing

@testable import Configuration

@Suite("Schema") struct SchemaTests {
    let schema = Schema.gateway

    @Test("paths and variables are unique, and all sections are documented")
    func consistent() {
        #expect(Set(schema.settings.map(\.path)).count == schema.settings.count)
        #expect(Set(schema.settings.map(\.environmentVariable)).count == schema.settings.count)
        for setting in schema.settings {
            #expect(setting.documentation.hasSuffix("."), "\(setting.path)")
            #expect(schema.setting(setting.path) != nil && !schema.isSection(setting.path))
            #expect(setting.sectionPath.isEmpty || schema.section(setting.sectionPath) != nil, "\(setting.path)")
        }
        for section in schema.sections { #expect(schema.isSection(section.path), "\(section.path)") }
    }

    /// The path of every stored value of a configuration, found by reflection.
    static func leaves(_ value: Any, _ path: String = "") -> [String] {
        let mirror = Mirror(reflecting: value)
        let isSection =
            mirror.displayStyle == .struct && "\(type(of: value))" != "Nanoseconds"
            && "\(type(of: value))" != "String"
        guard isSection else { return [path] }
        return mirror.children.flatMap { leaves($0.value, path + "." + ($0.label ?? "")) }
    }

    @Test("every field of the configuration has a key")
    func complete() {
        #expect(Self.leaves(Configuration()).count == schema.settings.count)
    }

    @Test("parses every default and example")
    func defaults() {
        for setting in schema.settings {
            for text in [setting.defaultText, setting.example ?? setting.defaultText] {
                var yaml = ""
                for (depth, name) in setting.path.split(separator: ".").enumerated() {
                    yaml += (depth > 0 ? "\n" : "") + String(repeating: " ", count: depth) + "\(name):"
                }
                #expect(problems(yaml + " \(text)\n") == "none", "\(setting.path)")
            }
        }
    }
}

@Suite("Default file") struct DefaultFileTests {
    @Test("equals the file in the repository")
    func committed() throws {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = repository.appendingPathComponent("systemd/leadville-gateway.yaml")
        #expect(
            try String(contentsOf: file, encoding: .utf8) == DefaultFile.text(),
            "run: leadville-gateway default-config > systemd/leadville-gateway.yaml")
    }

    @Test("is valid and changes nothing")
    func unchanged() throws {
        #expect(try outcome(DefaultFile.text()).get() == Configuration())
    }

    /// The file with every key uncommented.
    private var uncommented: [String] {
        DefaultFile.text().split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let text = line.drop { $0 == " " }
            guard text.hasPrefix("#"), text.dropFirst().first?.isLetter == true else { return String(line) }
            return String(line.prefix { $0 == " " }) + text.dropFirst()
        }
    }

    @Test("changes nothing with every key uncommented")
    func truthful() throws {
        let document = YAMLDocument(Array(uncommented.joined(separator: "\n").utf8))
        #expect(document.problems.isEmpty)
        #expect(try outcome(uncommented.joined(separator: "\n")).get() == Configuration())
        var leaves = 0
        func count(_ node: YAMLNode?) {
            guard case .mapping(let entries)? = node?.content else { return leaves += 1 }
            for entry in entries { count(entry.value) }
        }
        count(document.root)
        #expect(leaves == Schema.gateway.settings.count)
    }

    @Test("a single key can be uncommented and changed")
    func single() throws {
        let lines = DefaultFile.text().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let line = "    #alpha: 0.3"
        let index = try #require(lines.firstIndex(of: line))
        var edited = lines
        edited[index] = "    alpha: 0.5"
        let configuration = try outcome(edited.joined(separator: "\n")).get()
        #expect(configuration.heart.smoothing.alpha == 0.5)
    }

    @Test("has no line of more than 100 characters")
    func width() {
        for line in DefaultFile.text().split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    }
}

@Suite("Configuration changes") struct ChangesTests {
    let schema = Schema.gateway

    @Test("equal configurations have no changes")
    func none() {
        #expect(schema.changes(from: Configuration(), to: Configuration()).all.isEmpty)
    }

    @Test("lists each change with its values and its effect")
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

    @Test("masks secrets")
    func secret() {
        var old = Configuration()
        old.http.token = "the old secret of the house"
        var new = old
        new.http.token = "the new secret of the house"
        #expect(schema.changes(from: old, to: new).all.map(\.description) == ["http.token: (a secret) → (a secret)"])
        #expect(
            schema.changes(from: Configuration(), to: new).all.map(\.description) == ["http.token: \"\" → (a secret)"])
    }

    @Test("adopts live settings only")
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

    @Test("detects a change of every key")
    func every() throws {
        let others: [String: String] = [
            "true": "false", "false": "true", "info": "debug", "auto": "text", "\"\"": "localhost.localdomain",
            "[\"*\"]": "http://a",
            "200": "300", "7": "9", "adopt": "ask", "any": "hci1", "leadville": "gateway",
            "[\"303a\", \"10c4\", \"1a86\", \"0403\", \"239a\", \"2e8a\"]": "303a",
            "[]": "ttyUSB0 none", "\"simulation\"": "auto", "\"sensor-logger\"": "phones/#",
            "\"homeassistant\"": "discovery",
        ]
        let othersByPath = [
            "heart.udp_sources": "192.0.2.0/24", "heart.udp_keys": "1 0123456789abcdef",
            "http.names": "range.example", "mqtt.tls.use": "always", "mqtt.keep_alive": "6 s",
            "pressure.regions": "2x2 : : a", "http.api_pages": "/srv/pages", "http.protect": "everything",
        ]
        for setting in schema.settings {
            let isNumber = DecimalNumber(setting.defaultText) != nil
            let value =
                othersByPath[setting.path] ?? others[setting.defaultText]
                ?? (isNumber ? "1" : "2 \(setting.defaultText.split(separator: " ")[1])")
            let configuration = try outcome("", set: ["\(setting.path)=\(value)"]).get()
            #expect(schema.changes(from: Configuration(), to: configuration).all.map(\.path) == [setting.path])
        }
    }
}
