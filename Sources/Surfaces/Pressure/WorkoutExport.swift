import Devices
import Reactor
import Signals
import Store
import Web

/// Frames of a workout in one response, read and encoded in pieces as the client receives them.
@ReactorActor
final class WorkoutExport {
    private let workouts: WorkoutService
    private let entry: WorkoutEntry
    private let end: Int64
    private var reader: WorkoutFrameReader
    private var text: WorkoutFrameText
    private var isFinished = false
    private var remaining: Int64

    /// A piece has at most this many frames, because encoding them delays others,
    private static let framesPerPiece = 16
    /// and rows are read until they reach this size.
    private static let bytesPerRead = 64 << 10

    /// - Parameter frames: the numbers of the frames.
    init(
        _ frames: Range<Int64>, of entry: WorkoutEntry, _ text: WorkoutFrameText, reader: WorkoutFrameReader,
        _ workouts: WorkoutService
    ) {
        self.workouts = workouts
        self.entry = entry
        self.text = text
        self.reader = reader
        end = frames.upperBound
        remaining = Int64(frames.count)
        nextRead = frames.lowerBound
    }

    /// The number of the first frame that has not been read yet.
    private var nextRead: Int64

    func next() async -> HTTPBodyStream.Piece {
        guard !isFinished else { return .end }
        do {
            var views: [WorkoutFrameView] = []
            while remaining > 0, views.count < Self.framesPerPiece {
                if let view = try reader.next() {
                    guard view.number < end else {
                        remaining = 0
                        break
                    }
                    remaining -= 1
                    views.append(view)
                } else if try await !readRows() {
                    remaining = 0
                }
            }
            isFinished = remaining == 0
            return .bytes(text.encode(views, isLast: isFinished))
        } catch {
            return .failed
        }
    }

    /// False if there are no more.
    private func readRows() async throws -> Bool {
        let rows = try await workouts.frames(of: entry, from: nextRead, maximumBytes: Self.bytesPerRead)
        guard let last = rows.last else { return false }
        nextRead = last.first + Int64(last.count)
        reader.add(rows)
        return true
    }

    /// Starts the export; throws when too many are active.
    func response(_ type: MediaType, to host: String, _ limiter: ExportLimiter) throws(WorkoutError) -> HTTPResponse {
        if let problem = limiter.begin(to: host) { throw .tooManyExports(problem) }
        let stream = HTTPBodyStream {
            await self.next()
        } onFinish: {
            limiter.end(to: host)
        }
        return .stream(stream, type)
    }
}
