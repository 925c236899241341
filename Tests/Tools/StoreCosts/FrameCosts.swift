import Clocks
import Events
import Glibc
import Reactor
import Signals
import Store

/// Measures what frames of workouts cost on the disk: rows of 256 frames of 13 × 9 cells, as fast as the store takes them.
@ReactorActor
final class FrameMeasurement {
    private let path: String
    private static let frames = 50_000
    private static let framesPerRow = 256

    /// How a mat represents pressures.
    private enum Cells: String, CaseIterable {
        /// 0 to 100.
        case whole
        /// Twelve bits, scaled to 100.
        case scaled
    }

    init(_ path: String) {
        self.path = path
    }

    func run() async throws {
        for cells in Cells.allCases { try await measure(cells) }
    }

    private func measure(_ cells: Cells) async throws {
        let store = try DataStore(StoreOptions(path: path + "-" + cells.rawValue), timers: EventLoop.shared.timers)
        _ = await store.start(within: .seconds(30))
        let id = "0123456789abcdef01234567"
        let document = try WorkoutDocument(parsing: Array(#"{"name":"costs"}"#.utf8), maximumBytes: 100)
        store.put(.workout(StoredWorkout(id: id, created: SystemClock.wall(), document: document)))
        _ = await store.flush()
        let before = try WrittenBytes.count()
        let began = SystemClock.monotonic()
        var encoded = 0
        for first in stride(from: 0, to: Self.frames, by: Self.framesPerRow) {
            var encoder = WorkoutFrameEncoder(after: nil)
            for number in first..<first + Self.framesPerRow { encoder.append(Self.frame(number, cells)) }
            encoded += encoder.bytes.count
            store.put(
                .frames(
                    StoredFrames(
                        workout: id, first: Int64(first), count: encoder.count, time: SystemClock.wall(),
                        bytes: encoder.bytes)))
            // No faster than the disk.
            if store.unwritten > 8 { _ = await store.flush() }
        }
        _ = await store.close(within: .seconds(60))
        let took = SystemClock.monotonic() - began
        let written = try WrittenBytes.count() - before
        let count = Double((Self.frames + Self.framesPerRow - 1) / Self.framesPerRow * Self.framesPerRow)
        print("frames-per-second \(cells) \(Int(count / took.inSeconds))")
        print("encoded-bytes-per-frame \(cells) \(Double(encoded) / count)")
        print("written-bytes-per-frame \(cells) \(Double(written) / count)")
    }

    /// A foot that rolls over the mat once a second, with some noise.
    private static func frame(_ number: Int, _ cells: Cells) -> WorkoutFrame {
        let centre = Double(number % 250) / 250 * 13
        var pressures: [Double] = []
        for cell in 0..<117 {
            let (row, column) = (Double(cell / 9), Double(cell % 9))
            let distance = (row - centre) * (row - centre) / 8 + (column - 4) * (column - 4) / 6
            let noise = Double((number &* 7_919 &+ cell &* 104_729) % 31) / 10
            let pressure = max(0, 100 - 25 * distance) + (distance < 4 ? noise : 0)
            let limited = min(100, pressure)
            pressures.append(cells == .whole ? limited.rounded() : (limited * 40.95).rounded() / 40.95)
        }
        var frame = WorkoutFrame(
            received: WallTime(nanoseconds: 1_790_000_000_000_000_000 + Int64(number) * 4_000_000),
            matrix: PressureMatrix(rows: 13, columns: 9, cells: pressures))
        frame.timestamp = Array("\(1_790_000_000_000 + number * 4)".utf8)
        return frame
    }
}
