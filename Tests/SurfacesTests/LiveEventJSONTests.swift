import Clocks
import Devices
import Events
import JSON
import Testing

@testable import Surfaces

@Suite("Events in the live socket's format") struct LiveEventJSONTests {
    private static let timer = DeviceID("60:09:C3:1F:DC:1A")
    private static let wall = WallTime(nanoseconds: 1_694_629_845_123_000_000)
    private static let shot = Shot(
        number: 3, time: .milliseconds(15_670), split: .milliseconds(5_230), first: .milliseconds(2_000))

    @Test("writes each kind of event", arguments: Self.cases)
    func exact(body: EventBody, text: String) {
        #expect(Self.json(body) == text)
    }

    private static let cases: [(EventBody, String)] = [
        (
            .timer(TimerEvent(timer: timer, action: .shot(shot), string: 4)),
            """
            {"type": "timer_event", "event_type": "shot_detected", "timestamp": "2023-09-13T18:30:45.123Z", \
            "device_id": "60:09:C3:1F:DC:1A", "data": {"shot_state": "ACTIVE", "current_shot": 3, \
            "current_time": 15.67, "split_time": 5.23, "event_detail": "Shot 3: 15.67s (Split: 5.23s)", "string": 4, \
            "source": "pushed"}, \
            "id": 7}
            """
        ),
        (
            .timer(TimerEvent(timer: timer, action: .started, string: nil)),
            """
            {"type": "timer_event", "event_type": "timer_started", "timestamp": "2023-09-13T18:30:45.123Z", \
            "device_id": "60:09:C3:1F:DC:1A", "data": {"shot_state": "STARTED", "current_shot": 0, \
            "current_time": 0.0, "split_time": 0.0, "event_detail": "Timer started", "source": "pushed"}, "id": 7}
            """
        ),
        (
            .timer(TimerEvent(timer: timer, action: .stopped(last: shot), string: nil)),
            """
            {"type": "timer_event", "event_type": "timer_stopped", "timestamp": "2023-09-13T18:30:45.123Z", \
            "device_id": "60:09:C3:1F:DC:1A", "data": {"shot_state": "STOPPED", "current_shot": 3, \
            "current_time": 15.67, "split_time": 5.23, "event_detail": "Timer stopped after 3 shots: 15.67s", \
            "source": "pushed"}, "id": 7}
            """
        ),
        (
            .impact(
                ImpactEvent(
                    sensor: DeviceID("BT50_01"), peakVelocity: 15.5, axes: Vector3(x: 15.5, y: 0, z: 0),
                    onset: MonotonicTime(nanoseconds: 997_000_000), duration: .milliseconds(80), confidence: 0.9,
                    location: TargetPoint(x: 2.3, y: 1.8))),
            """
            {"type": "sensor_event", "event_type": "impact_detected", "timestamp": "2023-09-13T18:30:45.123Z", \
            "sensor_id": "BT50_01", "data": {"magnitude": 15.5, "location": {"x": 2.3, "y": 1.8}, \
            "timestamp_sensor": "2023-09-13T18:30:45.120Z", "unit": "mm/s", "duration": 0.08, "confidence": 0.9}, \
            "id": 7}
            """
        ),
        (
            .run(
                RunEvent(
                    run: RunID("run_001"), timer: timer, shooter: "John Doe", stage: nil, change: .started(at: wall))),
            """
            {"type": "run_update", "event_type": "run_started", "timestamp": "2023-09-13T18:30:45.123Z", \
            "run_id": "run_001", "data": {"shooter_name": "John Doe", "stage_name": null, \
            "start_time": "2023-09-13T18:30:45.123Z", "device_id": "60:09:C3:1F:DC:1A"}, "id": 7}
            """
        ),
        (
            .impact(
                ImpactEvent(
                    sensor: DeviceID("BT50_01"), peakVelocity: 15.5, axes: Vector3(x: 15.5, y: 0, z: 0),
                    onset: MonotonicTime(nanoseconds: 997_000_000), onsetError: .milliseconds(6),
                    duration: .milliseconds(80), confidence: 0, target: "Plate 1", peakAcceleration: 2.5,
                    reject: .slowRise)),
            """
            {"type": "sensor_event", "event_type": "impact_refused", "timestamp": "2023-09-13T18:30:45.123Z", \
            "sensor_id": "BT50_01", "data": {"magnitude": 15.5, "timestamp_sensor": "2023-09-13T18:30:45.120Z", \
            "unit": "mm/s", "duration": 0.08, "confidence": 0.0, "error_seconds": 0.006, "peak_acceleration": 2.5, \
            "target": "Plate 1", "reason": "slow_rise"}, "id": 7}
            """
        ),
        (
            .device(
                DeviceEvent(
                    device: timer, family: .amgCommander, name: "AMG Lab COMM DC1A", change: .batteryLow(percent: 9))),
            """
            {"type": "status", "event_type": "battery_low", "timestamp": "2023-09-13T18:30:45.123Z", \
            "message": "AMG Lab COMM DC1A is low on battery: 9 %", "data": {"device_id": "60:09:C3:1F:DC:1A", \
            "family": "\(DeviceFamily.amgCommander.rawValue)", "name": "AMG Lab COMM DC1A", "battery_percent": 9}, \
            "id": 7}
            """
        ),
        (
            .device(
                DeviceEvent(
                    device: DeviceID("BT50_01"), family: .bt50, name: "Plate 1",
                    change: .calibrating(TapProgress(.waiting, taps: 2, of: 5)))),
            """
            {"type": "status", "event_type": "calibration_progress", "timestamp": "2023-09-13T18:30:45.123Z", \
            "message": "Plate 1 waits for taps on its target: 2 of 5", "data": {"device_id": "BT50_01", \
            "family": "bt50", "name": "Plate 1", "state": "waiting", "taps": 2, "of": 5}, "id": 7}
            """
        ),
        (
            .adapter(AdapterEvent(adapter: "hci0", change: .failed("deaf", detail: "it hears nothing any more"))),
            """
            {"type": "status", "event_type": "adapter_trouble", "timestamp": "2023-09-13T18:30:45.123Z", \
            "message": "The Bluetooth adapter hci0 failed: it hears nothing any more", \
            "data": {"adapter": "hci0", "trouble": "deaf"}, "id": 7}
            """
        ),
        (
            .recording(
                RecordingEvent(
                    phone: DeviceID("Anna"),
                    change: .stored(
                        RecordingEvent.Stored(
                            id: "17", name: "Left", trigger: .request, samples: 420, duration: .milliseconds(2_500))))),
            """
            {"type": "status", "event_type": "recording_stopped", "timestamp": "2023-09-13T18:30:45.123Z", \
            "message": "The recording \\"Left\\" of the phone Anna is stored: 420 samples", \
            "data": {"device_id": "Anna", "recording": "17", "name": "Left", "trigger": "request", "samples": 420, \
            "duration": 2.5}, "id": 7}
            """
        ),
        (
            .broker(BrokerEvent(broker: "b:8883", change: .connected)),
            """
            {"type": "status", "event_type": "mqtt_connected", "timestamp": "2023-09-13T18:30:45.123Z", \
            "message": "The MQTT broker b:8883 is connected", "data": {"broker": "b:8883"}, "id": 7}
            """
        ),
        (
            .adapter(AdapterEvent(adapter: "hci0", change: .recovering("power_cycle"))),
            """
            {"type": "status", "event_type": "adapter_remedy", "timestamp": "2023-09-13T18:30:45.123Z", \
            "message": "The Bluetooth adapter hci0 is being recovered by power_cycle", \
            "data": {"adapter": "hci0", "remedy": "power_cycle"}, "id": 7}
            """
        ),
        (
            .heart(
                HeartEvent(
                    user: .text("Ä"), device: DeviceID("heart-board-1"), family: .esp32Heart, source: "127.0.0.1",
                    measured: 76, rate: .none(.fingerLifted), statistics: nil, contact: false)),
            """
            {"type": "heart_rate", "event_type": "heart_rate_measured", "timestamp": "2023-09-13T18:30:45.123Z", \
            "device_id": "heart-board-1", "user": "\\u00c4", "data": {"bpm": null, "bpm_raw": 76.0, \
            "contact": false}, "id": 7}
            """
        ),
        (
            .heartBeat(
                HeartBeatEvent(
                    user: .number(4), device: DeviceID("heart-board-4"), family: .esp32Heart, beatsPerMinute: 72,
                    interval: .milliseconds(833), isPlausible: true)),
            """
            {"type": "heart_rate", "event_type": "heart_beat", "timestamp": "2023-09-13T18:30:45.123Z", \
            "device_id": "heart-board-4", "user": 4, "data": {"bpm": 72.0, "interval": 0.833, "believable": true}, \
            "id": 7}
            """
        ),
        (
            .heartBeat(
                HeartBeatEvent(
                    user: nil, device: DeviceID("usb-A"), family: .esp32Heart, beatsPerMinute: 0, interval: nil,
                    isPlausible: false)),
            """
            {"type": "heart_rate", "event_type": "heart_beat", "timestamp": "2023-09-13T18:30:45.123Z", \
            "device_id": "usb-A", "data": {"bpm": 0.0, "believable": false}, "id": 7}
            """
        ),
        (
            .heartContact(
                HeartContactEvent(
                    user: .number(4), device: DeviceID("heart-board-4"), family: .esp32Heart, contact: .weak,
                    previous: .good, infrared: 31_000)),
            """
            {"type": "heart_rate", "event_type": "contact_changed", "timestamp": "2023-09-13T18:30:45.123Z", \
            "device_id": "heart-board-4", "user": 4, "data": {"contact": "weak", "former": "good", \
            "ir_value": 31000}, "id": 7}
            """
        ),
        (
            .heartSilence(
                HeartSilenceEvent(user: .number(4), device: DeviceID("heart-board-4"), silence: .milliseconds(10_040))),
            """
            {"type": "heart_rate", "event_type": "heart_silent", "timestamp": "2023-09-13T18:30:45.123Z", \
            "device_id": "heart-board-4", "user": 4, "data": {"silent_seconds": 10.0}, "id": 7}
            """
        ),
    ]

    @Test("writes a mat's frame by rows, with two decimals")
    func pressure() throws {
        let cells = [0, PressureMatrix.noSensor, 100, 12.3456]
        let matrix = try #require(PressureMatrix(rows: 2, columns: 2, cells: cells))
        let event = PressureEvent(mat: DeviceID("mat"), frame: 9, matrix: matrix)
        #expect(
            Self.json(.pressure(event)) == """
                {"type": "pressure", "event_type": "pressure_frame", "timestamp": "2023-09-13T18:30:45.123Z", \
                "device_id": "mat", "data": {"frame": 9, "rows": 2, "columns": 2, \
                "matrix": [[0.0, -1.0], [100.0, 12.35]]}, "id": 7}
                """)
    }

    @Test("writes what a sensor measured, with its unit")
    func measurement() {
        let event = MeasurementEvent(
            device: DeviceID("cycling-1"), family: DeviceFamily(rawValue: "cycling-sensor"),
            values: [.init("cadence", 90.5, "rpm"), .init("speed", 27, "rpm")])
        #expect(
            Self.json(.measurement(event)) == """
                {"type": "measurement", "event_type": "measurement", "timestamp": "2023-09-13T18:30:45.123Z", \
                "device_id": "cycling-1", "data": {"device": "cycling-sensor", "values": {"cadence": {"value": 90.5, \
                "unit": "rpm"}, "speed": {"value": 27.0, "unit": "rpm"}}}, "id": 7}
                """)
    }

    private static func json(_ body: EventBody) -> String {
        let stamp = EventStamp(id: 7, received: MonotonicTime(nanoseconds: 1_000_000_000), wall: wall)
        var writer = JSONWriter(.spaced)
        LiveEventJSON.write(Event(stamp: stamp, body: body), to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
