import Clocks
import Devices
import Events
import JSON
import Testing

@Suite("Events") struct EventTests {
    @Test("users compare as in Python: 1, 1.0 and true are equal, \"1\" differs")
    func users() {
        #expect(HeartUser(1.0) == .number(1))
        #expect(HeartUser(true) == .number(1))
        #expect(HeartUser(false) == HeartUser(-0.0))
        #expect(HeartUser.text("1") != .number(1))
        #expect(HeartUser.null == .null)
        #expect(HeartUser.null != .text("null"))
        #expect(HeartUser(1.5) == .fraction(1.5))
        #expect(HeartUser(1e300) == .fraction(1e300))
        #expect(Set([HeartUser(1.0), .number(1), HeartUser(true), .text("1"), .null]).count == 3)
    }

    @Test("users' texts are compared byte by byte")
    func canonicalForms() {
        #expect(HeartUser.text("\u{e9}") != .text("e\u{301}"))
        #expect(Set([HeartUser.text("\u{e9}"), .text("e\u{301}")]).count == 2)
    }

    @Test("users print like the keys of a Python dictionary in JSON")
    func userNames() {
        #expect(HeartUser.number(7).description == "7")
        #expect(HeartUser.fraction(1.5).description == "1.5")
        #expect(HeartUser.text("Ann").description == "Ann")
        #expect(HeartUser.null.description == "null")
    }

    @Test("a body knows its kind")
    func kinds() throws {
        let device = DeviceID("60:09:C3:1F:DC:1A")
        let heart = HeartEvent(
            user: .number(1), device: device, family: .esp32Heart, source: "192.168.1.101", measured: 76,
            rate: .rate(75.5, .smoothed), statistics: nil, contact: true,
            members: try JSONMembers(parsing: Array(#"{"user":1,"bpm":76}"#.utf8)))
        let timer = TimerEvent(timer: device, action: .started, string: 1)
        let impact = ImpactEvent(
            sensor: device, peakVelocity: 15.5, axes: Vector3(x: 15.5, y: 0, z: 0),
            onset: MonotonicTime(nanoseconds: 0), duration: .milliseconds(40), confidence: 1)
        let run = RunEvent(
            run: RunID("run_001"), timer: device, shooter: nil, stage: nil,
            change: .started(at: WallTime(nanoseconds: 0)))
        let matrix = try #require(PressureMatrix(rows: 1, columns: 2, cells: [1, PressureMatrix.noSensor]))
        let bodies: [EventBody] = [
            .heart(heart), .timer(timer), .impact(impact), .run(run),
            .pressure(PressureEvent(mat: device, frame: nil, matrix: matrix)),
            .motion(MotionEvent(phone: device, session: nil, message: nil, readings: [])),
            .device(DeviceEvent(device: device, family: .bt50, name: nil, change: .connected)),
            .heartBeat(
                HeartBeatEvent(
                    user: nil, device: device, family: .esp32Heart, beatsPerMinute: 75, interval: .milliseconds(800),
                    isPlausible: true)),
            .heartContact(
                HeartContactEvent(
                    user: nil, device: device, family: .esp32Heart, contact: .weak, previous: .good, infrared: 31_000)),
            .adapter(AdapterEvent(adapter: "hci0", change: .ready)),
            .heartSilence(HeartSilenceEvent(user: .number(1), device: device, silence: .seconds(10))),
            .measurement(MeasurementEvent(device: device, family: .bt50, values: [.init("cadence", 90, "rpm")])),
            .application(
                ApplicationEvent(kind: .status, name: "test", subject: nil, message: nil, data: [], client: "test")),
            .recording(RecordingEvent(phone: device, change: .deleted(id: "1", name: "Best"))),
            .broker(BrokerEvent(broker: "broker.local:8883", change: .connected)),
            .audit(AuditEvent(token: nil, address: "127.0.0.1", action: "POST /api/targets", status: 201)),
            .clock(ClockEvent(source: .phone, shift: .seconds(1), runs: 0)),
        ]
        #expect(bodies.map(\.kind) == EventKind.allCases)
    }

    @Test("changes have stable names")
    func names() {
        let changes: [(DeviceEvent.Change, String)] = [
            (.discovered(signalStrength: -60), "device_discovered"), (.connected, "device_connected"),
            (.lost(.linkLost), "device_lost"), (.batteryLow(percent: 10), "battery_low"),
            (.calibrating(TapProgress(.waiting, taps: 0, of: 5)), "calibration_progress"),
        ]
        for (change, name) in changes { #expect(change.name.description == name) }
        let stored = RecordingEvent.Stored(id: "1", name: "Best", trigger: .swing, samples: 2, duration: .seconds(1))
        let recordings: [(RecordingEvent.Change, String)] = [
            (.swing(at: WallTime(nanoseconds: 0)), "swing_seen"),
            (.started(name: "Best", .request), "recording_started"),
            (.stored(stored), "recording_stopped"), (.deleted(id: "1", name: "Best"), "recording_deleted"),
        ]
        for (change, name) in recordings { #expect(change.name.description == name) }
        #expect(BrokerEvent.Change.connected.name.description == "mqtt_connected")
        #expect(BrokerEvent.Change.failed("refused", detail: "").name.description == "mqtt_failed")
        let summary = RunSummary(shots: 1, time: .seconds(1))
        let hit = RunHit(
            impact: 1, sensor: DeviceID("BT50_01"), target: nil, peakVelocity: 15.5, time: .seconds(1), match: .none,
            isFinal: true)
        let runs: [(RunEvent.Change, String)] = [
            (.started(at: WallTime(nanoseconds: 0)), "run_started"),
            (.shot(RunShot(number: 1, time: .seconds(1), split: .seconds(1))), "shot"), (.hit(hit), "hit"),
            (.finalShot(RunShot(number: 1, time: .seconds(1), split: .seconds(1), isFinal: true)), "shot_final"),
            (.updated(summary), "run_updated"), (.ended(.completed, summary), "run_completed"),
            (.ended(.interrupted, summary), "run_interrupted"), (.ended(.timeout, summary), "run_timeout"),
            (.ended(.unknown, summary), "run_unknown"),
        ]
        for (change, name) in runs { #expect(change.name.description == name) }
    }

    @Test("a matrix must have the right number of cells")
    func matrices() throws {
        #expect(PressureMatrix(rows: 2, columns: 2, cells: [1, 2, 3]) == nil)
        #expect(PressureMatrix(rows: -1, columns: -1, cells: [1]) == nil)
        #expect(PressureMatrix(rows: .max, columns: 2, cells: []) == nil)
        #expect(PressureMatrix(rows: 0, columns: 0, cells: []) != nil)
        let matrix = try #require(PressureMatrix(rows: 2, columns: 3, cells: [0, 1, 2, 3, 4, 5]))
        #expect(matrix[1, 2] == 5)
        #expect(matrix[0, 1] == 1)
    }
}

@Suite("Event stamps") struct StampTests {
    private let received = MonotonicTime(nanoseconds: 50_000_000_000)
    private let wall = WallTime(nanoseconds: 1_694_629_845_123_456_789)

    @Test("without a device clock, an event happened when its bytes arrived")
    func arrival() {
        let stamp = EventStamp(id: 1, received: received, wall: wall)
        #expect(stamp.happened == received)
        #expect(stamp.happenedWall == wall)
    }

    @Test("an unmapped clock does not affect the time")
    func unmapped() {
        let stamp = EventStamp(
            id: 1, received: received, wall: wall, device: DeviceTime(reading: .milliseconds(12_345)))
        #expect(stamp.device?.mapped == nil)
        #expect(stamp.happened == received)
    }

    @Test("a mapped clock moves the event to its true time, on both clocks")
    func mapped() {
        let mapping = DeviceTime.Mapping(zero: MonotonicTime(nanoseconds: 37_600_000_000), error: .milliseconds(4))
        let stamp = EventStamp(
            id: 1, received: received, wall: wall,
            device: DeviceTime(reading: .milliseconds(12_345), mapping: mapping))
        #expect(stamp.happened.nanoseconds == 49_945_000_000)
        #expect(stamp.happenedWall.nanoseconds == wall.nanoseconds - 55_000_000)
    }

    @Test("times in JSON")
    func times() {
        let mapping = DeviceTime.Mapping(zero: MonotonicTime(nanoseconds: 37_600_000_000), error: .milliseconds(4))
        let mapped = EventStamp(
            id: 1, received: received, wall: wall,
            device: DeviceTime(reading: .milliseconds(12_345), mapping: mapping))
        let unmapped = EventStamp(id: 2, received: received, wall: wall, device: DeviceTime(reading: .seconds(7)))
        let bare = EventStamp(id: 3, received: received, wall: wall)
        var writer = JSONWriter(.spaced)
        writer.beginObject()
        writer.member("timestamp", wall)
        writer.member("fine", wall, precision: .nanoseconds)
        writer.member("server_timestamp", epochSeconds: wall)
        writer.member("time", seconds: .milliseconds(15_670))
        writer.member("a", deviceTimeOf: mapped)
        writer.member("b", deviceTimeOf: unmapped)
        writer.member("c", deviceTimeOf: bare)
        writer.endObject()
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"timestamp": "2023-09-13T18:30:45.123Z", "fine": "2023-09-13T18:30:45.123456789Z", "#
                + #""server_timestamp": 1694629845.123456, "time": 15.67, "#
                + #""a": {"seconds": 12.345, "mapped": "2023-09-13T18:30:45.068Z", "error_seconds": 0.004}, "#
                + #""b": {"seconds": 7.0}}"#)
        #expect(throws: Never.self) { try JSONValue(parsing: writer.bytes) }
    }
}
