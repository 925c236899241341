import Clocks
import Store

extension JournalEntry {
    /// An entry with a body of the given length.
    static func sample(
        _ sequence: Int64, kind: String = "heart_rate", bodyLength: Int = 190, at time: WallTime? = nil
    ) -> JournalEntry {
        let head = "{\"id\":\(sequence),\"text\":\""
        let filling = String(repeating: "x", count: max(0, bodyLength - head.utf8.count - 2))
        return JournalEntry(
            sequence: sequence, time: time ?? WallTime(nanoseconds: 1_700_000_000_000_000_000 + sequence * 1_000_000),
            kind: kind, source: "esp32/heart/1", body: Array((head + filling + "\"}").utf8))
    }
}

extension MonotonicTime {
    static func seconds(_ seconds: Double) -> Self { Self(nanoseconds: Int64(seconds * 1e9)) }
}

extension StoreError {
    static func sample(_ reason: Reason) -> StoreError {
        StoreError(reason, path: "/somewhere/gateway.db", detail: "for the test")
    }
}

extension StoredRun {
    static func sample(
        _ number: Int64, state: String = "completed", shooter: String? = nil, stage: String? = nil,
        timer: String = "T1", body: String? = nil
    ) -> StoredRun {
        StoredRun(
            id: "run_\(number)", number: number, started: WallTime(nanoseconds: number * 1_000_000_000), timer: timer,
            shooter: shooter, stage: stage, state: state, body: Array((body ?? "{\"n\":\(number)}").utf8))
    }
}

extension RunPage {
    var texts: [String] { bodies.map { String(decoding: $0, as: UTF8.self) } }
}

extension StoredWorkout {
    static func sample(_ number: Int, _ json: String = "{\"name\":\"Run\"}") throws -> StoredWorkout {
        StoredWorkout(
            id: .workout(number), created: WallTime(nanoseconds: Int64(number) * 1_000_000_000),
            document: try WorkoutDocument(parsing: Array(json.utf8), maximumBytes: 1 << 20))
    }
}

extension String {
    /// The id of a workout.
    static func workout(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 24 - digits.count) + digits
    }
}

extension StoredFrames {
    /// Bytes that can be compressed to about a half.
    static func sample(_ workout: Int, first: Int64, count: Int = 1, bytes: Int = 20) -> StoredFrames {
        StoredFrames(
            workout: .workout(workout), first: first, count: count, time: WallTime(nanoseconds: 5_000_000_000 + first),
            bytes: (0..<bytes).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 7 & 15 + Int(first)) })
    }
}
