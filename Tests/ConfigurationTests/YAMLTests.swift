import Testing

@testable import Configuration

@Suite("YAML") struct YAMLTests {
    @Test("rejects invalid and unsupported YAML", arguments: YAMLTables.rejected)
    func rejects(yaml: String, message: String) {
        #expect(problems(yaml) == "g.yaml:" + message)
    }

    @Test("reports the position of invalid bytes", arguments: YAMLTables.notText)
    func notText(bytes: [UInt8], message: String) {
        let document = YAMLDocument(bytes)
        #expect(document.root == nil)
        let found = document.problems.map { "\($0.position.line):\($0.position.column): \($0.message)" }
        #expect(found == [message])
    }

    @Test("reports the position of an invalid byte in a large file")
    func farBehind() {
        let line = Array("# é, a comment\n".utf8)
        let bytes = Array(repeatElement(line, count: 5_000).joined()) + Array("a: ".utf8) + [0xFF]
        #expect(YAMLDocument(bytes).problems.map(\.position) == [YAMLPosition(line: 5_001, column: 4)])
    }

    @Test("accepts a byte-order mark")
    func byteOrderMark() {
        #expect(problems("\u{FEFF}http: {port: 80}") == "none")
    }

    @Test("limits nesting")
    func depth() {
        for (depth, isRejected) in [(YAMLComposer.maximumDepth, false), (YAMLComposer.maximumDepth + 1, true)] {
            let yaml = String(repeating: "[", count: depth) + "a" + String(repeating: "]", count: depth)
            let document = YAMLDocument(Array(yaml.utf8))
            #expect(document.problems.isEmpty != isRejected)
        }
        let deep = YAMLDocument(Array(repeating: UInt8(ascii: "["), count: 200_000))
        #expect(deep.problems.map(\.message) == ["nested more than 16 levels deep"])
        let wide = YAMLDocument(Array(String(repeating: "{a: ", count: 50_000).utf8))
        #expect(wide.problems.map(\.message) == ["nested more than 16 levels deep"])
    }

    @Test("values have their style and position")
    func tree() throws {
        let document = YAMLDocument(Array("# note\nä: x\nb:\n  - 'y'\n  - {c: |\n    z\n   }\n".utf8))
        #expect(document.problems.count == 1, "a block inside braces is not YAML")
        let yaml = "# note\nä: x\nb:\n  - 'y'\n  - \"1\"\nc: >\n  folded\n  text\n"
        let root = try #require(YAMLDocument(Array(yaml.utf8)).root)
        func at(_ line: Int, _ column: Int) -> YAMLPosition { YAMLPosition(line: line, column: column) }
        func scalar(_ text: String, _ style: YAMLScalar.Style, _ place: YAMLPosition) -> YAMLNode {
            YAMLNode(.scalar(YAMLScalar(text, style)), at: place)
        }
        #expect(
            root
                == YAMLNode(
                    .mapping([
                        YAMLEntry(key: "ä", at: at(2, 1), value: scalar("x", .plain, at(2, 4))),
                        YAMLEntry(
                            key: "b", at: at(3, 1),
                            value: YAMLNode(
                                .sequence([scalar("y", .quoted, at(4, 5)), scalar("1", .quoted, at(5, 5))]),
                                at: at(4, 3))),
                        YAMLEntry(key: "c", at: at(6, 1), value: scalar("folded text\n", .quoted, at(6, 4))),
                    ]), at: at(2, 1)))
    }
}

/// Outside the suite, for the reason given in `InvalidValueTables`.
private enum YAMLTables {
    static let rejected: [(String, String)] = [
        (
            "http:\n\tport: 80",
            "2:1: not valid YAML: found character that cannot start any token (while scanning for the next token); "
                + "indent with spaces; YAML does not allow tabs here"
        ),
        (
            "a: |\n\tx",
            "2:1: not valid YAML: found a tab character where an indentation space is expected (while scanning a "
                + "block scalar from line 1); indent with spaces; YAML does not allow tabs here"
        ),
        (
            "http:\n  port: 1\n   host: a",
            "3:8: not valid YAML: mapping values are not allowed in this context; check the indentation, and put "
                + "a text with a colon, such as \"::1\", in quotes"
        ),
        (
            "http: {host: ::1}",
            "1:14: not valid YAML: did not find expected node content (while parsing a flow node); put a text "
                + "with a colon, such as \"::1\", in quotes"
        ),
        (
            "http: {cors_origins: [*]}",
            "1:24: not valid YAML: did not find expected alphabetic or numeric character (while scanning an "
                + "alias); put a text that begins with *, such as \"*\", in quotes"
        ),
        (
            "http: @x",
            "1:7: not valid YAML: found character that cannot start any token (while scanning for the next token); "
                + "put a text that begins with a special character in quotes"
        ),
        (
            "http: {port: 80",
            "2:1: not valid YAML: did not find expected ',' or '}' (while parsing a flow mapping from line 1)"
        ),
        ("http: &a {}", "1:7: anchors (&a) are not supported; write out the value where it is needed"),
        (
            "http: *a",
            "1:7: aliases (*a) are not supported; write out the value, or put a text that begins with * in quotes"
        ),
        ("http: {port: !int 80}", "1:14: tags (!int) are not supported; write the value alone"),
        ("http: !!map {}", "1:7: tags (tag:yaml.org,2002:map) are not supported; write the value alone"),
        ("http: {<<: {port: 1}}", "1:8: merge keys (<<) are not supported; write out the values"),
        ("http: {}\n---\nlive: {}", "2:1: a second document; a file contains only one"),
        ("? [a]\n: b", "1:3: a key must be a name, not a list or a section"),
        ("%YAML 2.0\n---\na: b", "1:1: not valid YAML: found incompatible YAML document"),
    ]

    static let notText: [([UInt8], String)] = [
        ([0xFF], "1:1: not a UTF-8 text file: invalid leading UTF-8 octet"),
        (Array("é: ".utf8) + [0xC3, 0x28], "1:5: not a UTF-8 text file: invalid trailing UTF-8 octet"),
        (Array("a: b\n\nb".utf8) + [0], "3:2: not a UTF-8 text file: control characters are not allowed"),
        ([0xFF, 0xFE, 0x61, 0x00], "1:1: not a UTF-8 text file: invalid leading UTF-8 octet"),
    ]
}
