import Clocks
import JSON
import Testing

@testable import MongoDBDocuments

@Suite("What is copied to MongoDB") struct ArchiveProgressTests {
    private static func version(_ updated: String, _ frames: Int64) -> WorkoutVersion {
        WorkoutVersion(updated: updated, frames: frames)
    }

    private static func time(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    @Test("a new workout is written at once, and once more when it is settled")
    func newWorkout() {
        var progress = ArchiveProgress(ArchiveCursor())
        let version = Self.version("a", 0)
        #expect(progress.steps(version, at: Self.time(0)) == [.document(isSettled: false)])
        progress.stored(version, isSettled: false, at: Self.time(0))
        #expect(progress.cursor.document == nil)
        #expect(progress.steps(version, at: Self.time(2)) == [.document(isSettled: true)])
        progress.stored(version, isSettled: true, at: Self.time(2))
        #expect(progress.cursor.document == version)
        #expect(progress.steps(version, at: Self.time(4)).isEmpty)
    }

    @Test("a workout that goes on has its frames copied in each pass, and its document every 30 s")
    func frames() {
        var progress = ArchiveProgress(ArchiveCursor())
        var documents = 0
        for second in 0..<90 {
            let frames = Int64(second + 1) * 4
            for step in progress.steps(Self.version("a", frames), at: Self.time(Int64(second))) {
                switch step {
                case .frames(let first):
                    #expect(first == frames - 4)
                    progress.stored(through: frames)
                case .document(let isSettled):
                    #expect(!isSettled)
                    documents += 1
                    progress.stored(Self.version("a", frames), isSettled: isSettled, at: Self.time(Int64(second)))
                }
            }
            #expect(progress.cursor.frames == frames)
        }
        #expect(documents == 3)
    }

    @Test("a change while the document is read is written again")
    func changedMeanwhile() {
        var progress = ArchiveProgress(ArchiveCursor())
        _ = progress.steps(Self.version("a", 0), at: Self.time(0))
        #expect(progress.steps(Self.version("a", 0), at: Self.time(1)) == [.document(isSettled: true)])
        progress.stored(Self.version("b", 0), isSettled: true, at: Self.time(1))
        #expect(progress.cursor.document == nil)
    }

    @Test("fewer frames than before are another workout, which is copied from its begin")
    func restored() {
        var cursor = ArchiveCursor()
        (cursor.frames, cursor.document) = (100, Self.version("a", 100))
        var progress = ArchiveProgress(cursor)
        #expect(
            progress.steps(Self.version("a", 40), at: Self.time(0)) == [.frames(from: 0), .document(isSettled: false)])
    }

    @Test("what the server rejects is not tried again until it changes")
    func rejected() {
        var progress = ArchiveProgress(ArchiveCursor())
        #expect(!progress.steps(Self.version("a", 1), at: Self.time(0)).isEmpty)
        progress.rejectedLast()
        #expect(progress.steps(Self.version("a", 1), at: Self.time(60)).isEmpty)
        #expect(!progress.steps(Self.version("b", 1), at: Self.time(61)).isEmpty)
    }

    @Test("a cursor is read as it was stored")
    func cursor() throws {
        var cursor = ArchiveCursor()
        (cursor.frames, cursor.document) = (7, Self.version("2026-01-01T00:00:00.000Z", 5))
        let stored =
            #"{"_id":{"$oid":"0"},"frames":7,"document":{"updated_at":"2026-01-01T00:00:00.000Z","frame_count":5}}"#
        #expect(ArchiveCursor(try JSONValue(parsing: Array(stored.utf8))) == cursor)
        #expect(ArchiveCursor(try JSONValue(parsing: Array("{}".utf8))) == ArchiveCursor())
    }

    @Test("frames inside a document end before it is too large")
    func documentSize() throws {
        let cells = "[" + Array(repeating: "50", count: 4_096).joined(separator: ",") + "]"
        let frames = Array(repeating: #"{"frame":1,"pressure_matrix":[\#(cells)]}"#, count: 400).joined(separator: ",")
        let limits = JSONLimits(depth: 16, bytes: 64 << 20, stringBytes: 1_000, members: 1 << 24, numberBytes: 100)
        let text = #"{"_id":"0123456789abcdef01234567","pressure_frames":[\#(frames)]}"#
        let workout = try #require(JSONValue(parsing: Array(text.utf8), limits: limits).objectValue)
        let document = WorkoutDocuments.workout(workout)
        #expect((7 << 20...WorkoutDocuments.maximumFrameBytes + 4_096).contains(document.count))
        let mark = Array("pressure_frames_truncated\0".utf8)
        #expect(document.suffix(mark.count + 2).dropLast(2) == mark[...])
    }
}
