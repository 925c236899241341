import Clocks
import Devices
import Events
import JSON
import Testing

@testable import Surfaces

@Suite("The live socket's vocabularies") struct LiveVocabularyTests {
    private static let timer = DeviceID("60:09:C3:1F:DC:1A")
    private static let stamp = EventStamp(
        id: 7, received: MonotonicTime(nanoseconds: 1_000_000_000),
        wall: WallTime(nanoseconds: 1_694_629_845_123_000_000))

    private static func json(_ body: EventBody, _ vocabulary: LiveVocabulary) -> String {
        var writer = JSONWriter(.spaced)
        LiveEventJSON.write(Event(stamp: stamp, body: body), vocabulary, to: &writer)
        return String(decoding: writer.finish(), as: UTF8.self)
    }

    private static func timerEvent(_ action: TimerEvent.Action) -> EventBody {
        .timer(TimerEvent(timer: timer, action: action, string: 4, frame: [0x01, 0xAF]))
    }

    @Test("the stand-alone server's words for a timer, with the bytes of its report")
    func standAlone() {
        #expect(
            Self.json(Self.timerEvent(.started), .standAlone) == """
                {"type": "timer_event", "event_type": "timer_start", "timestamp": "2023-09-13T18:30:45.123Z", \
                "device_id": "60:09:C3:1F:DC:1A", "data": {"shot_state": "START", "current_shot": 0, \
                "total_shots": 0, "current_time": 0.0, "split_time": 0.0, "event_detail": "Timer started", \
                "raw_hex": "01af", "string": 4, "source": "pushed"}, "id": 7}
                """)
        let last = Shot(number: 2, time: .milliseconds(2_720), split: .milliseconds(1_260), first: nil)
        #expect(
            Self.json(Self.timerEvent(.stopped(last: last)), .standAlone) == """
                {"type": "timer_event", "event_type": "timer_stop", "timestamp": "2023-09-13T18:30:45.123Z", \
                "device_id": "60:09:C3:1F:DC:1A", "data": {"shot_state": "STOPPED", "current_shot": 2, \
                "total_shots": 2, "current_time": 2.72, "split_time": 1.26, \
                "event_detail": "Timer stopped after 2 shots: 2.72s", "raw_hex": "01af", "string": 4, \
                "source": "pushed"}, "id": 7}
                """)
    }

    @Test("port 8001 names the channel of every event")
    func streamer() {
        #expect(
            Self.json(Self.timerEvent(.started), .streamer).hasSuffix(
                """
                "channel": "timer_events", "event_id": "timer_events_1694629845123000", "id": 7}
                """))
    }

    nonisolated static let changes: [(RunEvent.Change, String)] = [
        (.started(at: WallTime(nanoseconds: 0)), #""state": "active", "shots": 0, "duration": 0.0"#),
        (
            .shot(RunShot(number: 2, time: .milliseconds(2_720), split: .milliseconds(1_260))),
            #""state": "active", "shots": 2, "duration": 2.72"#
        ),
        (.ended(.timeout, summary), #""state": "timeout", "shots": 3, "duration": 4.5"#),
        (.updated(summary), #""state": "updated", "shots": 3, "duration": 4.5"#),
    ]

    private static let summary = RunSummary(
        shots: 3, time: .milliseconds(4_500), firstShot: nil, bestSplit: nil, hits: 0, strayHits: 0, targets: [],
        parTimes: [], isRepaired: false)

    @Test("a session's shots follow its run", arguments: changes)
    func session(change: RunEvent.Change, members: String) {
        let run = RunEvent(run: RunID("run_001"), timer: Self.timer, shooter: nil, stage: nil, change: change)
        var writer = JSONWriter(.spaced)
        LiveEventJSON.writeSession(run, Self.stamp, .standAlone, to: &writer)
        let text = String(decoding: writer.finish(), as: UTF8.self)
        #expect(text.contains(members))
        #expect(text.contains(#""session_id": "run_001""#))
    }

    @Test("a hit changes no session")
    func hit() {
        let hit = RunHit(
            impact: 1, sensor: DeviceID("s"), target: nil, peakVelocity: 1, time: .zero, match: .none, isFinal: true)
        let run = RunEvent(run: RunID("r"), timer: Self.timer, shooter: nil, stage: nil, change: .hit(hit))
        var writer = JSONWriter()
        LiveEventJSON.writeSession(run, Self.stamp, .status, to: &writer)
        #expect(writer.bytes.isEmpty)
    }
}

@Suite("A timer's activity") struct TimerActivityTests {
    private let timer = DeviceID("T")

    private func event(_ body: EventBody, seconds: Int64) -> Event {
        let received = MonotonicTime(nanoseconds: seconds * 1_000_000_000)
        return Event(
            stamp: EventStamp(id: 1, received: received, wall: WallTime(nanoseconds: seconds * 1_000_000_000)),
            body: body)
    }

    private func device(_ change: DeviceEvent.Change) -> EventBody {
        .device(
            DeviceEvent(device: timer, family: DeviceFamily(rawValue: "amg-commander"), name: nil, change: change))
    }

    @Test("the connection and the rate of the last ten seconds are remembered, and a loss forgets them")
    func activity() {
        var activity = TimerActivity()
        #expect(activity.record(event(device(.connected), seconds: 5), isTimer: { _ in true }) == timer)
        for second in 6...20 {
            let shot = EventBody.timer(TimerEvent(timer: timer, action: .started, string: nil))
            #expect(activity.record(event(shot, seconds: Int64(second)), isTimer: { _ in true }) == nil)
        }
        #expect(activity.connected(timer)?.wall == WallTime(nanoseconds: 5_000_000_000))
        #expect(activity.eventsPerSecond(timer, at: MonotonicTime(nanoseconds: 20_000_000_000)) == 1.1)
        #expect(activity.eventsPerSecond(timer, at: MonotonicTime(nanoseconds: 40_000_000_000)) == 0)
        #expect(activity.record(event(device(.lost(.linkLost)), seconds: 21), isTimer: { _ in true }) == timer)
        #expect(activity.connected(timer) == nil)
    }

    @Test("other devices are ignored")
    func others() {
        var activity = TimerActivity()
        #expect(activity.record(event(device(.connected), seconds: 5), isTimer: { _ in false }) == nil)
        #expect(activity.connected(timer) == nil)
    }
}
