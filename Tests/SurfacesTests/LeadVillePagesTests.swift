import Clocks
import Devices
import Events
import JSON
import Reactor
import ShootingRange
import Testing
import Web

@testable import Drivers
@testable import Surfaces

@Suite("Shot log of LeadVille's pages") struct ShotLogTests {
    private static let timer = DeviceID("T1")
    private var log = ShotLog()
    private var id: UInt64 = 0

    private mutating func timer(_ action: TimerEvent.Action, of timer: DeviceID = timer) -> [ShotLog.Entry] {
        add(.timer(TimerEvent(timer: timer, action: action, string: nil)))
    }

    private mutating func add(_ body: EventBody) -> [ShotLog.Entry] {
        id += 1
        return log.append(
            Event(
                stamp: EventStamp(
                    id: id, received: MonotonicTime(nanoseconds: 0),
                    wall: WallTime(nanoseconds: Int64(id) * 1_000_000_000)), body: body))
    }

    private mutating func shot(_ number: Int, at milliseconds: Int64, split: Int64) {
        _ = timer(
            .shot(Shot(number: number, time: .milliseconds(milliseconds), split: .milliseconds(split), first: nil)))
    }

    private func row(_ entry: ShotLog.Entry) throws -> JSONValue {
        var writer = JSONWriter()
        writer.beginObject()
        ShotLogJSON { "<\($0.text)>" }.writeRow(entry, to: &writer)
        writer.endObject()
        return try JSONValue(parsing: writer.finish())
    }

    @Test("a string in the words of the pages")
    mutating func words() throws {
        _ = timer(.started)
        shot(1, at: 1_464, split: 1_464)
        shot(2, at: 2_700, split: 1_236)
        _ = timer(.stopped(last: Shot(number: 2, time: .milliseconds(2_700), split: .milliseconds(1_236), first: nil)))
        _ = timer(.stopped(last: nil))
        let impact = ImpactEvent(
            sensor: DeviceID("S"), peakVelocity: 120.44, axes: Vector3(x: 0, y: 0, z: 0),
            onset: MonotonicTime(nanoseconds: 0), duration: .zero, confidence: 1, target: "<plate>")
        _ = add(.impact(impact))
        let messages = try log.latest(9).map { try row($0)["message"]?.stringValue }
        #expect(
            messages == [
                "Impact on \u{2039}plate\u{203A} - Peak velocity: 120.4 mm/s", "Timer stopped - No shots",
                "Timer stopped - Final time: 2.70s", "Shot #2 - Split: 1.24s, Total: 2.70s",
                "Shot #1 - Split: 1.46s, Total: 1.46s", "Timer started",
            ])
        #expect(log.latest(2) { $0.kind == .shot }.map(\.number) == [2, 1])
        #expect(log.currentString.map(\.number) == [1, 2], "also after the stop")
    }

    @Test("a motion that was rejected is no impact")
    mutating func rejected() {
        let motion = ImpactEvent(
            sensor: DeviceID("S"), peakVelocity: 1, axes: Vector3(x: 0, y: 0, z: 0),
            onset: MonotonicTime(nanoseconds: 0),
            duration: .zero, confidence: 1, reject: .belowPeak)
        let added = add(.impact(motion))
        #expect(added.isEmpty && log.latest(9).isEmpty)
    }

    @Test("missed shots are added once, to the same string or as a string of their own")
    mutating func repaired() {
        _ = timer(.started)
        shot(1, at: 1_000, split: 1_000)
        shot(3, at: 3_000, split: 1_000)
        let list = [Nanoseconds.milliseconds(1_000), .milliseconds(2_000), .milliseconds(3_000)]
        let added = timer(.listed(times: list))
        #expect(added.map(\.number) == [2] && added.first?.split == .milliseconds(1_000))
        #expect(log.currentString.map(\.number) == [1, 2, 3])
        let again = timer(.listed(times: list))
        #expect(again.isEmpty)
        let other = timer(.listed(times: [.milliseconds(900)]))
        #expect(other.map(\.kind) == [.start, .shot])
        #expect(log.currentString.map(\.total) == [.milliseconds(900)])
        let unknown = timer(.listed(times: [.milliseconds(800)]), of: DeviceID("T2"))
        #expect(unknown.map(\.kind) == [.start, .shot])
    }

    @Test("stored events give the same entries as live ones")
    mutating func stored() throws {
        _ = timer(.started)
        shot(1, at: 1_464, split: 1_464)
        _ = timer(.stopped(last: Shot(number: 1, time: .milliseconds(1_464), split: .milliseconds(1_464), first: nil)))
        var other = ShotLog()
        let bodies = [
            #"{"event_type":"timer_started","data":{"current_shot":0,"current_time":0,"split_time":0}}"#,
            #"{"event_type":"shot_detected","data":{"current_shot":1,"current_time":1.464,"split_time":1.464}}"#,
            #"{"event_type":"timer_stopped","data":{"current_shot":1,"current_time":1.464,"split_time":1.464}}"#,
            #"{"event_type":"impact_refused","data":{"magnitude":3}}"#, "damaged",
        ]
        for (index, body) in bodies.enumerated() {
            other.append(
                stored: Array(body.utf8), of: Self.timer, id: UInt64(index + 1),
                at: WallTime(nanoseconds: Int64(index + 1) * 1_000_000_000))
        }
        #expect(other.latest(9) == log.latest(9))
    }

    @Test("a stored row with impossible numbers is shown, and harms nothing")
    mutating func impossible() throws {
        let bodies = [
            #"{"event_type":"string_listed","data":{"shot_times":[1e300,-1e300,1.5]}}"#,
            #"{"event_type":"timer_stopped","data":{"current_shot":1,"current_time":1e300}}"#,
            #"{"event_type":"impact_detected","data":{"magnitude":1e300}}"#,
        ]
        for (index, body) in bodies.enumerated() {
            log.append(
                stored: Array(body.utf8), of: Self.timer, id: UInt64(index), at: WallTime(nanoseconds: Int64(index)))
        }
        let rows = try log.latest(9).reversed().map(row)
        #expect(rows.map { $0["event_type"]?.stringValue } == ["START", "SHOT", "STOP", "IMPACT"])
        #expect(rows[1]["total_time"]?.doubleValue == 1.5)
    }

    @Test("is bounded, and keeps the latest entries in order")
    mutating func bounded() {
        for number in 1...ShotLog.capacity + 5 { shot(number, at: Int64(number), split: 1) }
        let latest = log.latest(.max)
        #expect(latest.count == ShotLog.capacity)
        #expect(latest.first?.number == ShotLog.capacity + 5 && latest.last?.number == 6)
    }
}

@Suite("Statistics of LeadVille's pages") struct RunStatisticsTests {
    private static let (fast, slow) = (DeviceID("fast"), DeviceID("slow"))
    private var statistics = RunStatistics()

    private mutating func play(_ run: Int, _ timer: DeviceID, shots: Int, seconds: Int64, at start: Int64) {
        func event(_ change: RunEvent.Change) -> RunEvent {
            RunEvent(run: RunID("run_\(run)"), timer: timer, shooter: nil, stage: nil, change: change)
        }
        func time(_ seconds: Int64) -> WallTime { WallTime(nanoseconds: (start + seconds) * 1_000_000_000) }
        statistics.apply(event(.started(at: time(0))), at: time(0))
        let summary = RunSummary(shots: shots, time: .seconds(seconds))
        statistics.apply(event(.ended(shots > 0 ? .completed : .timeout, summary)), at: time(seconds))
    }

    @Test("by timer, and the best of today")
    mutating func whole() {
        play(1, Self.fast, shots: 5, seconds: 4, at: 0)
        play(2, Self.fast, shots: 5, seconds: 3, at: 100)
        play(3, Self.slow, shots: 2, seconds: 9, at: 200)
        play(4, Self.slow, shots: 0, seconds: 0, at: 300)
        let (slow, fast) = (statistics.timers[0], statistics.timers[1])
        #expect(slow.id == Self.slow && slow.shots == 2 && slow.events == 5 && slow.last.nanoseconds == 300_000_000_000)
        #expect(fast.longest == .seconds(4) && fast.averageSplit == .milliseconds(700) && fast.events == 14)
        let all = statistics.leaderboard(since: WallTime(nanoseconds: 0))
        #expect(all.map(\.timer) == [Self.fast, Self.slow] && all.map(\.best) == [.seconds(3), .seconds(9)])
        #expect(all.map(\.strings) == [2, 1])
        let today = statistics.leaderboard(since: WallTime(nanoseconds: 150_000_000_000))
        #expect(today.map(\.timer) == [Self.slow])
        statistics.remove(RunID("run_3"))
        #expect(statistics.leaderboard(since: WallTime(nanoseconds: 150_000_000_000)).isEmpty)
    }

    @Test("damaged times of stored runs do not exceed the type")
    mutating func damaged() throws {
        for id in ["a", "b"] {
            let json = #"""
                {"format":2,"id":"\#(id)","number":1,"timer":"T","started":1,"shots":[[1,5,5]],\#
                "summary":{"shots":1,"time":9223372036854775807}}
                """#
            statistics.add(try #require(RunCodec.decode(Array(json.utf8))))
        }
        #expect(statistics.timers.map(\.shots) == [2] && statistics.timers[0].averageSplit == .zero)
    }

    @Test("counts the latest runs only")
    mutating func bounded() {
        for run in 0...RunStatistics.capacity { play(run, Self.fast, shots: 1, seconds: 1, at: Int64(run) * 10) }
        #expect(statistics.isFull && statistics.timers[0].shots == RunStatistics.capacity)
    }
}

@Suite("Devices of LeadVille's pages") struct PageDeviceTests {
    private static func record(
        _ family: DeviceFamily = .bt50, _ id: String = "F8:88:2A:0E:5E:C7",
        _ change: (inout DeviceRecord) -> Void = { _ in }
    ) -> DeviceRecord {
        var record = DeviceRecord(
            DeviceID(id), family: family, transport: .bluetooth, adoption: .use, firstSeen: WallTime(nanoseconds: 0))
        change(&record)
        return record
    }

    @Test("the first state that holds is shown")
    func status() {
        func status(_ change: (inout DeviceRecord) -> Void) -> String { Self.record(.bt50, "A", change).shownStatus }
        #expect(status { ($0.wasReceived, $0.link, $0.battery) = (false, .connected, 5) } == "never_connected")
        #expect(status { ($0.link, $0.battery, $0.signal) = (.seen, 5, -90) } == "offline")
        #expect(status { ($0.link, $0.battery, $0.signal) = (.connected, 19, -90) } == "low_battery")
        #expect(status { ($0.link, $0.battery, $0.signal) = (.connected, 20, -81) } == "weak_signal")
        #expect(status { ($0.link, $0.battery, $0.signal) = (.connected, nil, -80) } == "connected")
    }

    @Test("a timer's label says so, unless its name or its known address does") @ReactorActor
    func labels() {
        func label(_ family: DeviceFamily, _ name: String?, _ id: String = "60:09:C3:00:00:01") -> String {
            PageDevices.label(of: Self.record(family, id) { $0.givenName = name })
        }
        #expect(label(.amgCommander, "Bay 3") == "Bay 3 (timer)")
        #expect(label(.amgCommander, "Range TIMER") == "Range TIMER")
        #expect(label(.amgCommander, "Bay 3", "60:09:C3:1F:DC:1A") == "Bay 3")
        #expect(label(.bt50, "Plate") == "Plate")
    }
}

@Suite("Texts for LeadVille's pages") struct PageTextTests {
    @Test("replaces what pages would take for HTML or script")
    func replaced() {
        #expect(PageText.shown("Bay 3, Änn") == "Bay 3, Änn")
        let shown = PageText.shown("<a href='x'>\"&`\\</a>")
        #expect(!shown.contains { "<>&\"'`\\".contains($0) } && shown.contains("href"))
    }

    @Test("a rejection by the server has its sentence twice, and keeps its status and headers")
    func rejection() throws {
        var response = HTTPResponse.json(Array(#"{"error":"Not here"}"#.utf8), status: .unauthorized)
        response.headers.add("WWW-Authenticate", "Bearer")
        for rejection in [response, .text("Not here\nat all\n", status: .unauthorized)] {
            let shown = HTTPResponse.pageRejection(rejection)
            let body = String(decoding: shown.body, as: UTF8.self)
            #expect(body == #"{"error":"Not here","detail":"Not here"}"# && shown.status == .unauthorized)
            #expect(shown.headers["WWW-Authenticate"] == rejection.headers["WWW-Authenticate"])
            #expect(shown.headers["Content-Type"] == "application/json")
        }
    }
}
