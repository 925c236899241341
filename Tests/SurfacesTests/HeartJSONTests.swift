import Clocks
import Devices
import Events
import JSON
import Testing

@testable import Surfaces

@Suite("Heart readings in the broadcast's format") struct HeartJSONTests {
    private static let statistics = HeartStatistics(
        mean: 75.5, standardDeviation: 0.5, minimum: 75, maximum: 76, last: 75.7)

    @Test("writes a reading with a rate: the device's members, then the broker's")
    func rate() throws {
        let text = try message(
            #"{"user":1,"bpm":76,"timestamp":1234567890,"signal_strength":-45}"#, .rate(75.7, .smoothed))
        #expect(
            text == """
                {"user": 1, "bpm": 75.7, "timestamp": 1234567890, "signal_strength": -45, "bpm_raw": 76.0, \
                "bpm_smoothed": true, "signal_stats": {"mean": 75.5, "std": 0.5, "min": 75.0, "max": 76.0, \
                "last": 75.7}, "no_heart_rate": false, "server_timestamp": 1694629845.123, \
                "source_ip": "192.168.1.101", "received_at": "2023-09-13T18:30:45.123Z", "event_id": 7}
                """)
    }

    @Test("writes a reading without a rate: the number as it was sent, no finger")
    func noRate() throws {
        let text = try message(
            #"{"user":"a","bpm":76,"finger_detected":true,"x":[1, {"y":null}]}"#, .none(.fingerLifted), statistics: nil)
        #expect(
            text == """
                {"user": "a", "bpm": "--", "finger_detected": false, "x": [1, {"y": null}], "bpm_raw": 76, \
                "bpm_smoothed": false, "no_heart_rate": true, "server_timestamp": 1694629845.123, \
                "source_ip": "192.168.1.101", "received_at": "2023-09-13T18:30:45.123Z", "event_id": 7}
                """)
    }

    @Test("replaces the device's values of the broker's members")
    func owned() throws {
        let text = try message(
            #"{"source_ip":"forged","no_heart_rate":5,"user":1,"bpm":0,"b\u0070m_raw":9}"#, .none(.notMeasured),
            statistics: nil)
        #expect(
            text == """
                {"source_ip": "192.168.1.101", "no_heart_rate": true, "user": 1, "bpm": "--", "bpm_raw": 0, \
                "bpm_smoothed": false, "server_timestamp": 1694629845.123, \
                "received_at": "2023-09-13T18:30:45.123Z", "event_id": 7}
                """)
    }

    @Test("writes the standard members for a device without JSON")
    func withoutMembers() throws {
        let text = try message(nil, .rate(75.7, .smoothed), statistics: nil)
        #expect(text.hasPrefix(#"{"user": 1, "finger_detected": true, "bpm": 75.7, "bpm_raw": 76.0, "#))
        #expect(text.contains(#""signal_stats": {}"#))
    }

    @Test("marks the latest message of a stale user")
    func replay() {
        let message = Array(#"{"user": 1}"#.utf8)
        let fresh = HeartReplyJSON.latest(message, age: .seconds(1), isStale: false)
        let stale = HeartReplyJSON.latest(message, age: .milliseconds(12_340), isStale: true)
        #expect(fresh == message)
        #expect(String(decoding: stale, as: UTF8.self) == #"{"user": 1, "stale": true, "age_seconds": 12.3}"#)
    }

    private func message(
        _ members: String?, _ rate: HeartRate, statistics: HeartStatistics? = Self.statistics
    ) throws -> String {
        let parsed = try members.map { try JSONMembers(parsing: Array($0.utf8)) } ?? JSONMembers()
        let user: HeartUser = members?.contains("\"a\"") == true ? .text("a") : .number(1)
        let event = HeartEvent(
            user: user, device: DeviceID("board"), family: .esp32Heart, source: "192.168.1.101", measured: 76,
            rate: rate, statistics: statistics, contact: true, members: parsed)
        let stamp = EventStamp(
            id: 7, received: MonotonicTime(nanoseconds: 0), wall: WallTime(nanoseconds: 1_694_629_845_123_000_000))
        var writer = JSONWriter(.spaced)
        var times = TimestampFormatter()
        HeartJSON.message(event, stamp, to: &writer, times: &times)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
