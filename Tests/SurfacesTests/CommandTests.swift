import Events
import JSON
import Testing

@testable import Surfaces

@Suite("WebSocket commands") struct CommandTests {
    nonisolated private static let publishable: JSONValue = {
        var event = JSONObject()
        event.set("type", to: .string("status"))
        event.set("n", to: .integer(1))
        return .object(event)
    }()

    @Test(
        "parses live socket commands",
        arguments: [
            (
                #"{"type":"subscribe","channels":["status","x"]}"#,
                LiveCommand.subscribe([.string("status"), .string("x")])
            ),
            (#"{"type":"subscribe"}"#, .subscribe([])),
            (#"{"type":"subscribe","channels":"status"}"#, .subscribe([.string("status")])),
            (#"{"type":"unsubscribe","channels":[1]}"#, .unsubscribe([.integer(1)])),
            (#"{"type":"ping","extra":{}}"#, .ping),
            (#"{"type":"get_status"}"#, .getStatus),
            (#"{"type":"status","n":1}"#, .publish([publishable])),
            (#"[{"type":"status","n":1},{"type":"status","n":1}]"#, .publish([publishable, publishable])),
            (#"[{"type":"status","n":1},{"type":"ping"}]"#, .invalid(detail: "a command is a JSON object")),
            ("[]", .invalid(detail: "a command is a JSON object")),
            (#"{"type":"PING"}"#, .unknown(type: "PING")),
            (#"{"type":5}"#, .unknown(type: "5")),
            ("{}", .unknown(type: "None")),
            ("[1,2]", .invalid(detail: "a command is a JSON object")),
            ("null", .invalid(detail: "a command is a JSON object")),
        ])
    func live(text: String, command: LiveCommand) {
        #expect(LiveCommand(Array(text.utf8)) == command)
    }

    @Test(
        "parses broadcast commands",
        arguments: [
            (#"{"type":"get_status"}"#, HeartCommand.getStatus),
            (#"{"type":"get_latest","user_id":1}"#, .getLatest(.number(1))),
            (#"{"type":"get_latest","user_id":1.0}"#, .getLatest(.number(1))),
            (#"{"type":"get_latest","user_id":true}"#, .getLatest(.number(1))),
            (#"{"type":"get_latest","user_id":"1"}"#, .getLatest(.text("1"))),
            (#"{"type":"get_latest","user_id":null}"#, .getLatest(.null)),
            (#"{"type":"get_latest","user_id":[1]}"#, .getLatest(nil)),
            (#"{"type":"get_latest"}"#, .getLatest(nil)),
            (#"{"type":"get_signal_history","user_id":2}"#, .getSignalHistory(.number(2))),
            (#"{"type":"get_all_statistics"}"#, .getAllStatistics),
            (#"{"type":"nope"}"#, .unknown(type: "nope")),
            ("5", .invalid(detail: "a command is a JSON object")),
        ])
    func heart(text: String, command: HeartCommand) {
        #expect(HeartCommand(Array(text.utf8)) == command)
    }

    @Test("recognises blank messages", arguments: ["", " ", "\t\r\n \u{B}\u{C}"])
    func blank(text: String) {
        #expect(HeartCommand.isBlank(Array(text.utf8)))
        #expect(!HeartCommand.isBlank(Array((text + "5").utf8)))
    }

    @Test("reports invalid JSON with its position", arguments: ["{\"type\":", "\u{0}", "", "{'type':'ping'}"])
    func invalid(text: String) {
        guard case .invalid(let detail) = LiveCommand(Array(text.utf8)) else {
            Issue.record("\(text) was accepted as a command")
            return
        }
        #expect(!detail.isEmpty)
    }

    @Test("rejects commands that are too long or too deep")
    func limits() {
        let long = #"{"type":"ping","x":""# + String(repeating: "x", count: 70_000) + #""}"#
        let deep = #"{"type":"ping","x":"# + String(repeating: "[", count: 20) + String(repeating: "]", count: 20) + "}"
        for text in [long, deep] {
            guard case .invalid = LiveCommand(Array(text.utf8)) else {
                Issue.record("accepted as a command: \(text.prefix(40))")
                continue
            }
        }
    }
}
