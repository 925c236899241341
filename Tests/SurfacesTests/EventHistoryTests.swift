import Clocks
import Events
import JSON
import Store
import Testing

@testable import Surfaces

@Suite("Events that clients missed") struct EventHistoryTests {
    private static func event(_ id: UInt64, _ body: EventBody) -> Event {
        Event(
            stamp: EventStamp(
                id: id, received: MonotonicTime(nanoseconds: 5_000_000_000),
                wall: WallTime(nanoseconds: 1_694_629_845_123_000_000)), body: body)
    }

    private static func application(_ id: UInt64, _ kind: ApplicationEvent.Kind, _ subject: String?) -> Event {
        event(
            id,
            .application(
                ApplicationEvent(
                    kind: kind, name: "step", subject: subject, message: kind == .status ? "done" : nil,
                    data: Array(#"{"a":1}"#.utf8), client: "10.0.0.1:5")))
    }

    private static let timer = DeviceID("60:09:C3:1F:DC:1A")
    private static let shot = Shot(number: 2, time: .milliseconds(2_720), split: .milliseconds(1_260), first: nil)
    private static let summary = RunSummary(
        shots: 3, time: .milliseconds(4_500), firstShot: nil, bestSplit: nil, hits: 0, strayHits: 0, targets: [],
        parTimes: [], isRepaired: false)

    private static func run(_ id: UInt64, _ change: RunEvent.Change) -> Event {
        event(id, .run(RunEvent(run: RunID("run_001"), timer: timer, shooter: nil, stage: "A", change: change)))
    }

    private static func timer(_ id: UInt64, _ action: TimerEvent.Action) -> Event {
        event(id, .timer(TimerEvent(timer: timer, action: action, string: 4)))
    }

    nonisolated static let events: [Event] = [
        timer(1, .started), timer(2, .shot(shot)), timer(3, .stopped(last: shot)), timer(4, .stopped(last: nil)),
        timer(5, .listed(times: [.milliseconds(1_500), .milliseconds(2_700)])),
        event(
            6,
            .impact(
                ImpactEvent(
                    sensor: DeviceID("S1"), peakVelocity: 15.5, axes: Vector3(x: 1, y: 2, z: 3),
                    onset: MonotonicTime(nanoseconds: 4_990_000_000), duration: .milliseconds(80), confidence: 0.9,
                    location: TargetPoint(x: 1, y: 2), target: "T1"))),
        run(7, .started(at: WallTime(nanoseconds: 1_694_629_840_000_000_000))),
        run(8, .shot(RunShot(number: 2, time: .milliseconds(2_720), split: .milliseconds(1_260)))),
        run(9, .updated(summary)), run(10, .ended(.timeout, summary)),
        event(
            11,
            .heartBeat(
                HeartBeatEvent(
                    user: .number(3), device: DeviceID("B"), family: DeviceFamily(rawValue: "esp32-heart"),
                    beatsPerMinute: 61, interval: .milliseconds(980), isPlausible: true))),
        event(12, .heartSilence(HeartSilenceEvent(user: .text("a"), device: DeviceID("B"), silence: .seconds(6)))),
        application(13, .status, nil), application(14, .sensorEvent, "S9"), application(15, .timerEvent, nil),
        application(16, .runUpdate, nil), application(17, .runUpdate, "run_7"),
    ]

    private static func live(_ event: Event, _ vocabulary: LiveVocabulary) throws -> [JSONValue] {
        var writer = JSONWriter(.spaced)
        LiveEventJSON.write(event, vocabulary, to: &writer)
        var messages = [try JSONValue(parsing: writer.finish())]
        if case .run(let run) = event.body {
            LiveEventJSON.writeSession(run, event.stamp, vocabulary, to: &writer)
            if !writer.bytes.isEmpty { messages.append(try JSONValue(parsing: writer.finish())) }
        }
        return messages
    }

    /// The messages of server-sent events.
    private static func data(_ messages: EventMessages) throws -> [JSONValue] {
        let lines = String(decoding: messages.bytes, as: UTF8.self).split(separator: "\n")
        return try lines.filter { $0.hasPrefix("data: ") }.map { try JSONValue(parsing: Array($0.dropFirst(6).utf8)) }
    }

    /// The members of a message by name: their order differs.
    private static func members(_ value: JSONValue) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        for (key, value) in value.objectValue?.members ?? [] {
            if let object = value.objectValue {
                for (inner, value) in object.members { members["\(key).\(inner)"] = value }
            } else {
                members[key] = value
            }
        }
        return members
    }

    @Test("a stored event is sent as it was sent live, in each vocabulary", arguments: events)
    func stored(event: Event) throws {
        let body = try #require(EventCodec.encode(event))
        let entry = JournalEntry(
            sequence: Int64(event.stamp.id), time: event.stamp.wall, kind: event.body.kind.name, source: "x", body: body
        )
        for vocabulary in LiveVocabulary.allCases {
            var messages = EventMessages(.serverSent)
            StoredEvents.append(entry, EventFilter(.all), vocabulary, to: &messages)
            let expected = try Self.live(event, vocabulary).map(Self.members)
            let found = try Self.data(messages).map(Self.members)
            #expect(found == expected, "\(vocabulary)")
            #expect(messages.events == expected.count)
        }
    }

    @Test("a filter leaves out other channels and what was received")
    func filter() {
        var received = ReceivedEvents()
        received.update([.status, .heartRate], above: 10)
        received.update([.heartRate, .timerEvent], above: 20)
        let filter = EventFilter([.heartRate, .timerEvent, .status], without: received)
        #expect(filter.contains(.heartRate, 10) && !filter.contains(.heartRate, 11))
        #expect(filter.contains(.timerEvent, 20) && !filter.contains(.timerEvent, 21))
        // It left the channel, so what it received of it is no longer known.
        #expect(filter.contains(.status, 11))
        #expect(!filter.contains(.pressure, 1))
        #expect(EventFilter([.timerEvent]).kinds == [.timer, .application])
        #expect(EventFilter([.sessionUpdates]).kinds == [.run])
    }

    @Test("the tail keeps what happened since the first follower, and forgets it after the last")
    func tail() throws {
        var tail = EventTail()
        tail.append(Self.application(1, .status, nil))
        tail.follow(latest: 1)
        tail.follow(latest: 1)
        for id in 2...5 { tail.append(Self.application(UInt64(id), .status, nil)) }
        tail.append(Self.timer(6, .started))
        #expect(tail.begin == 1)
        var cursor: UInt64 = 3
        var messages = EventMessages(.serverSent)
        tail.append(after: &cursor, latest: 9, EventFilter([.status]), .serverSent, raw: false, to: &messages)
        #expect(try Self.data(messages).map { $0["id"]?.integerValue } == [4, 5])
        // Later events were none that clients receive.
        #expect(cursor == 9)
        tail.unfollow()
        #expect(tail.isFollowed && tail.begin == 1)
        tail.unfollow()
        #expect(!tail.isFollowed && tail.begin == .max)
    }

    @Test("the tail is bounded by events and by bytes, and says from where on it is complete")
    func bounds() {
        var tail = EventTail()
        tail.follow(latest: 0)
        for id in 1...10_000 { tail.append(Self.timer(UInt64(id), .started)) }
        #expect(10_000 - tail.begin <= UInt64(EventTail.maximumEvents) && tail.begin < 10_000)
        let begin = tail.begin
        var (cursor, count) = (begin, 0)
        while cursor < 10_000 {
            var messages = EventMessages(.webSocket(.status))
            tail.append(
                after: &cursor, latest: 10_000, EventFilter([.timerEvent]), .webSocket(.status), raw: false,
                to: &messages)
            #expect(messages.bytes.count < 2 * EventTail.messagesBytes)
            count += messages.events
        }
        #expect(count == 10_000 - Int(begin))
    }

    @Test("a request for the stream names channels, and where it continues")
    func request() throws {
        let plain = try EventStreamRequest(channels: nil, since: nil, lastEventID: nil)
        #expect(plain.channels == .original && plain.since == nil)
        let named = try EventStreamRequest(channels: "heart_rate, timer_events", since: "7", lastEventID: nil)
        #expect(named.channels == [.heartRate, .timerEvent] && named.since == 7)
        // A browser repeats the address when it connects again.
        let again = try EventStreamRequest(channels: nil, since: "7", lastEventID: "9")
        #expect(again.since == 9)
        let empty = try EventStreamRequest(channels: nil, since: "7", lastEventID: "")
        #expect(empty.since == 7)
        for (channels, since) in [("nonsense", nil), ("", nil), (nil, "x"), (nil, "-1")] as [(String?, String?)] {
            #expect {
                _ = try EventStreamRequest(channels: channels, since: since, lastEventID: nil)
            } throws: {
                ($0 as? APIError)?.reason == .invalid
            }
        }
    }

    @Test("notices are no events and have no id")
    func notices() throws {
        let notices: [EventNotice] = [
            .deleted(since: 1, through: 5), .unknown(since: 9, latest: 2), .unreadable(since: 3, "the disk is full"),
            .complete(events: 7, latest: 12),
        ]
        for notice in notices {
            let message = try JSONValue(parsing: notice.message(at: WallTime(nanoseconds: 0)))
            #expect(message["type"]?.stringValue == "status" && message["id"] == nil)
        }
    }
}
