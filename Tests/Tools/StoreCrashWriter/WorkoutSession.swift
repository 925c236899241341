import Clocks
import Glibc
import Reactor
import Store

/// Writes workouts as the gateway does: a document, rows of frames, sometimes a change of the document and the end
/// of one workout and the begin of the next. A frame is its own number, so that a reader can check it.
@ReactorActor
final class WorkoutSession: WritingSession {
    private let arguments: Arguments
    private let store: DataStore

    private static let framesPerRow = 16
    private static let rowsPerWorkout = 40

    init(_ arguments: Arguments, _ store: DataStore) {
        self.arguments = arguments
        self.store = store
    }

    func run() async {
        _ = await store.start(within: .seconds(30))
        var commits = 0
        while commits < arguments.commits {
            do {
                let known = try await store.workouts(before: nil, limit: 1, maximumBytes: .max).total
                let number = Int(known) + 1
                store.put(
                    .workout(StoredWorkout(id: id(number), created: SystemClock.wall(), document: try document(0))))
                _ = await store.flush()
                Output.line("workout \(number)")
                for row in 0..<Self.rowsPerWorkout where commits < arguments.commits {
                    let change = WorkoutChange(
                        id: id(number), number: UInt64(commits), time: SystemClock.wall(), members: try document(row))
                    store.put(.workoutChange(change))
                    store.put(.frames(frames(row, of: number)))
                    if let error = await store.flush() { throw error }
                    Output.line("through \((row + 1) * Self.framesPerRow)")
                    commits += 1
                }
            } catch {
                Output.line("error \(error)")
                exit(1)
            }
        }
        Output.line("closed \(await store.close(within: .seconds(30)))")
        exit(0)
    }

    private func id(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 24 - digits.count) + digits
    }

    private func document(_ row: Int) throws -> WorkoutDocument {
        try WorkoutDocument(parsing: Array("{\"rows\":\(row)}".utf8), maximumBytes: 100)
    }

    private func frames(_ row: Int, of workout: Int) -> StoredFrames {
        let first = row * Self.framesPerRow
        let bytes = (first..<first + Self.framesPerRow).flatMap { frame in
            (0..<120).map { UInt8(truncatingIfNeeded: frame &* 31 &+ $0 / 10) }
        }
        return StoredFrames(
            workout: id(workout), first: Int64(first), count: Self.framesPerRow, time: SystemClock.wall(), bytes: bytes)
    }
}
