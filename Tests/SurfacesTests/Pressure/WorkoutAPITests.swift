import Foundation
import Reactor
import Testing

@testable import Surfaces

@Suite("Workouts: documents", .timeLimit(.minutes(10))) @ReactorActor
struct WorkoutAPITests {
    @Test("a page creates, lists, completes and deletes a workout")
    func life() async throws {
        let harness = try await WorkoutHarness()
        let created = try await harness.json(
            "POST", "/workouts",
            #"{"name":"Morning","type":"Running","status":"in-progress","videoUrl":"","timeSeriesData":[],"pressure_frames":[]}"#
        )
        #expect(created.status == 201 && created.body["status"].text == "success")
        let id = created.body["data"]["_id"].text
        #expect(WorkoutID(id)?.text == id && id.count == 24)
        #expect(created.body["data"]["created_at"].text.hasSuffix("Z"))
        #expect(
            created.body["data"].keys == [
                "_id", "name", "type", "status", "videoUrl", "timeSeriesData", "created_at", "updated_at",
                "frame_count",
            ])
        let second = try await harness.create(#"{"name":"Evening"}"#)
        let list = try await harness.json("GET", "/workouts")
        #expect(list.status == 200 && list.body["data"].elements.map { $0["name"].text } == ["Evening", "Morning"])
        #expect(list.body["total"].number == 2 && list.body["next_before"].isMissing)
        let put = try await harness.json("PUT", "/workouts/\(id)", #"{"status":"completed","visionResults":[{"a":1}]}"#)
        #expect(put.status == 200 && put.body["data"]["status"].text == "completed")
        #expect(put.body["data"]["name"].text == "Morning" && put.body["data"]["visionResults"].count == 1)
        let got = try await harness.json("GET", "/workouts/\(id.uppercased())")
        #expect(got.status == 200 && got.body["data"]["status"].text == "completed")
        let deleted = try await harness.json("DELETE", "/workouts/\(id)")
        #expect(deleted.status == 200 && deleted.body["message"].text == "Workout deleted")
        for method in ["GET", "DELETE"] {
            let gone = try await harness.json(method, "/workouts/\(id)")
            #expect(gone.status == 404 && gone.body["error"].text == "Workout not found")
        }
        let rest = try await harness.json("GET", "/workouts")
        #expect(rest.body["data"].elements.map { $0["_id"].text } == [second.text])
    }

    nonisolated private static let rejectTable:
        [(method: String, target: String, body: String?, status: Int, reason: String)] = [
            ("POST", "/workouts", nil, 400, "missing_body"), ("POST", "/workouts", "{}", 400, "missing_body"),
            ("POST", "/workouts", "[1]", 400, "not_an_object"),
            ("POST", "/workouts", "{\"a\":NaN}", 400, "invalid_json"),
            ("POST", "/workouts", #"{"$a":1}"#, 400, "reserved_member"),
            ("POST", "/workouts", #"{"_id":"x"}"#, 400, "invalid_id"),
            ("GET", "/workouts/demo", nil, 404, "unknown"), ("PUT", "/workouts/demo", #"{"a":1}"#, 404, "unknown"),
            ("PUT", "/workouts/0123456789abcdef01234567", #"{"a":1}"#, 404, "unknown"),
            ("PUT", "/workouts/0123456789abcdef01234567", nil, 400, "missing_body"),
            ("DELETE", "/workouts/demo", nil, 404, "unknown"),
            ("GET", "/workouts?limit=0", nil, 400, "invalid_parameter"),
            ("GET", "/workouts?before=x", nil, 400, "invalid_parameter"),
            ("GET", "/workouts/0123456789abcdef01234567/frames", nil, 404, "unknown"),
            ("GET", "/workouts/0123456789abcdef01234567/frames?format=xml", nil, 400, "invalid_parameter"),
        ]

    @Test("each request that cannot be served has a status, a sentence and a reason", arguments: rejectTable)
    func rejects(method: String, target: String, body: String?, status: Int, reason: String) async throws {
        let harness = try await WorkoutHarness()
        let answer = try await harness.json(method, target, body)
        #expect(answer.status == status && answer.body["reason"].text == reason)
        #expect(answer.body["error"].text.count > 10)
    }

    @Test("a body that is not said to be JSON counts as missing")
    func contentTypes() async throws {
        let harness = try await WorkoutHarness()
        #expect(try await harness.send("POST", "/workouts", #"{"a":1}"#, type: "text/plain").status == 400)
        let charset = try await harness.send("POST", "/workouts", #"{"a":1}"#, type: "application/json; charset=utf-8")
        #expect(charset.status == 201)
        #expect(charset.headers["Location"]?.hasPrefix("/workouts/") == true)
    }

    @Test("a client may choose the id, once, and cannot change it")
    func ids() async throws {
        let harness = try await WorkoutHarness()
        let body = #"{"_id":"0123456789ABCDEF01234567","a":1}"#
        let id = try await harness.create(body)
        #expect(id.text == "0123456789abcdef01234567")
        let again = try await harness.json("POST", "/workouts", body)
        #expect(again.status == 409 && again.body["reason"].text == "exists")
        let same = try await harness.json("PUT", "/workouts/\(id.text)", #"{"_id":"\#(id.text)","b":2}"#)
        #expect(same.status == 200 && same.body["data"]["b"].number == 2)
        let other = try await harness.json("PUT", "/workouts/\(id.text)", #"{"_id":"fff456789abcdef012345678"}"#)
        #expect(other.status == 404 || other.status == 400)
    }

    @Test("a list is read in pages, without large members; the document has them")
    func pages() async throws {
        let harness = try await WorkoutHarness()
        let data = (0..<2_000).map(String.init).joined(separator: ",")
        for number in 1...5 { _ = try await harness.create(#"{"n":\#(number),"timeSeriesData":[\#(data)]}"#) }
        var seen: [Double?] = []
        var query = "?limit=2"
        while true {
            let page = try await harness.json("GET", "/workouts\(query)")
            seen += page.body["data"].elements.map { $0["n"].number }
            #expect(page.body["data"][0]["omitted_members"].elements.map(\.text) == ["timeSeriesData"])
            guard let next = page.body["next_before"].number else { break }
            query = "?limit=2&before=\(Int(next))"
        }
        #expect(seen == [5, 4, 3, 2, 1])
        let first = try await harness.json("GET", "/workouts?limit=1")
        let whole = try await harness.json("GET", "/workouts/\(first.body["data"][0]["_id"].text)")
        #expect(whole.body["data"]["timeSeriesData"].count == 2_000 && whole.body["data"]["omitted_members"].isMissing)
    }

    @Test("documents have a limit")
    func limit() async throws {
        let harness = try await WorkoutHarness { _, limits in limits.documentBytes = 100 }
        let answer = try await harness.json(
            "POST", "/workouts", #"{"text":"\#(String(repeating: "a", count: 100))"}"#)
        #expect(answer.status == 413 && answer.body["reason"].text == "too_large")
        let id = try await harness.create(#"{"text":"\#(String(repeating: "a", count: 70))"}"#)
        let grown = try await harness.json(
            "PUT", "/workouts/\(id.text)", #"{"more":"\#(String(repeating: "b", count: 30))"}"#)
        #expect(grown.status == 413)
        let replaced = try await harness.json(
            "PUT", "/workouts/\(id.text)", #"{"text":"\#(String(repeating: "c", count: 80))"}"#)
        #expect(replaced.status == 200 && replaced.body["data"]["text"].text.count == 80)
    }

    @Test("the largest document that is allowed is stored")
    func largest() async throws {
        let harness = try await WorkoutHarness { _, limits in limits.documentBytes = 8 << 20 }
        let text = String(repeating: "a", count: 8 << 20 - 100)
        let id = try await harness.create(#"{"name":"x","text":"\#(text)"}"#)
        let found = try await harness.workouts.workout(id)
        #expect(found.document.count > 8 << 20 - 100)
    }

    @Test("without a store, workouts are unavailable, with a reason")
    func disabled() async throws {
        let harness = try await WorkoutHarness(isStored: false)
        for (method, target, body) in [("GET", "/workouts", nil), ("POST", "/workouts", #"{"a":1}"#)] {
            let answer = try await harness.json(method, target, body)
            #expect(answer.status == 503 && answer.body["reason"].text == "unavailable")
            #expect(answer.body["error"].text.contains("store.enabled"))
        }
        let health = try await harness.json("GET", "/health")
        #expect(health.status == 200 && health.body["status"].text == "healthy")
        #expect(health.body["workouts"].text == "unavailable")
    }

    @Test("the other paths of the original answer as before, and unknown ones in JSON")
    func others() async throws {
        let harness = try await WorkoutHarness()
        #expect(try await harness.json("GET", "/").body["status"].text == "ok")
        #expect(try await harness.json("GET", "/health").body["status"].text == "healthy")
        let started = try await harness.json("POST", "/session/start", #"{"user":"Ann"}"#)
        #expect(started.body["status"].text == "ok" && started.body["received"]["user"].text == "Ann")
        for body in [nil, "[]", "nonsense", "0"] {
            let answer = try await harness.json("POST", "/session/start", body)
            #expect(answer.status == 200 && answer.body["received"].keys.isEmpty && !answer.body["received"].isMissing)
        }
        #expect(try await harness.json("GET", "/nowhere").status == 404)
        #expect(try await harness.json("PATCH", "/workouts").status == 405)
    }
}
