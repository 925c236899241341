import Clocks
import Events
import Foundation
import Reactor
import Signals
import Store
import Testing

@testable import Surfaces

@Suite("Workouts: frames", .timeLimit(.minutes(10))) @ReactorActor
struct WorkoutFramesTests {
    /// A session that streams frames, and what its clients were told.
    @ReactorActor
    private final class Session {
        let harness: WorkoutHarness
        let id: WorkoutID
        private var calculator = PressureStatisticsCalculator()
        private var smoothing = StatisticsSmoothing()
        private(set) var smoothed: [PressureStatistics] = []
        private(set) var matrices: [PressureMatrix] = []
        private var begins = true

        init(_ harness: WorkoutHarness, _ id: WorkoutID) {
            self.harness = harness
            self.id = id
        }

        func restart() {
            smoothing = StatisticsSmoothing()
            begins = true
        }

        func send(_ count: Int) throws {
            for _ in 0..<count {
                let number = matrices.count
                let cells = (0..<96).map { Double((number * 7 + $0 * 13) % 101) / ($0 % 5 == 0 ? 3 : 2) }
                let matrix = try #require(PressureMatrix(rows: 12, columns: 8, cells: cells))
                var frame = WorkoutFrame(
                    received: WallTime(nanoseconds: 1_790_000_000_000_000_000 + Int64(number) * 250_000_000),
                    matrix: matrix)
                frame.timestamp = Array(number % 2 == 0 ? "\(number * 250)".utf8 : #""t,\#(number)""#.utf8)
                frame.beginsSession = begins
                let before = begins ? nil : smoothing.latest
                begins = false
                matrices.append(matrix)
                smoothed.append(smoothing.smooth(calculator.statistics(of: matrix)))
                harness.workouts.append(frame, to: id, after: before)
            }
        }
    }

    private func session(frames: Int, documentFrames: Int = 1_000) async throws -> Session {
        let harness = try await WorkoutHarness { configuration, limits in
            configuration.pressure.documentFrames = documentFrames
            limits.rowFrames = 30
        }
        let session = Session(harness, try await harness.create())
        try session.send(frames)
        await harness.workouts.flushFrames(of: session.id)
        return session
    }

    @Test("frames are read with the statistics that clients received, wherever reading begins")
    func json() async throws {
        let session = try await session(frames: 100)
        session.restart()
        try session.send(50)
        for first in [0, 45, 100, 149] {
            let answer = try await session.harness.json("GET", "/workouts/\(session.id.text)/frames?from=\(first)")
            #expect(answer.status == 200 && answer.body["frame_count"].number == 150 && answer.body["next"].isMissing)
            let frames = answer.body["frames"].elements
            #expect(frames.count == 150 - first)
            for (offset, frame) in frames.enumerated() {
                let number = first + offset
                #expect(frame["frame"].number == Double(number))
                let cells = frame["pressure_matrix"].elements.flatMap { $0.elements.map(\.number) }
                #expect(cells == session.matrices[number].cells.map(Optional.some))
                for (region, values) in zip(session.smoothed[number].regions.all, session.smoothed[number].values) {
                    #expect(frame["smoothed_stats"][region.name]["mean_force"].number == values.meanForce)
                    #expect(frame["smoothed_stats"][region.name]["std"].number == values.standardDeviation)
                }
            }
            #expect(frames.last?["timestamp"].text == "t,149")
        }
        let part = try await session.harness.json("GET", "/workouts/\(session.id.text)/frames?from=10&limit=5")
        #expect(part.body["frames"].elements.map { $0["frame"].number } == [10, 11, 12, 13, 14])
        #expect(part.body["next"].number == 15)
    }

    @Test("a document contains the first frames, and says when there are more")
    func document() async throws {
        let session = try await session(frames: 70, documentFrames: 40)
        let answer = try await session.harness.json("GET", "/workouts/\(session.id.text)")
        let data = answer.body["data"]
        #expect(data["name"].text == "Run" && data["frame_count"].number == 70)
        #expect(data["pressure_frames"].count == 40 && data["pressure_frames_truncated"].isTrue)
        #expect(data["pressure_frames"][0]["calculated_stats"].keys.count == 10)
        let list = try await session.harness.json("GET", "/workouts")
        #expect(list.body["data"][0]["frame_count"].number == 70 && list.body["data"][0]["pressure_frames"].isMissing)
    }

    @Test("the binary format has every cell, bit by bit")
    func binary() async throws {
        let session = try await session(frames: 65)
        let answer = try await session.harness.send("GET", "/workouts/\(session.id.text)/frames?format=binary")
        #expect(answer.headers["Content-Disposition"]?.contains("workout-\(session.id.text).bin") == true)
        var reader = LittleEndianReader(answer.body[...])
        #expect(reader.bytes(8) == Array("LVWF".utf8)[...] + [1, 0, 0, 0])
        for number in 0..<65 {
            let length: UInt32 = 26 + 96 * 8
            #expect(reader.next(UInt32.self) == length)
            #expect(reader.next(UInt32.self) == UInt32(number))
            let received = reader.next(UInt64.self).map(Double.init(bitPattern:))
            #expect(received == 1_790_000_000_000 + Double(number) * 250)
            let timestamp = reader.next(UInt64.self).map(Double.init(bitPattern:)) ?? 0
            #expect(number % 2 == 0 ? timestamp == Double(number * 250) : timestamp.isNaN)
            #expect(reader.next(UInt16.self) == 12 && reader.next(UInt16.self) == 8)
            #expect(reader.next(UInt8.self) == 8 && reader.next(UInt8.self) == 0)
            let cells = (0..<96).compactMap { _ in reader.next(UInt64.self).map(Double.init(bitPattern:)) }
            #expect(cells == session.matrices[number].cells)
        }
        #expect(reader.isAtEnd)
    }

    @Test("CSV has one line for each frame, and quotes what needs it")
    func csv() async throws {
        let session = try await session(frames: 40)
        let answer = try await session.harness.send("GET", "/workouts/\(session.id.text)/frames?format=csv")
        let lines = String(decoding: answer.body, as: UTF8.self).components(separatedBy: "\r\n")
        #expect(lines.count == 42 && lines[41].isEmpty)
        #expect(lines[0].hasPrefix("frame,received,timestamp,rows,columns,r0c0,r0c1,") && lines[0].hasSuffix(",r11c7"))
        #expect(lines[1].hasPrefix("0,2026-09-21T"))
        #expect(lines[2].contains(#","t,1",12,8,"#))
        #expect(lines[3].contains(",500,12,8,"))
        let cells = lines[3].split(separator: ",").dropFirst(5).map { Double($0) }
        #expect(cells == session.matrices[2].cells.map(Optional.some))
    }

    @Test("frames go on after a restart of the gateway where they ended")
    func goingOn() async throws {
        let session = try await session(frames: 10)
        let later = WorkoutService(
            session.harness.store, isStored: true, metrics: .init(), timers: session.harness.timers)
        later.append(WorkoutFrame(received: WallTime(nanoseconds: 9), matrix: nil), to: session.id, after: nil)
        await later.close(within: .seconds(60))
        let entry = try await later.workout(session.id)
        #expect(entry.frames == 11)
    }

    @Test("frames wait for a moment, and then they are stored")
    func delay() async throws {
        let session = try await session(frames: 0)
        try session.send(3)
        var stored = try await session.harness.workouts.workout(session.id).frames
        #expect(stored == 0)
        // The number of the first frame has to be read from the store before.
        for _ in 0..<100 where stored == 0 {
            session.harness.timers.advance(to: session.harness.timers.now + .seconds(5))
            stored = try await session.harness.workouts.workout(session.id).frames
        }
        #expect(stored == 3)
    }

    @Test("frames are read at once, also while the number of the first one is being read from the store")
    func atOnce() async throws {
        let session = try await session(frames: 0)
        try session.send(40)
        let answer = try await session.harness.json("GET", "/workouts/\(session.id.text)/frames")
        #expect(answer.body["frames"].count == 40)
    }

    @Test("frames of an unknown workout are dropped, until it is created")
    func unknown() async throws {
        let harness = try await WorkoutHarness()
        let id = try #require(WorkoutID("0123456789abcdef01234567"))
        let session = Session(harness, id)
        try session.send(2)
        await harness.workouts.flushFrames(of: id)
        try session.send(2)
        await harness.workouts.flushFrames(of: id)
        _ = try await harness.create(#"{"_id":"0123456789abcdef01234567","a":1}"#)
        try session.send(2)
        await harness.workouts.flushFrames(of: id)
        #expect(try await harness.workouts.workout(id).frames == 2)
    }
}
