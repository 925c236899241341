import Testing

@testable import JSON

@Suite("JSON object scanner") struct ScannerTests {
    private static let heart =
        #"{"user":1,"bpm":76.5,"timestamp":1234567890,"signal_strength":-45,"finger_detected":true,"sensor_type":"MAX\n30102","x":{"a":[1,{}]},"n":null}"#

    @Test("returns each member with its kind, position and value")
    func members() throws {
        var scanner = try JSONObjectScanner(Array(Self.heart.utf8))
        var seen: [String] = []
        while let member = try scanner.next() {
            seen.append(String(decoding: scanner.raw(member.key) + [0x3A] + scanner.raw(member.value), as: UTF8.self))
            let key = scanner.string(member.key)
            switch key {
            case "user": #expect(scanner.integer(member.value) == 1 && scanner.double(member.value) == 1)
            case "bpm": #expect(scanner.integer(member.value) == nil && scanner.double(member.value) == 76.5)
            case "signal_strength": #expect(scanner.integer(member.value) == -45)
            case "finger_detected": #expect(scanner.boolean(member.value) == true)
            case "sensor_type":
                #expect(scanner.string(member.value) == "MAX\n30102")
                #expect(scanner.isText(member.value, "MAX\n30102"))
                #expect(member.value.isEscaped)
                #expect(scanner.double(member.value) == nil)
            case "x":
                #expect(member.value.kind == .object)
                #expect(String(decoding: scanner.raw(member.value), as: UTF8.self) == #"{"a":[1,{}]}"#)
            case "n": #expect(member.value.kind == .null)
            default: break
            }
        }
        #expect("{" + seen.joined(separator: ",") + "}" == Self.heart)
        #expect(try scanner.next() == nil)
    }

    @Test("compares keys by their unescaped text")
    func escapedKeys() throws {
        var scanner = try JSONObjectScanner(Array(#"{"\u0062pm":1,"bpm":2,"bp":3,"bpmx":4,"bpM":5}"#.utf8))
        var matches: [Int64?] = []
        while let member = try scanner.next() {
            guard scanner.isText(member.key, "bpm") else { continue }
            matches.append(scanner.integer(member.value))
        }
        #expect(matches == [1, 2])
    }

    @Test("rejects the same input as the tree reader, at the same position", arguments: SyntaxTests.rejected.map(\.0))
    func agreesOnErrors(text: String) {
        for document in ["{\(text)}", "{\"k\":\(text)}", "{\"k\":[\(text)]}", "{\"k\":{\"a\":\(text)}}"] {
            var treeError: JSONError?
            do { _ = try parse(document) } catch { treeError = error as? JSONError }
            var scanError: JSONError?
            do { _ = try scanAll(document) } catch { scanError = error as? JSONError }
            #expect(treeError == scanError)
        }
    }

    @Test("accepts every valid value as a member", arguments: SyntaxTests.accepted.map(\.0))
    func agreesOnAcceptance(text: String) throws {
        #expect(try scanAll("{\"k\":\(text)}") == 1)
    }

    @Test("distinguishes other JSON values from invalid JSON", arguments: ["[1,2]", "5", "\"x\"", "null", " true "])
    func notAnObject(text: String) {
        let error = thrownError { try JSONObjectScanner(Array(text.utf8)) }
        #expect(error?.reason == .notAnObject)
    }

    private func scanAll(_ text: String) throws -> Int {
        var scanner = try JSONObjectScanner(Array(text.utf8), limits: .standard)
        var count = 0
        while try scanner.next() != nil { count += 1 }
        return count
    }
}

@Suite("JSON members") struct MembersTests {
    @Test("looks for repeated keys in time linear in the input", arguments: ["k%", "\\u0061%", "same", "s\\u0061me"])
    func linearSearch(pattern: String) throws {
        func steps(_ count: Int) throws -> Int {
            let keys = ["\\u0062"] + (0..<count).map { pattern.replacing("%", with: String($0)) }
            let document = Array("{\(keys.map { "\"\($0)\":1" }.joined(separator: ","))}".utf8)[...]
            var limits = JSONLimits.stored
            limits.members = count + 1
            var scanner = try JSONObjectScanner(document, limits: limits)
            var members: [JSONMember] = []
            var keyIndex = JSONKeyIndex()
            while let member = try scanner.next() {
                if keyIndex.place(of: member.key, among: members, in: document) == nil { members.append(member) }
            }
            return keyIndex.steps
        }
        let (few, many) = (try steps(100), try steps(10_000))
        #expect(few <= 2 * 101 && many <= 2 * 10_001)
    }

    @Test("are found by key; a repeated key keeps its position and its last value")
    func repeatedKeys() throws {
        let members = try JSONMembers(parsing: Array(#" {"a": 1, "b": "x", "\u0061": 2.5, "c": null} "#.utf8))
        #expect(members.members.count == 3)
        #expect(members.members.map { members.string($0.key) } == ["a", "b", "c"])
        let first = try #require(members["a"])
        #expect(members.double(first) == 2.5)
        #expect(members["d"] == nil)
        #expect(JSONMembers().members.isEmpty)
    }

    @Test("keys that differ only in canonical form are distinct")
    func canonicalForms() throws {
        let document = Array("{\"\u{e9}\":1,\"e\u{301}\":2}".utf8)
        #expect(try JSONMembers(parsing: document).members.count == 2)
        #expect(try JSONValue(parsing: document).objectValue?.count == 2)
    }

    static let copies: [(String, String, String)] = [
        (#"{"a":1}"#, #"{"a":1}"#, #"{"a": 1}"#),
        (#"{"a" : 1.50 , "b":1e5,"c":-0 }"#, #"{"a":1.50,"b":1e5,"c":-0}"#, #"{"a": 1.50, "b": 1e5, "c": -0}"#),
        (
            #"{"é":"\u00e9\/\n😀","t":true,"n":null}"#, #"{"é":"é/\n😀","t":true,"n":null}"#,
            #"{"\u00e9": "\u00e9/\n\ud83d\ude00", "t": true, "n": null}"#
        ),
        (
            "{\"o\":{\"k,:\" :[1 ,\t{}\n,[ ],\"\\\"]\\\\\" , \"é\"]}}", #"{"o":{"k,:":[1,{},[],"\"]\\","é"]}}"#,
            #"{"o": {"k,:": [1, {}, [], "\"]\\", "\u00e9"]}}"#
        ),
    ]

    @Test("are copied in the writer's style, numbers digit by digit", arguments: copies)
    func copying(original: String, compact: String, spaced: String) throws {
        let members = try JSONMembers(parsing: Array(original.utf8))
        for (style, expected) in [(JSONStyle.compact, compact), (.spaced, spaced)] {
            let written = text(style) {
                $0.beginObject()
                for member in members.members { $0.copy(member, of: members) }
                $0.endObject()
            }
            #expect(written == expected)
            #expect(try parse(written) == parse(original))
        }
    }

    @Test("a value can be replaced during a copy")
    func replacing() throws {
        let members = try JSONMembers(parsing: Array(#"{"user":1,"bpm":76,"x":[1]}"#.utf8))
        let written = text {
            $0.beginObject()
            for member in members.members {
                if members.isText(member.key, "bpm") {
                    $0.copyKey(member.key, of: members)
                    $0.number(72)
                } else {
                    $0.copy(member, of: members)
                }
            }
            $0.endObject()
        }
        #expect(written == #"{"user":1,"bpm":72.0,"x":[1]}"#)
    }
}
