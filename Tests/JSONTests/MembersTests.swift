import JSON
import Testing

@Suite("JSON members") struct MembersTests {
    @Test("are found by key; a repeated key keeps its place and takes the last value")
    func repeatedKeys() throws {
        let members = try JSONMembers(parsing: Array(#" {"a": 1, "b": "x", "\u0061": 2.5, "c": null} "#.utf8))
        #expect(members.members.count == 3)
        #expect(members.members.map { members.string($0.key) } == ["a", "b", "c"])
        let first = try #require(members["a"])
        #expect(members.double(first) == 2.5)
        #expect(members["d"] == nil)
        #expect(JSONMembers().members.isEmpty)
    }

    @Test("keys that differ only in canonical form stay apart")
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

    @Test("a value can be replaced in place")
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
