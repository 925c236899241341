import Testing

@testable import Store

@Suite("Documents of workouts") struct WorkoutDocumentTests {
    private func document(_ json: String, maximumBytes: Int = 10_000) throws(WorkoutDocument.Reject) -> WorkoutDocument
    {
        try WorkoutDocument(parsing: Array(json.utf8), maximumBytes: maximumBytes)
    }

    private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    private func reject(_ json: String, maximumBytes: Int = 10_000) -> WorkoutDocument.Reject? {
        do throws(WorkoutDocument.Reject) {
            _ = try document(json, maximumBytes: maximumBytes)
            return nil
        } catch {
            return error
        }
    }

    @Test("keeps the text of all members but those that the gateway adds")
    func members() throws {
        let parsed = try document(
            #" {"name": "Čaj", "n": 1.0, "list": [1, 2], "_id":"abc", "created_at":1, "pressure_frames": [ ], "frame_count":3} "#
        )
        #expect(text(parsed.body) == #"{"name":"Čaj","n":1.0,"list":[1, 2]}"#)
        #expect(parsed.id == "abc" && parsed.summary == nil)
        #expect(text(try document(#"{"a":1,"b":2,"a":3}"#).body) == #"{"a":3,"b":2}"#)
    }

    @Test("the summary for lists has no large members, and names them")
    func summary() throws {
        let large = "[" + Array(repeating: "1", count: 600).joined(separator: ",") + "]"
        let parsed = try document("{\"name\":\"x\",\"timeSeriesData\":\(large)}")
        #expect(text(parsed.summary) == #"{"name":"x","omitted_members":["timeSeriesData"]}"#)
        #expect(text(parsed.body) == "{\"name\":\"x\",\"timeSeriesData\":\(large)}")
    }

    nonisolated private static let rejectTable: [(json: String, reject: WorkoutDocument.Reject)] = [
        ("", .missing), ("{}", .missing), ("null", .missing), ("0", .missing), ("[]", .missing), (" \"\" ", .missing),
        ("false", .missing), ("[1]", .notAnObject), ("\"text\"", .notAnObject), ("7", .notAnObject),
        (#"{"$set":1}"#, .reserved("$set")), (#"{"_id":5}"#, .reserved("_id")),
        (#"{"pressure_frames":[{"a":1}]}"#, .reserved("pressure_frames")),
    ]

    @Test("rejects what is not a document", arguments: rejectTable)
    func rejects(json: String, expected: WorkoutDocument.Reject) {
        #expect(reject(json) == expected)
    }

    @Test("rejects invalid JSON and too many bytes")
    func invalid() {
        guard case .invalid = reject(#"{"a":NaN}"#), case .invalid = reject(#"{"a":"#) else {
            Issue.record("invalid JSON was accepted")
            return
        }
        #expect(reject(#"{"a":1}"#, maximumBytes: 6) == .tooLarge(maximum: 6))
        #expect(reject(#"{"a":1}"#, maximumBytes: 7) == nil)
    }

    @Test("changes replace members where they stand, and new ones follow")
    func merging() throws {
        let old = try document(#"{"a":1,"b":{"x":1},"c":"\u0041"}"#)
        let merged = try old.merging(try document(#"{"b":[2],"d":null,"a":"z"}"#))
        #expect(text(merged.body) == #"{"a":"z","b":[2],"c":"\u0041","d":null}"#)
    }
}
