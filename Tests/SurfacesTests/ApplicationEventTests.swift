import Clocks
import Events
import Hub
import JSON
import Metrics
import Reactor
import Testing

@testable import Surfaces

@Suite("Events of applications") struct ApplicationEventTests {
    private func parse(_ text: String) throws -> [ApplicationEvent] {
        try ApplicationEventRequest.parse(Array(text.utf8), client: "test")
    }

    private static func json(_ event: ApplicationEvent, _ vocabulary: LiveVocabulary = .status) -> String {
        let stamp = EventStamp(
            id: 7, received: MonotonicTime(nanoseconds: 1), wall: WallTime(nanoseconds: 1_694_629_845_123_000_000))
        var writer = JSONWriter(.spaced)
        LiveEventJSON.write(Event(stamp: stamp, body: .application(event)), vocabulary, to: &writer)
        return String(decoding: writer.finish(), as: UTF8.self)
    }

    nonisolated static let passedOn: [(String, String)] = [
        (
            #"{"type":"status","event_type":"system_startup","system_status":"operational","message":"Ready"}"#,
            """
            {"type": "status", "event_type": "system_startup", "timestamp": "2023-09-13T18:30:45.123Z", \
            "message": "Ready", "data": {"event_type": "system_startup", "system_status": "operational", \
            "message": "Ready"}, "source": "application", "id": 7}
            """
        ),
        (
            #"{"type":"sensor_event","sensor_id":"BT50_01","data":{"magnitude":15.5}}"#,
            """
            {"type": "sensor_event", "event_type": "impact_detected", "timestamp": "2023-09-13T18:30:45.123Z", \
            "sensor_id": "BT50_01", "data": {"magnitude": 15.5}, "source": "application", "id": 7}
            """
        ),
        (
            #"{"type":"timer_event","data":{"event_type":"shot_detected","current_shot":1}}"#,
            """
            {"type": "timer_event", "event_type": "shot_detected", "timestamp": "2023-09-13T18:30:45.123Z", \
            "device_id": "application", "data": {"event_type": "shot_detected", "current_shot": 1}, \
            "source": "application", "id": 7}
            """
        ),
        (
            #"{"type":"run_update","run_id":5,"total_time":45.67}"#,
            """
            {"type": "run_update", "event_type": "run_status_change", "timestamp": "2023-09-13T18:30:45.123Z", \
            "run_id": "5", "data": {"run_id": 5, "total_time": 45.67}, "source": "application", "id": 7}
            """
        ),
    ]

    @Test("are passed on with their data, and marked with their source", arguments: passedOn)
    func message(text: String, message: String) throws {
        let events = try parse(text)
        #expect(events.map { Self.json($0) } == [message])
    }

    @Test("name their channel on port 8001")
    func streamer() throws {
        let event = try #require(try parse(#"{"type":"run_update"}"#).first)
        #expect(Self.json(event, .streamer).contains(#""channel": "run_updates""#))
        #expect(Self.json(event).contains(#""run_id": null"#))
    }

    nonisolated static let rejected: [(String, String)] = [
        ("", "not valid JSON"), ("5", "an event is a JSON object"), ("[]", "the list contains no events"),
        ("{}", "type must be one of status, sensor_event, timer_event, run_update"),
        (#"{"type":"heart_rate"}"#, "type must be one of"), (#"{"type":5}"#, "type must be one of"),
        (#"{"type":"timer_event"}"#, "event_type is missing"),
        (#"{"type":"status","event_type":""}"#, "event_type must be a text"),
        (#"{"type":"status","event_type":"a b"}"#, "event_type must be a text"),
        (#"{"type":"status","event_type":7}"#, "event_type must be a text"),
        (#"{"type":"sensor_event","sensor_id":[]}"#, "sensor_id must be a text"),
        (#"{"type":"run_update","run_id":1.5}"#, "run_id must be a text"),
        (#"[{"type":"status"},{"type":"x"}]"#, "event 2: type must be one of"),
    ]

    @Test("are rejected with the reason, all or none", arguments: rejected)
    func reject(text: String, message: String) {
        do {
            _ = try parse(text)
            Issue.record("accepted: \(text)")
        } catch {
            let error = error as? APIError
            #expect(error?.reason == .invalid)
            #expect(error?.message.hasPrefix(message) == true, "\(text): \(error?.message ?? "")")
        }
    }

    @Test("are limited in number and size")
    func limits() throws {
        let event = #"{"type":"status"}"#
        let full = "[" + Array(repeating: event, count: 100).joined(separator: ",") + "]"
        #expect(try parse(full).count == 100)
        let many = "[" + Array(repeating: event, count: 101).joined(separator: ",") + "]"
        let long = #"{"type":"status","x":""# + String(repeating: "x", count: 70_000) + #""}"#
        let name = #"{"type":"status","event_type":""# + String(repeating: "x", count: 65) + #""}"#
        for text in [many, long, name] {
            #expect {
                _ = try parse(text)
            } throws: {
                ($0 as? APIError)?.reason == .invalid
            }
        }
    }

    @Test("are limited in rate")
    func rate() {
        var limit = ApplicationEventLimit()
        let begin = MonotonicTime(nanoseconds: 1_000_000_000)
        let requests: [(count: Int, after: Nanoseconds, isAdmitted: Bool)] = [
            (1_000, .zero, true), (1, .zero, false), (100, .milliseconds(500), true), (1, .milliseconds(500), false),
            (1_000, .seconds(3_600), true), (1, .seconds(3_600), false),
        ]
        for request in requests {
            let isAdmitted = limit.admits(request.count, at: begin + request.after)
            #expect(isAdmitted == request.isAdmitted)
        }
    }

    @Test("are published in order with ids; beyond the limit none is")
    @ReactorActor
    func published() throws {
        let (hub, metrics) = (Hub(), MetricsRegistry())
        let publisher = ApplicationEventPublisher(hub: hub, metrics: metrics)
        let now = Moment.now()
        var received: [UInt64] = []
        _ = hub.subscribe(to: [.application]) { received.append($0.stamp.id) }
        let events = try parse("[" + Array(repeating: #"{"type":"status"}"#, count: 100).joined(separator: ",") + "]")
        let ids = try publisher.publish(at: now) { events }
        #expect(ids == Array(1...100) && received == ids)
        for _ in 0..<9 { _ = try publisher.publish(at: now) { events } }
        #expect {
            _ = try publisher.publish(at: now) { events }
        } throws: {
            ($0 as? APIError)?.reason == .limit
        }
        #expect(received.count == 1_000)
        #expect(metrics.counter("leadville_application_event_rejects_total", "", ["reason": "limit"]).value == 1)
    }
}
