import Clocks
import Events
import JSON
import Testing

@testable import Surfaces

@Suite("Runs in the live socket's format") struct LiveRunJSONTests {
    private static let wall = WallTime(nanoseconds: 1_694_629_845_123_000_000)
    private static let summary = RunSummary(
        shots: 2, time: .milliseconds(1_790), firstShot: .milliseconds(1_210), bestSplit: .milliseconds(580), hits: 1,
        strayHits: 0, targets: [.init(target: "Plate 1", hits: 1)], parTimes: [.init(time: .seconds(1), shots: 0)],
        isRepaired: true)

    private static func hit(_ match: RunHit.Match, isFinal: Bool) -> RunEvent.Change {
        .hit(
            RunHit(
                impact: 41, sensor: DeviceID("BT50_01"), target: "Plate 1", peakVelocity: 110,
                time: .milliseconds(1_250), match: match, isFinal: isFinal))
    }

    @Test("writes each change of a run", arguments: Self.cases)
    func exact(change: RunEvent.Change, type: String, members: String) {
        let run = RunEvent(
            run: RunID("run_001"), timer: DeviceID("60:09:C3:1F:DC:1A"), shooter: "John Doe", stage: nil, change: change
        )
        let stamp = EventStamp(id: 7, received: MonotonicTime(nanoseconds: 1_000_000_000), wall: Self.wall)
        var writer = JSONWriter(.spaced)
        LiveEventJSON.write(Event(stamp: stamp, body: .run(run)), to: &writer)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == """
                {"type": "run_update", "event_type": "\(type)", "timestamp": "2023-09-13T18:30:45.123Z", \
                "run_id": "run_001", "data": {"shooter_name": "John Doe", "stage_name": null, \(members), \
                "device_id": "60:09:C3:1F:DC:1A"}, "id": 7}
                """)
    }

    private static let numbers = """
        "shots": 2, "total_time": 1.79, "first_shot": 1.21, "best_split": 0.58, "hits": 1, "stray_hits": 0, \
        "targets": [{"target": "Plate 1", "hits": 1}], "par_times": [{"time": 1.0, "shots": 0}], "repaired": true
        """

    private static let cases: [(RunEvent.Change, String, String)] = [
        (
            .shot(
                RunShot(
                    number: 2, time: .milliseconds(1_790), split: .milliseconds(580), fired: wall,
                    error: .milliseconds(12), isRepaired: true)),
            "shot",
            """
            "shot": 2, "time": 1.79, "split": 0.58, "fired": "2023-09-13T18:30:45.123Z", "error_seconds": 0.012, \
            "repaired": true, "final": false
            """
        ),
        (
            .finalShot(RunShot(number: 2, time: .milliseconds(1_790), split: .milliseconds(580), isFinal: true)),
            "shot_final", #""shot": 2, "time": 1.79, "split": 0.58, "final": true"#
        ),
        (
            hit(.shot(1, delay: .milliseconds(40), error: .milliseconds(9), confidence: 0.99), isFinal: false), "hit",
            """
            "impact_id": 41, "sensor_id": "BT50_01", "target": "Plate 1", "magnitude": 110.0, "time": 1.25, \
            "shot": 1, "delay": 0.04, "error_seconds": 0.009, "confidence": 0.99, "final": false
            """
        ),
        (
            hit(.none, isFinal: true), "hit",
            """
            "impact_id": 41, "sensor_id": "BT50_01", "target": "Plate 1", "magnitude": 110.0, "time": 1.25, \
            "shot": null, "final": true
            """
        ),
        (
            hit(.crossTalk(of: 40), isFinal: true), "hit",
            """
            "impact_id": 41, "sensor_id": "BT50_01", "target": "Plate 1", "magnitude": 110.0, "time": 1.25, \
            "shot": null, "cross_talk_of": 40, "final": true
            """
        ),
        (.updated(summary), "run_updated", numbers),
        (.ended(.completed, summary), "run_completed", "\"reason\": \"completed\", " + numbers),
        (.ended(.interrupted, summary), "run_interrupted", "\"reason\": \"interrupted\", " + numbers),
        (.ended(.timeout, summary), "run_timeout", "\"reason\": \"timeout\", " + numbers),
        (.ended(.unknown, summary), "run_unknown", "\"reason\": \"unknown\", " + numbers),
    ]
}
