import JSON
import Reactor
import Surfaces
import Testing

@testable import Web

@Suite("Timer API") @ReactorActor
struct TimerRequestTests {
    let range = TestRange()
    private static let admin = "/api/admin/amg/timers/T"

    @Test("sends commands by id or to the only timer; a sensitivity is a number from 1 to 10")
    func orders() async throws {
        let paths = ["any/start", "T/stop", "T/sensitivity/10", "T/request/shots", "any/request/screen"]
        for path in paths {
            let response = try await range.send("POST", "/api/timers/\(path)")
            #expect(response.status == .accepted && response.bodyJSON?["status"]?.stringValue == "sent", "\(path)")
        }
        #expect(range.timers == [nil, "T", "T", "T", nil])
        #expect(range.commands == [.start, .stop, .sensitivity(10), .requestShots, .requestScreen])
        for level in ["0", "11", "x", "1.5", "-1", "99999999999999999999"] {
            #expect(
                try await range.send("POST", "/api/timers/T/sensitivity/\(level)").status == .badRequest, "\(level)")
            let response = try await range.send("POST", "\(Self.admin)/sensitivity/\(level)")
            #expect(response.status == .badRequest, "\(level)")
        }
        #expect(try await range.send("GET", "/api/timers/T/start").status == .methodNotAllowed)
        #expect(range.commands.count == 5)
    }

    @Test("reports a timer's status and the shots of its latest run")
    func status() async throws {
        let expected = try JSONValue(
            parsing: Array(
                """
                {"id":"T","name":"Timer \\"1\\"","connected":true,"used":true,"battery":null,"signal":-60,
                "last_seen":"2023-11-14T22:13:20.000Z","run_id":"run_001","shots":[1.5,2.34]}
                """.utf8))
        #expect(try await range.send("GET", "/api/timers/T").bodyJSON == expected)
        #expect(try await range.send("GET", "/api/timers").bodyJSON?["timers"]?.arrayValue == [expected])
        #expect(try await range.send("GET", "/api/timers/none").errorMessage == "there is no timer \"none\"")
    }

    @Test("serves the paths and members of LeadVille's own pages")
    func leadVille() async throws {
        let expected = try JSONValue(
            parsing: Array(
                """
                {"id":"T","hw_addr":"T","label":"Timer \\"1\\"","battery":null,"rssi":-60,
                "last_seen":"2023-11-14T22:13:20.000Z","connected":true,"monitoring":true,"sensitivity":null,
                "battery_level":null,"signal_strength":-60,"current_shots":2,"last_time":2.34,"shot_sequence":[1.5,2.34]}
                """.utf8))
        let list = try await range.send("GET", "/api/admin/amg/timers").bodyJSON
        #expect(list?["timers"]?.arrayValue == [expected])
        #expect(list?["total_count"]?.integerValue == 1 && list?["connected_count"]?.integerValue == 1)
        let one = try await range.send("GET", "\(Self.admin)/status").bodyJSON
        #expect(one?["status"] == expected && one?["timestamp"]?.stringValue?.hasSuffix("Z") == true)
        let all = try await range.send("GET", "/api/admin/amg/status").bodyJSON
        #expect(all?["manager_status"]?["connected_timers"]?.integerValue == 1)

        func done(_ path: String) async throws -> JSONValue? {
            let response = try await range.send("POST", "\(Self.admin)/\(path)")
            #expect(response.status == .ok && response.bodyJSON?["message"]?.stringValue?.isEmpty == false, "\(path)")
            #expect(response.bodyJSON?["hw_addr"]?.stringValue == "T")
            return response.bodyJSON
        }
        #expect(try await done("remote_start")?["command_sent"]?.booleanValue == true)
        #expect(try await done("sensitivity/7")?["sensitivity"]?.integerValue == 7)
        #expect(try await done("request_data")?["data_type"]?.stringValue == "shots")
        #expect(try await done("request_data?data_type=screen")?["success"]?.booleanValue == true)
        #expect(range.commands == [.start, .sensitivity(7), .requestShots, .requestScreen])
        #expect(try await done("start_monitoring")?["monitoring"]?.booleanValue == true)
        #expect(try await done("disconnect")?["connected"]?.booleanValue == false)
        #expect(!range.isTimerUsed)
        #expect(try await done("connect")?["connected"]?.booleanValue == true)
        #expect(range.isTimerUsed)
        range.isTimerConnected = false
        #expect(try await done("connect")?["connected"]?.booleanValue == false)
        #expect(try await done("stop_monitoring")?["monitoring"]?.booleanValue == false)
    }

    @Test("reports errors to LeadVille's pages in detail")
    func leadVilleRefusals() async throws {
        for path in ["connect", "disconnect", "start_monitoring", "stop_monitoring"] {
            let response = try await range.send("POST", "/api/admin/amg/timers/none/\(path)")
            #expect(response.status == .notFound, "\(path)")
            #expect(response.bodyJSON?["detail"]?.stringValue == "there is no timer \"none\"", "\(path)")
        }
        #expect(try await range.send("GET", "/api/admin/amg/timers/none/status").status == .notFound)
        #expect(try await range.send("POST", "\(Self.admin)/request_data?data_type=x").status == .badRequest)
        // The request cannot be fulfilled, so it must not be confirmed.
        #expect(try await range.send("POST", "\(Self.admin)/stop_monitoring").status == .conflict)
        range.isTimerConnected = false
        #expect(try await range.send("POST", "\(Self.admin)/start_monitoring").status == .conflict)
    }
}
