import Clocks
import Events
import Testing

@testable import Store

/// Rows of all former versions have this shape: a test that fails here means that stored events cannot be read any more.
@Suite("Codec of stored events") struct EventCodecTests {
    private static let device = DeviceID("60:09:C3:00:5C:C1")
    private static let received = MonotonicTime(nanoseconds: 50_000_000_000)
    private static let wall = WallTime(nanoseconds: 1_795_950_661_787_000_000)

    private func row(_ body: EventBody, device: DeviceTime? = nil) -> String? {
        let stamp = EventStamp(id: 4, received: Self.received, wall: Self.wall, device: device)
        return EventCodec.encode(Event(stamp: stamp, body: body)).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func row(_ type: String, _ eventType: String, _ rest: String) -> String {
        """
        {"type":"\(type)","event_type":"\(eventType)","timestamp":"2026-11-29T11:11:01.787Z",\(rest),"id":4}
        """
    }

    @Test("heart rates")
    func heart() {
        let statistics = HeartStatistics(mean: 72, standardDeviation: 0.5, minimum: 71, maximum: 73, last: 72)
        let heart = HeartEvent(
            user: .number(1), device: DeviceID("board-1"), family: DeviceFamily(rawValue: "esp32-heart"), source: "udp",
            measured: 72.5,
            rate: .rate(72, .smoothed), statistics: statistics, contact: true)
        #expect(
            row(.heart(heart))
                == Self.row(
                    "heart_rate", "heart_rate_measured",
                    """
                    "device_id":"board-1","user":1,"data":{"bpm":72.0,"bpm_raw":72.5,"contact":true,\
                    "statistics":{"mean":72.0,"std":0.5,"min":71.0,"max":73.0,"last":72.0}}
                    """))
        let none = HeartEvent(
            user: .text("Ann"), device: DeviceID("board-1"), family: DeviceFamily(rawValue: "esp32-heart"),
            source: "udp", measured: 0,
            rate: .none(.fingerLifted), statistics: nil, contact: nil)
        #expect(
            row(.heart(none))
                == Self.row(
                    "heart_rate", "heart_rate_measured",
                    #""device_id":"board-1","user":"Ann","data":{"bpm":null,"bpm_raw":0.0}"#))
    }

    @Test("events of applications")
    func application() {
        let event = ApplicationEvent(
            kind: .runUpdate, name: "run_completed", subject: "run_001", message: nil, data: Array(#"{"n": 1}"#.utf8),
            client: "10.0.0.5:4711")
        #expect(
            row(.application(event))
                == Self.row(
                    "run_update", "run_completed",
                    #""subject":"run_001","data":{"n": 1},"source":"application","client":"10.0.0.5:4711""#))
    }

    @Test("heart beats, contacts and silences")
    func beats() {
        let beat = HeartBeatEvent(
            user: .null, device: DeviceID("b"), family: DeviceFamily(rawValue: "esp32-heart"), beatsPerMinute: 67,
            interval: .milliseconds(896),
            isPlausible: true)
        #expect(
            row(.heartBeat(beat))
                == Self.row(
                    "heart_rate", "heart_beat",
                    #""device_id":"b","user":null,"data":{"bpm":67.0,"interval":0.896,"believable":true}"#))
        let contact = HeartContactEvent(
            user: nil, device: DeviceID("b"), family: DeviceFamily(rawValue: "esp32-heart"), contact: .weak,
            previous: .good, infrared: 700)
        #expect(
            row(.heartContact(contact))
                == Self.row(
                    "heart_rate", "contact_changed",
                    #""device_id":"b","data":{"contact":"weak","former":"good","ir_value":700}"#))
        let silence = HeartSilenceEvent(user: .number(1), device: DeviceID("b"), silence: .milliseconds(5_300))
        #expect(
            row(.heartSilence(silence))
                == Self.row(
                    "heart_rate", "heart_silent", #""device_id":"b","user":1,"data":{"silent_seconds":5.3}"#))
    }

    @Test(
        "timers",
        arguments: [
            (
                TimerEvent.Action.started, "timer_started",
                #""shot_state":"STARTED","current_shot":0,"current_time":0.0,"split_time":0.0,"event_detail":"Timer started""#
            ),
            (
                .shot(Shot(number: 2, time: .milliseconds(2_810), split: .milliseconds(680), first: nil)),
                "shot_detected",
                #""shot_state":"ACTIVE","current_shot":2,"current_time":2.81,"split_time":0.68,"event_detail":"Shot 2: 2.81s (Split: 0.68s)""#
            ),
            (
                .stopped(last: Shot(number: 2, time: .milliseconds(2_810), split: .milliseconds(680), first: nil)),
                "timer_stopped",
                #""shot_state":"STOPPED","current_shot":2,"current_time":2.81,"split_time":0.68,"event_detail":"Timer stopped after 2 shots: 2.81s""#
            ),
            (
                .listed(times: [.milliseconds(2_130), .milliseconds(2_810)]), "string_listed",
                #""shot_state":"STOPPED","current_shot":2,"shot_times":[2.13,2.81],"event_detail":"The timer listed 2 shots""#
            ),
        ])
    func timers(action: TimerEvent.Action, type: String, data: String) {
        let timer = TimerEvent(timer: Self.device, action: action, string: 1, frame: [1], source: .pushed)
        let time = DeviceTime(
            reading: .milliseconds(500),
            mapping: DeviceTime.Mapping(zero: Self.received - .milliseconds(520), error: .milliseconds(38)))
        let rest =
            #"{"type":"timer_event","event_type":"\#(type)","timestamp":"2026-11-29T11:11:01.787Z","device_id":"60:09:C3:00:5C:C1","data":{"#
        let end =
            #","string":1,"source":"pushed"},"id":4,"device_time":{"seconds":0.5,"mapped":"2026-11-29T11:11:01.767Z","error_seconds":0.038}}"#
        #expect(row(.timer(timer), device: time) == rest + data + end)
    }

    @Test("impacts")
    func impact() {
        let impact = ImpactEvent(
            sensor: DeviceID("S"), peakVelocity: 91, axes: Vector3(x: 1, y: 2, z: 3),
            onset: Self.received - .milliseconds(215), onsetError: .milliseconds(6), duration: .milliseconds(185),
            confidence: 1, location: TargetPoint(x: 2.6, y: 1.2), target: "plate", peakAcceleration: 4.5,
            reject: .handling)
        #expect(
            row(.impact(impact))
                == Self.row(
                    "sensor_event", "impact_refused",
                    """
                    "sensor_id":"S","data":{"magnitude":91.0,"location":{"x":2.6,"y":1.2},\
                    "timestamp_sensor":"2026-11-29T11:11:01.572Z","unit":"mm/s","duration":0.185,"confidence":1.0,\
                    "error_seconds":0.006,"peak_acceleration":4.5,"target":"plate","reason":"handling"}
                    """))
    }

    @Test("devices and adapters")
    func devices() {
        let device = DeviceEvent(
            device: DeviceID("d"), family: DeviceFamily(rawValue: "bt50"), name: "BT50",
            change: .discovered(signalStrength: -60))
        #expect(
            row(.device(device))
                == Self.row(
                    "status", "device_discovered",
                    """
                    "message":"BT50 was found","data":{"device_id":"d","family":"bt50","name":"BT50","signal_strength":-60}
                    """))
        let adapter = AdapterEvent(adapter: "hci0", change: .failed("stuck", detail: "no answer"))
        #expect(
            row(.adapter(adapter))
                == Self.row(
                    "status", "adapter_trouble",
                    """
                    "message":"Bluetooth adapter hci0: no answer","data":{"adapter":"hci0","trouble":"stuck"}
                    """))
    }

    @Test("recordings of phones and the MQTT broker")
    func sources() {
        func row(_ change: RecordingEvent.Change) -> String? {
            self.row(.recording(RecordingEvent(phone: DeviceID("Anna"), change: change)))
        }
        #expect(
            row(.swing(at: Self.wall))
                == Self.row(
                    "status", "swing_seen",
                    """
                    "message":"A swing of the phone Anna was seen","data":{"device_id":"Anna",\
                    "time":"2026-11-29T11:11:01.787Z"}
                    """))
        #expect(
            row(.started(name: "Left", .request))
                == Self.row(
                    "status", "recording_started",
                    #""message":"The recording \"Left\" of the phone Anna has started","data":{"device_id":"Anna","#
                        + #""name":"Left","trigger":"request"}"#))
        let stored = RecordingEvent.Stored(
            id: "17", name: "Swing", trigger: .swing, samples: 420, duration: .milliseconds(2_500))
        #expect(
            row(.stored(stored))
                == Self.row(
                    "status", "recording_stopped",
                    #""message":"The recording \"Swing\" of the phone Anna is stored: 420 samples","data":{"#
                        + #""device_id":"Anna","recording":"17","name":"Swing","trigger":"swing","samples":420,"#
                        + #""duration":2.5}"#))
        #expect(
            row(.deleted(id: "17", name: "Swing"))
                == Self.row(
                    "status", "recording_deleted",
                    #""message":"The recording \"Swing\" of the phone Anna was deleted","data":{"#
                        + #""device_id":"Anna","recording":"17","name":"Swing"}"#))
        let broker = BrokerEvent(broker: "b:8883", change: .failed("refused", detail: "no broker listens at b:8883"))
        #expect(
            self.row(.broker(broker))
                == Self.row(
                    "status", "mqtt_failed",
                    #""message":"MQTT broker b:8883: no broker listens at b:8883","data":{"broker":"b:8883","#
                        + #""reason":"refused"}"#))
        #expect(
            self.row(.clock(ClockEvent(source: .phone, shift: .seconds(-90), runs: 2)))
                == Self.row(
                    "status", "clock_set",
                    #""message":"The clock was set from a device that opened the console, 90 s back; the times of 2 "#
                        + #"runs were corrected","data":{"source":"phone","shift_seconds":-90.0,"runs":2}"#))
    }

    @Test("runs")
    func runs() {
        func row(_ change: RunEvent.Change) -> String? {
            self.row(
                .run(RunEvent(run: RunID("run_001"), timer: DeviceID("T"), shooter: "Ann", stage: nil, change: change)))
        }
        func expected(_ type: String, _ data: String) -> String {
            Self.row(
                "run_update", type,
                #""run_id":"run_001","data":{"shooter_name":"Ann","stage_name":null,\#(data),"device_id":"T"}"#)
        }
        #expect(row(.started(at: Self.wall)) == expected("run_started", #""start_time":"2026-11-29T11:11:01.787Z""#))
        let shot = RunShot(
            number: 1, time: .milliseconds(1_230), split: .milliseconds(1_230), fired: Self.wall,
            error: .milliseconds(38), isRepaired: true)
        #expect(
            row(.shot(shot))
                == expected(
                    "shot",
                    """
                    "shot":1,"time":1.23,"split":1.23,"fired":"2026-11-29T11:11:01.787Z","error_seconds":0.038,"repaired":true,\
                    "final":false
                    """))
        func hit(_ match: RunHit.Match) -> RunEvent.Change {
            .hit(
                RunHit(
                    impact: 195, sensor: DeviceID("S"), target: nil, peakVelocity: 70, time: .milliseconds(1_304),
                    match: match, isFinal: false))
        }
        let start = #""impact_id":195,"sensor_id":"S","target":null,"magnitude":70.0,"time":1.304,"#
        #expect(
            row(hit(.shot(1, delay: .milliseconds(74), error: .milliseconds(39), confidence: 0.5)))
                == expected(
                    "hit", start + #""shot":1,"delay":0.074,"error_seconds":0.039,"confidence":0.5,"final":false"#))
        #expect(row(hit(.none)) == expected("hit", start + #""shot":null,"final":false"#))
        #expect(
            row(hit(.crossTalk(of: 7))) == expected("hit", start + #""shot":null,"cross_talk_of":7,"final":false"#))
    }

    @Test("ends of runs")
    func summaries() {
        let summary = RunSummary(
            shots: 5, time: .milliseconds(5_100), firstShot: .milliseconds(1_230), bestSplit: .milliseconds(630),
            hits: 4, strayHits: 1, targets: [RunSummary.TargetHits(target: "plate", hits: 4)],
            parTimes: [RunSummary.ParTime(time: .milliseconds(2_200), shots: 2)], isRepaired: true)
        let run = RunEvent(
            run: RunID("run_001"), timer: DeviceID("T"), shooter: nil, stage: "Stage 1",
            change: .ended(.timeout, summary))
        #expect(
            row(.run(run))
                == Self.row(
                    "run_update", "run_timeout",
                    """
                    "run_id":"run_001","data":{"shooter_name":null,"stage_name":"Stage 1","reason":"timeout","shots":5,\
                    "total_time":5.1,"first_shot":1.23,"best_split":0.63,"hits":4,"stray_hits":1,\
                    "targets":[{"target":"plate","hits":4}],"par_times":[{"time":2.2,"shots":2}],"repaired":true,\
                    "device_id":"T"}
                    """))
    }

    @Test("frames of mats and motions are not stored")
    func notStored() throws {
        let matrix = try #require(PressureMatrix(rows: 1, columns: 1, cells: [0]))
        #expect(row(.pressure(PressureEvent(mat: DeviceID("m"), frame: 1, matrix: matrix))) == nil)
    }
}
