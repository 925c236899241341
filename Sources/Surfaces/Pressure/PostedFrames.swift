import Clocks
import Devices
import Events
import JSON
import Metrics
import Reactor
import Signals

/// A frame as a client sends it. Everything but the matrix is passed on as it is.
struct ClientFrame: Sendable {
    /// JSON; nil if there is none.
    var matrix: ArraySlice<UInt8>?
    var timestamp: [UInt8]?
    var nodes: [UInt8]?
}

/// The frames of clients that post them (`POST /stats`): statistics for the client, and frames for the workout.
@ReactorActor
final class PostedFrames {
    private struct Session {
        var series = FrameSeries()
        var lastUse: MonotonicTime
    }

    private let workouts: WorkoutService
    private let maximumCells: Int
    private let timers: TimerQueue
    private let processed: Counter
    private let rejects: [String: Counter]
    private var calculator: PressureStatisticsCalculator
    private var sessions: [String: Session] = [:]

    /// Above this number the session that was used least recently ends.
    static let maximum = 256
    /// After so long without a frame, the next one begins a new session.
    private static let idleAfter = Nanoseconds.seconds(60)

    init(
        _ workouts: WorkoutService, calculator: PressureStatisticsCalculator, maximumCells: Int,
        metrics: MetricsRegistry, timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.workouts = workouts
        self.calculator = calculator
        self.maximumCells = maximumCells
        self.timers = timers
        processed = metrics.counter("leadville_pressure_frames_total", "Frames of clients, with statistics.")
        rejects = Dictionary(
            uniqueKeysWithValues: PressureFrameReject.names.map { reason in
                let counter = metrics.counter(
                    "leadville_pressure_rejects_total", "Frames of clients that were rejected, by reason.",
                    ["reason": reason])
                return (reason, counter)
            })
    }

    /// - Parameter id: that of a workout, which then receives the frame, or any other text.
    func receive(_ frame: ClientFrame, for id: String) throws(PressureFrameReject) -> FrameSeries.Processed {
        let matrix: PressureMatrix
        do throws(PressureFrameReject) {
            matrix = try PressureMatrix(ofClient: frame.matrix, maximumCells: maximumCells)
        } catch {
            rejects[error.name]?.add()
            throw error
        }
        processed.add()
        var session = takeSession(id, now: timers.now)
        let result = session.series.receive(
            matrix, calculator.statistics(of: matrix), timestamp: frame.timestamp, nodes: frame.nodes,
            at: SystemClock.wall())
        sessions[id] = session
        if let workout = WorkoutID(id) { workouts.append(result.frame, to: workout, after: result.previous) }
        return result
    }

    private func takeSession(_ id: String, now: MonotonicTime) -> Session {
        if var session = sessions.removeValue(forKey: id), now - session.lastUse < Self.idleAfter {
            session.lastUse = now
            return session
        }
        if sessions.count >= Self.maximum, let oldest = sessions.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            sessions[oldest.key] = nil
        }
        return Session(lastUse: now)
    }
}
