import Clocks
import Events
import JSON
import Testing

@Suite("Event stamps") struct StampTests {
    private let received = MonotonicTime(nanoseconds: 50_000_000_000)
    private let wall = WallTime(nanoseconds: 1_694_629_845_123_456_789)

    @Test("without a device's clock an event happened when its bytes arrived")
    func arrival() {
        let stamp = EventStamp(id: 1, received: received, wall: wall)
        #expect(stamp.happened == received)
        #expect(stamp.happenedWall == wall)
    }

    @Test("an unmapped clock says nothing about our time")
    func unmapped() {
        let stamp = EventStamp(
            id: 1, received: received, wall: wall, device: DeviceTime(reading: .milliseconds(12_345)))
        #expect(stamp.device?.mapped == nil)
        #expect(stamp.happened == received)
    }

    @Test("a mapped clock moves the event to where it happened, on both clocks alike")
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
