import Clocks
import Events
import JSON
import Testing

@testable import Surfaces

@Suite("frames of mats on the live socket") struct PressureFrameTests {
    private static func frame(_ cells: [Double], rows: Int, number: Int? = 9, mat: String = "mat") throws
        -> PressureEvent
    {
        let matrix = try #require(PressureMatrix(rows: rows, columns: cells.count / rows, cells: cells))
        return PressureEvent(mat: DeviceID(mat), frame: number, matrix: matrix)
    }

    private static func bytes(_ frame: PressureEvent) -> [UInt8] {
        let stamp = EventStamp(
            id: 0x0102, received: MonotonicTime(nanoseconds: 0), wall: WallTime(nanoseconds: 1_500_000_000))
        var bytes: [UInt8] = []
        PressureFrameBinary.append(frame, stamp, to: &bytes)
        return bytes
    }

    @Test("a frame of whole numbers has one byte for each cell")
    func wholeCells() throws {
        let bytes = Self.bytes(try Self.frame([0, PressureMatrix.noSensor, 100, 1, 254, 2], rows: 2))
        #expect(
            bytes == [
                0x50, 1, 1, 3, 2, 1, 0, 0, 0, 0, 0, 0,
                // 1500.0
                0, 0, 0, 0, 0, 0x70, 0x97, 0x40,
                9, 0, 0, 0, 2, 0, 3, 0, 0x6D, 0x61, 0x74, 1, 0, 101, 2, 255, 3,
            ])
    }

    @Test("a frame with fractions has hundredths in two bytes for each cell")
    func fractions() throws {
        let bytes = Self.bytes(try Self.frame([0, PressureMatrix.noSensor, 12.345, 100], rows: 1, number: nil))
        #expect(bytes[2] == 2)
        #expect(Array(bytes[20..<28]) == [255, 255, 255, 255, 1, 0, 4, 0])
        // 1234.5 is rounded away from zero: 1235.
        #expect(Array(bytes[31...]) == [0, 0, 0x9C, 0xFF, 0xD3, 0x04, 0x10, 0x27])
    }

    @Test("cells that one byte cannot hold take two", arguments: [255.0, -2, 0.5, 500, -500])
    func largeCells(cell: Double) throws {
        let bytes = Self.bytes(try Self.frame([cell], rows: 1))
        let value = Int16(max(-32_768, min(32_767, cell * 100)))
        #expect(bytes[2] == 2)
        #expect(Int16(bitPattern: UInt16(bytes[31]) | UInt16(bytes[32]) << 8) == value)
    }

    @Test("the id of a mat has at most 255 bytes")
    func longName() throws {
        let bytes = Self.bytes(try Self.frame([7], rows: 1, mat: String(repeating: "x", count: 300)))
        #expect(bytes[3] == 255)
        #expect(bytes.count == 28 + 255 + 1)
    }

    // MARK: Rate

    /// A limiter of one frame in 100 ms. Times are milliseconds.
    private final class Limited {
        private var limiter = FrameRateLimiter(interval: .milliseconds(100))

        var count: Int { limiter.count }
        var nextDue: Int64? { limiter.nextDue.map { $0.nanoseconds / 1_000_000 } }

        func admits(_ id: UInt64, of mat: String = "mat", at time: Int64) -> Bool {
            let device = DeviceEvent(device: DeviceID(mat), family: .pressureMat, name: nil, change: .connected)
            let stamp = EventStamp(id: id, received: moment(time), wall: WallTime(nanoseconds: 0))
            return limiter.admits(Event(stamp: stamp, body: .device(device)), of: DeviceID(mat), now: moment(time))
        }

        func takeDue(at time: Int64) -> [UInt64] { limiter.takeDue(now: moment(time)).map(\.stamp.id) }

        private func moment(_ time: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: time * 1_000_000) }
    }

    @Test("of the frames in an interval the first is sent, and at its end the newest")
    func newestWins() {
        let limited = Limited()
        #expect(limited.admits(1, at: 0))
        #expect(limited.nextDue == nil)
        #expect(!limited.admits(2, at: 40))
        #expect(!limited.admits(3, at: 80))
        #expect(limited.nextDue == 100)
        #expect(limited.takeDue(at: 99).isEmpty)
        #expect(limited.takeDue(at: 105) == [3])
        // The next interval begins then.
        #expect(!limited.admits(4, at: 204))
        #expect(limited.takeDue(at: 205) == [4])
        #expect(limited.nextDue == nil)
        #expect(limited.takeDue(at: 305).isEmpty)
        #expect(limited.admits(5, at: 306))
    }

    @Test("a frame that arrives when one is due replaces the one that was held")
    func lateTimer() {
        let limited = Limited()
        #expect(limited.admits(1, at: 0))
        #expect(!limited.admits(2, at: 50))
        #expect(limited.admits(3, at: 100))
        #expect(limited.takeDue(at: 300).isEmpty)
    }

    @Test("each mat has its own rate")
    func mats() {
        let limited = Limited()
        #expect(limited.admits(1, of: "left", at: 0))
        #expect(limited.admits(2, of: "right", at: 30))
        #expect(!limited.admits(3, of: "right", at: 40))
        #expect(!limited.admits(4, of: "left", at: 50))
        #expect(limited.nextDue == 100)
        #expect(limited.takeDue(at: 100) == [4])
        #expect(limited.nextDue == 130)
        #expect(limited.takeDue(at: 200) == [3])
    }

    @Test("mats that send no more are forgotten")
    func forgottenMats() {
        let limited = Limited()
        for number in 0..<1_000 {
            #expect(limited.admits(1, of: "mat \(number)", at: Int64(number) * 100))
            #expect(limited.count == 1)
        }
    }

    // MARK: Subscriptions

    @Test(
        "a subscription says how frames are sent",
        arguments: [
            (#"{}"#, FrameDelivery(isBinary: true, interval: .seconds(1))),
            (#"{"encoding":null}"#, FrameDelivery(isBinary: true, interval: .seconds(1))),
            (#"{"encoding":"json"}"#, FrameDelivery(isBinary: false, interval: .seconds(1))),
            (#"{"rate":null}"#, FrameDelivery(isBinary: true, interval: nil)),
            (#"{"rate":10}"#, FrameDelivery(isBinary: true, interval: .milliseconds(100))),
            (#"{"rate":0.1,"encoding":"binary"}"#, FrameDelivery(isBinary: true, interval: .seconds(10))),
            (#"{"rate":1000}"#, FrameDelivery(isBinary: true, interval: .milliseconds(1))),
        ])
    func delivery(text: String, expected: FrameDelivery) throws {
        var delivery = FrameDelivery(isBinary: true, interval: .seconds(1))
        let object = try #require(try JSONValue(parsing: Array(text.utf8)).objectValue)
        let change = try FrameDelivery.Change(object)
        change.apply(to: &delivery)
        #expect(delivery == expected)
        #expect(change.isEmpty == ["{}", #"{"encoding":null}"#].contains(text))
    }

    @Test(
        "invalid members of a subscription are errors",
        arguments: [
            #"{"encoding":"msgpack"}"#, #"{"encoding":1}"#, #"{"encoding":["binary"]}"#, #"{"rate":0}"#,
            #"{"rate":-1}"#, #"{"rate":0.09}"#, #"{"rate":1001}"#, #"{"rate":"10"}"#, #"{"rate":true}"#,
            #"{"rate":[10]}"#, #"{"rate":1e300}"#,
        ])
    func invalidDelivery(text: String) throws {
        let object = try #require(try JSONValue(parsing: Array(text.utf8)).objectValue)
        let expected: FrameDelivery.Invalid = text.contains("rate") ? .rate : .encoding
        #expect(throws: expected) { try FrameDelivery.Change(object) }
        let command = #"{"type":"subscribe","channels":["pressure"],"# + text.dropFirst()
        #expect(LiveCommand(Array(command.utf8)) == .invalidSubscription(expected.message))
    }
}
