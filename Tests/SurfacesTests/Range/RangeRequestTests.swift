import Events
import JSON
import Reactor
import Signals
import Surfaces
import Testing
import Web

@testable import ShootingRange

@Suite("Range API") @ReactorActor
struct RangeRequestTests {
    let range = TestRange()
    nonisolated private static let sensor = "/api/sensors/\(TestRange.sensor)"

    nonisolated static let bodies: [(method: String, target: String, members: [String])] = [
        ("POST", "/api/targets", ["id", "name", "location", "rack", "sensors"]),
        ("PUT", "/api/targets/gong", ["name", "location", "rack", "sensors"]),
        (
            "PUT", "\(sensor)/thresholds",
            ["onset", "peak", "peak_displacement", "onset_acceleration", "longest_rise", "dead_time"]
        ),
        ("PUT", "\(sensor)/target", ["target"]), ("POST", "\(sensor)/dry-run", ["thresholds", "recording", "seconds"]),
        ("POST", "\(sensor)/recording/start", ["name"]),
        ("PATCH", "/api/runs/run_001", ["shooter_name", "stage_name", "par_times"]),
        ("PUT", "/api/runs/upcoming", ["shooter_name", "stage_name", "par_times"]),
    ]

    @Test("rejects a body that is not an object and changes nothing", arguments: bodies)
    func noObject(method: String, target: String, members: [String]) async throws {
        for body in ["{", "[]", "5", "null", "\"x\"", "{} {}", "{\"a\":1,}", "\u{0}"] {
            let response = try await range.send(method, target, body)
            #expect(response.status == .badRequest, "\(target) \(body)")
            #expect(response.errorMessage?.contains("body") == true, "\(target) \(body)")
        }
        #expect(range.targets.isEmpty && range.edits.isEmpty && range.dryRunRequests.isEmpty)
        #expect(range.thresholds == .standard)
    }

    @Test("rejects a body of more than 64 KiB: reading it would delay events", arguments: bodies)
    func longBody(method: String, target: String, members: [String]) async throws {
        let response = try await range.send(method, target, "{}" + String(repeating: " ", count: 65_535))
        #expect(response.status == .badRequest)
        #expect(response.errorMessage?.contains("body") == true, "\(response.errorMessage ?? "")")
    }

    @Test("rejects a member of the wrong type by name and changes nothing", arguments: bodies)
    func wrongTypes(method: String, target: String, members: [String]) async throws {
        range.runs = [.sample(1)]
        for member in members {
            // None of these members accepts `true`.
            let body = "{\"name\":\"Gong\",\"\(member)\":true}"
            let alone = "{\"\(member)\":true}"
            let response = try await range.send(method, target, members.contains("name") ? body : alone)
            #expect(response.status == .badRequest, "\(target) \(member)")
            #expect(response.errorMessage?.contains("\"\(member)\"") == true, "\(response.errorMessage ?? "")")
        }
        #expect(range.targets.isEmpty && range.edits.isEmpty && range.dryRunRequests.isEmpty)
        #expect(range.thresholds == .standard)
    }

    @Test("rejects an unknown member and lists the known ones", arguments: bodies)
    func unknownMembers(method: String, target: String, members: [String]) async throws {
        let response = try await range.send(method, target, "{\"nmae\":\"Gong\"}")
        #expect(response.status == .badRequest)
        for member in members {
            #expect(response.errorMessage?.contains(member) == true, "\(response.errorMessage ?? "")")
        }
    }

    @Test(
        "answers 404 with the name of an unknown object",
        arguments: [
            ("GET", "/api/targets/none", ""), ("DELETE", "/api/targets/none", ""), ("GET", "/api/sensors/none", ""),
            ("PUT", "/api/sensors/none/thresholds", "{\"peak\":50}"),
            ("PUT", "/api/sensors/none/target", "{\"target\":null}"), ("POST", "/api/sensors/none/calibrate", ""),
            ("POST", "/api/sensors/none/dry-run", "{}"), ("POST", "/api/sensors/none/recording/start", "{}"),
            ("GET", "/api/recordings/none", ""), ("GET", "/api/runs/none", ""), ("DELETE", "/api/runs/none", ""),
            ("PATCH", "/api/runs/none", "{\"shooter_name\":null}"), ("GET", "/api/runs/none?format=csv", ""),
        ])
    func unknownIDs(method: String, target: String, body: String) async throws {
        let response = try await range.send(method, target, body)
        #expect(response.status == .notFound)
        #expect(response.errorMessage?.contains("\"none\"") == true)
    }

    @Test("accepts values at the limits and rejects values beyond")
    func limits() async throws {
        func status(_ method: String, _ target: String, _ body: String = "") async throws -> Int {
            try await range.send(method, target, body).status.code
        }
        func name(_ length: Int) -> String { String(repeating: "x", count: length) }
        let targets = "/api/targets"
        #expect(try await status("POST", targets, "{\"name\":\"\(name(100))\",\"id\":\"\(name(64))\"}") == 201)
        #expect(try await status("POST", targets, "{\"name\":\"\(name(101))\",\"id\":\"a\"}") == 400)
        #expect(try await status("POST", targets, "{\"name\":\"b\",\"id\":\"\(name(65))\"}") == 400)
        let sensors = { (count: Int) in (0..<count).map { "\"\($0)\"" }.joined(separator: ",") }
        #expect(try await status("POST", targets, "{\"id\":\"c\",\"sensors\":[\(sensors(16))]}") == 201)
        #expect(try await status("POST", targets, "{\"id\":\"d\",\"sensors\":[\(sensors(17))]}") == 400)
        #expect(try await status("POST", targets, "{\"id\":\"e\",\"location\":{\"x\":1e5,\"y\":-1e5}}") == 201)
        #expect(try await status("POST", targets, "{\"id\":\"f\",\"location\":{\"x\":100001,\"y\":0}}") == 400)

        let upcoming = "/api/runs/upcoming"
        #expect(try await status("PUT", upcoming, "{\"shooter_name\":\"\(name(200))\"}") == 200)
        #expect(try await status("PUT", upcoming, "{\"shooter_name\":\"\(name(201))\"}") == 400)
        #expect(try await status("PUT", upcoming, "{\"shooter_name\":\"two\\nlines\"}") == 400)
        #expect(try await status("PUT", upcoming, "{\"par_times\":[0.01,1,2,3,4,5,6,3600]}") == 200)
        #expect(try await status("PUT", upcoming, "{\"par_times\":[1,2,3,4,5,6,7,8,9]}") == 400)
        #expect(try await status("PUT", upcoming, "{\"par_times\":[0]}") == 400)
        #expect(try await status("PUT", upcoming, "{\"par_times\":[3600.1]}") == 400)

        let thresholds = "/api/sensors/\(TestRange.sensor)/thresholds"
        #expect(try await status("PUT", thresholds, "{\"onset\":0.01,\"peak\":32767}") == 200)
        #expect(try await status("PUT", thresholds, "{\"peak\":32768}") == 400)
        #expect(try await status("PUT", thresholds, "{\"onset\":0}") == 400)
        #expect(try await status("PUT", thresholds, "{\"dead_time\":2.01}") == 400)
        #expect(range.thresholds.peak == 32_767)
        let dryRun = "/api/sensors/\(TestRange.sensor)/dry-run"
        #expect(try await status("POST", dryRun, "{\"seconds\":3600}") == 200)
        #expect(try await status("POST", dryRun, "{\"seconds\":0.01}") == 400)
        #expect(try await status("POST", dryRun, "{\"thresholds\":{\"onset\":50,\"peak\":40}}") == 400)
    }

    @Test("derives a target's id from its name; rejects ids that do not fit in a path")
    func targetIDs() async throws {
        let made = try await range.send("POST", "/api/targets", "{\"name\":\"Popper 1, left\"}")
        #expect(made.status == .created && made.bodyJSON?["id"]?.stringValue == "popper-1-left")
        #expect(made.headers["Location"] == "/api/targets/popper-1-left")
        #expect(try await range.send("POST", "/api/targets", "{\"name\":\"Popper 1: left\"}").status == .conflict)
        for wrong in [
            "{}", "{\"name\":\"***\"}", "{\"id\":\"a/b\"}", "{\"id\":\"..\"}", "{\"id\":\"\"}", "{\"name\":null}",
        ] {
            #expect(try await range.send("POST", "/api/targets", wrong).status == .badRequest, "\(wrong)")
        }
        #expect(try await range.send("PUT", "/api/targets/a", "{\"id\":\"b\"}").status == .badRequest)
        #expect(try await range.send("PUT", "/api/targets/a", "{\"id\":\"a\"}").status == .ok)
    }

    @Test("null removes a name; omitted members stay unchanged")
    func edits() async throws {
        range.runs = [.sample(1)]
        _ = try await range.send("PATCH", "/api/runs/run_001", "{\"shooter_name\":null,\"par_times\":[]}")
        var expected = RunEdit()
        (expected.shooter, expected.parTimes) = (.some(nil), [])
        #expect(range.edits == [expected])
        let empty = try await range.send("PATCH", "/api/runs/run_001", "{}")
        #expect(empty.status == .badRequest && empty.errorMessage?.contains("\"shooter_name\"") == true)
        #expect(range.edits.count == 1)
        _ = try await range.send("PUT", "/api/runs/upcoming", "{\"shooter_name\":\"Ann\"}")
        let names = try await range.send("GET", "/api/runs/upcoming").bodyJSON
        #expect(names?["shooter_name"]?.stringValue == "Ann" && names?["stage_name"]?.isNull == true)
    }

    @Test("a sensor's target is an id or null, and is required")
    func assignment() async throws {
        let path = "\(Self.sensor)/target"
        #expect(try await range.send("PUT", path, "{\"target\":\"gong\"}").bodyJSON?["target"]?.stringValue == "gong")
        #expect(try await range.send("PUT", path, "{\"target\":null}").bodyJSON?["target"]?.isNull == true)
        #expect(try await range.send("PUT", path, "{}").status == .badRequest)
    }

    @Test(
        "event ids are numbers", arguments: [("17", 404), ("x", 400), ("-1", 400), ("18446744073709551616", 400)])
    func explanations(id: String, status: Int) async throws {
        #expect(try await range.send("GET", "/api/events/\(id)/explain").status.code == status)
    }

    @Test("replies to a change only once it is saved, and says when it cannot be")
    func saving() async throws {
        let range = TestRange()
        range.holdsSaves = true
        let reply = Reply()
        let request = Task { reply.response = try await range.send("POST", "/api/targets", #"{"name":"Plate"}"#) }
        while range.heldSave == nil { await Task.yield() }
        #expect(range.targets["plate"] != nil && reply.response == nil)
        range.holdsSaves = false
        range.heldSave?.resume()
        try await request.value
        #expect(reply.response?.status == .created)

        range.saveFailure = "the disk is full"
        let warned = try await range.send("POST", "/api/targets", #"{"name":"Gong"}"#)
        let body = try JSONValue(parsing: warned.body)
        #expect(warned.status == .created && body["name"]?.stringValue == "Gong")
        #expect(body["warning"]?.stringValue == "not saved, and lost when the gateway stops: the disk is full")
        #expect(warned.headers["Location"] != nil)
        let deleted = try await range.send("DELETE", "/api/targets/gong")
        let answer = try JSONValue(parsing: deleted.body)
        #expect(deleted.status == .ok && answer["warning"] != nil)
    }
}

@ReactorActor
private final class Reply {
    var response: HTTPResponse?
}
