import Clocks
import Devices
import Events
import TestSupport
import Testing

@testable import Signals

@Suite("Frames of workouts as bytes") struct WorkoutFrameTests {
    private func decode(_ bytes: [UInt8]) throws(WorkoutFrameDecoder.Damage) -> [WorkoutFrame] {
        var decoder = try WorkoutFrameDecoder(bytes)
        var frames: [WorkoutFrame] = []
        while let frame = try decoder.next() { frames.append(frame) }
        return frames
    }

    private static func matrix(_ cells: [Double]) -> PressureMatrix? {
        PressureMatrix(rows: 1, columns: cells.count, cells: cells)
    }

    nonisolated private static let formTable: [(cells: [Double], encoding: CellEncoding)] = [
        ([-1, 0, 100, 254], .bytes), ([], .bytes), ([255], .integers16(decimals: 0)), ([-2], .integers16(decimals: 0)),
        ([0.5, 12.3], .integers16(decimals: 1)), ([0.25, 99.75], .integers16(decimals: 2)),
        ([0.125], .integers16(decimals: 3)), ([3.0001], .integers16(decimals: 4)),
        ([40_000], .integers32(decimals: 0)), ([4_000.25], .integers32(decimals: 2)),
        ([1.0 / 3], .doubles), ([-0.0], .doubles), ([1e300], .doubles), ([0.1 + 0.2], .doubles),
    ]

    @Test("cells are stored in the smallest form that is exact", arguments: formTable)
    func forms(cells: [Double], encoding: CellEncoding) throws {
        #expect(CellEncoding(for: cells) == encoding)
        var frame = WorkoutFrame(received: WallTime(nanoseconds: 5), matrix: Self.matrix(cells))
        frame.timestamp = Array("1".utf8)
        var encoder = WorkoutFrameEncoder(after: nil)
        encoder.append(frame)
        let decoded = try decode(encoder.bytes)
        #expect(decoded == [frame])
        let bits = decoded.first?.matrix?.cells.map(\.bitPattern)
        #expect(bits == cells.map(\.bitPattern))
    }

    @Test("any cells survive, bit by bit")
    func random() throws {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<300 {
            let decimals = random.number(0...6)
            let scale = [1.0, 10, 100, 1_000, 10_000, 7, 65_535][decimals]
            let cells = (0..<random.number(1...40)).map { _ in Double(random.number(-100_000...100_000)) / scale }
            var encoder = WorkoutFrameEncoder(after: nil)
            encoder.append(WorkoutFrame(received: WallTime(nanoseconds: 1), matrix: Self.matrix(cells)))
            let decoded = try decode(encoder.bytes)
            #expect(decoded.first?.matrix?.cells == cells)
        }
    }

    private func sample() throws -> [UInt8] {
        var calculator = PressureStatisticsCalculator()
        let matrix = try #require(Self.matrix([1, 2, 3.5]))
        var encoder = WorkoutFrameEncoder(after: calculator.statistics(of: matrix))
        encoder.append(try Self.fullFrame())
        encoder.append(WorkoutFrame(received: WallTime(nanoseconds: -7), matrix: nil))
        return encoder.bytes
    }

    private static func fullFrame() throws -> WorkoutFrame {
        var frame = WorkoutFrame(
            received: WallTime(nanoseconds: 1_790_000_000_123_456_789), matrix: matrix([1, -1, 7]))
        frame.timestamp = Array(#""2026-09-13""#.utf8)
        frame.nodes = Array(#"[{"id":1}]"#.utf8)
        frame.events = [
            PressureThresholdEvent(kind: .high, region: "Mid Foot", value: 51.5),
            PressureThresholdEvent(kind: .low, region: "Toe1", value: 0),
        ]
        frame.beginsSession = true
        frame.reported = WorkoutFrame.Reported(raw: Array(#"{"a":{"b":1}}"#.utf8), smoothed: Array("{}".utf8))
        return frame
    }

    @Test("all parts of a frame survive, and so do the smoothed statistics before it")
    func parts() throws {
        let bytes = try sample()
        let frames = try decode(bytes)
        let full = try Self.fullFrame()
        #expect(frames == [full, WorkoutFrame(received: WallTime(nanoseconds: -7), matrix: nil)])
        let decoder = try WorkoutFrameDecoder(bytes)
        var calculator = PressureStatisticsCalculator()
        let matrix = try #require(Self.matrix([1, 2, 3.5]))
        #expect(decoder.smoothed == calculator.statistics(of: matrix).values)
    }

    @Test("bytes that end early or are damaged are reported, and nothing is read beyond them")
    func damage() throws {
        let bytes = try sample()
        // Only between two frames may the bytes end.
        let complete = (0..<bytes.count).filter { (try? decode(Array(bytes.prefix($0)))) != nil }
        #expect(complete.count == 2)
        var random = SeededGenerator(seed: 9)
        for _ in 0..<3_000 {
            var damaged = bytes
            for _ in 0..<random.number(1...3) {
                damaged[random.number(0...bytes.count - 1)] = UInt8(random.number(0...255))
            }
            _ = try? decode(damaged)
        }
        #expect(throws: WorkoutFrameDecoder.Damage.self) { try WorkoutFrameDecoder([]) }
        #expect(throws: WorkoutFrameDecoder.Damage.self) { try WorkoutFrameDecoder([2, 0]) }
    }
}
