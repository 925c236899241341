import Clocks
import Signals
import Store

/// Why a frame of a workout is not stored. The raw value is the label of the counter.
package enum WorkoutFrameDrop: String, CaseIterable, Sendable {
    /// The store is disabled.
    case disabled
    /// The store cannot be read.
    case unavailable
    case unknownWorkout = "unknown_workout"
    case tooManyWorkouts = "too_many_workouts"
    case tooManyFrames = "too_many_frames"
}

/// The frames of a workout that are not stored yet.
struct WorkoutRecording: Sendable {
    private enum State {
        /// The number of the next frame is not known yet.
        case starting
        case ready(next: Int64)
        case unknownWorkout
    }

    private var state = State.starting
    private var encoder: WorkoutFrameEncoder?
    private var lastReceived = WallTime(nanoseconds: 0)
    private var lastUse = MonotonicTime(nanoseconds: 0)

    /// While the number of the first frame is not known, no more than this is collected.
    static let maximumBytes = 1 << 20
    private static let idleAfter = Nanoseconds.seconds(60)

    /// Frames that have been collected.
    var count: Int { encoder?.count ?? 0 }

    var isReady: Bool {
        if case .starting = state { false } else { true }
    }

    func isFull(_ limits: WorkoutService.Limits) -> Bool {
        count >= limits.rowFrames || encoder?.bytes.count ?? 0 >= limits.rowBytes
    }

    /// Whether there have been no frames for a while.
    func isIdle(now: MonotonicTime) -> Bool {
        isReady && count == 0 && now - lastUse >= Self.idleAfter
    }

    /// Collects a frame, or returns why it is dropped.
    mutating func append(
        _ frame: WorkoutFrame, after smoothed: PressureStatistics?, _ limits: WorkoutService.Limits, now: MonotonicTime
    ) -> WorkoutFrameDrop? {
        lastUse = now
        switch state {
        case .unknownWorkout: return .unknownWorkout
        case .starting where encoder?.bytes.count ?? 0 >= Self.maximumBytes: return .unavailable
        case .ready(let next) where next + Int64(count) >= StoredFrames.maximumCount: return .tooManyFrames
        case .starting, .ready: break
        }
        var encoder = self.encoder.take() ?? WorkoutFrameEncoder(after: frame.beginsSession ? nil : smoothed)
        encoder.append(frame)
        self.encoder = encoder
        lastReceived = frame.received
        return nil
    }

    mutating func begin(after frames: Int64) {
        state = .ready(next: frames)
    }

    mutating func rejectAll(now: MonotonicTime) {
        state = .unknownWorkout
        encoder = nil
        lastUse = now
    }

    /// What has been collected; nil if there is nothing, or if its place is not known yet.
    mutating func takeRow(_ workout: String) -> StoredFrames? {
        guard case .ready(let next) = state, let encoder = encoder.take() else { return nil }
        state = .ready(next: next + Int64(encoder.count))
        return StoredFrames(
            workout: workout, first: next, count: encoder.count, time: lastReceived, bytes: encoder.bytes)
    }
}
