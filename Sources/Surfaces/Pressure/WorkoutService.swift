import Clocks
import Metrics
import Reactor
import Signals
import Store

/// Workouts and their frames in the store. Frames are collected for a moment before they are stored, because a row for
/// each would wear the disk.
@ReactorActor
package final class WorkoutService {
    package struct Limits: Equatable, Sendable {
        package var documentBytes = 4 << 20
        /// Workouts that receive frames at a time.
        package var recordings = 256
        /// Frames are stored when they reach this size or number, or when the first of them has waited this long.
        package var rowBytes = 64 << 10
        package var rowFrames = 256
        package var delay = Nanoseconds.seconds(5)

        package init() {}
    }

    let store: DataStore
    private let isStored: Bool
    private let limits: Limits
    private let timers: TimerQueue
    private let counters: Counters
    private var ids = WorkoutIDGenerator()
    private var changes: UInt64 = 0
    private var recordings: [WorkoutID: WorkoutRecording] = [:]
    /// What finds out which number the next frame of a workout has.
    private var lookups: [WorkoutID: Task<Void, Never>] = [:]
    private var closing: CheckedContinuation<Void, Never>?
    private var timer: TimerQueue.Token?

    @ReactorActor
    private struct Counters {
        let stored: Counter
        let dropped: [WorkoutFrameDrop: Counter]

        init(_ registry: MetricsRegistry) {
            stored = registry.counter(
                "leadville_workout_frames_total", "Frames of workouts that were handed to the store.")
            dropped = Dictionary(
                uniqueKeysWithValues: WorkoutFrameDrop.allCases.map { reason in
                    let counter = registry.counter(
                        "leadville_workout_frames_dropped_total", "Frames of workouts that are not stored, by reason.",
                        ["reason": reason.rawValue])
                    return (reason, counter)
                })
        }
    }

    /// - Parameter isStored: false if the store is disabled: then there are no workouts.
    package init(
        _ store: DataStore, isStored: Bool, limits: Limits = Limits(), metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.store = store
        self.isStored = isStored
        self.limits = limits
        self.timers = timers
        counters = Counters(metrics)
        metrics.gauge("leadville_workout_recordings", "Workouts that receive frames.") { [weak self] in
            Double(self?.recordings.count ?? 0)
        }
    }

    /// Why workouts are not available; nil if they are.
    package var problem: String? {
        if !isStored { return "the store is disabled (store.enabled)" }
        if case .degraded(let error, _) = store.health { return "\(error)" }
        return nil
    }

    private func checkAvailable() throws(WorkoutError) {
        if let problem { throw .unavailable(problem) }
    }
}

/// Documents.
extension WorkoutService {
    /// - Parameter json: the members of the document.
    package func create(_ json: [UInt8]) async throws(WorkoutError) -> WorkoutEntry {
        let document = try await document(json)
        let now = SystemClock.wall()
        var id = ids.next(at: now)
        if let chosen = document.id {
            guard let valid = WorkoutID(chosen) else { throw .invalidID }
            guard try await entry(valid) == nil else { throw .exists }
            id = valid
        }
        store.put(.workout(StoredWorkout(id: id.text, created: now, document: document)))
        // Earlier frames of a session may have been dropped because there was no such workout.
        recordings[id] = nil
        try await saved()
        return try await workout(id)
    }

    /// Adds or replaces members of the document.
    package func update(_ id: WorkoutID, _ json: [UInt8]) async throws(WorkoutError) -> WorkoutEntry {
        let members = try await document(json)
        let old = try await workout(id)
        guard members.id == nil || members.id?.lowercased() == id.text else { throw .otherID }
        try await checkSize(of: old, merging: members)
        changes += 1
        store.put(
            .workoutChange(WorkoutChange(id: id.text, number: changes, time: SystemClock.wall(), members: members)))
        try await saved()
        return try await workout(id)
    }

    /// Deletes the workout and its frames.
    package func delete(_ id: WorkoutID) async throws(WorkoutError) {
        _ = try await workout(id)
        recordings[id] = nil
        store.put(.deleteWorkout(id.text))
        try await saved()
    }

    package func workout(_ id: WorkoutID) async throws(WorkoutError) -> WorkoutEntry {
        guard let entry = try await entry(id) else { throw .unknown }
        return entry
    }

    /// Newest first. - Parameter before: where the page before ended.
    package func workouts(before number: Int64?, limit: Int, maximumBytes: Int) async throws(WorkoutError)
        -> WorkoutPage
    {
        try checkAvailable()
        do throws(StoreError) {
            return try await store.workouts(before: number, limit: limit, maximumBytes: maximumBytes)
        } catch {
            throw WorkoutError(error)
        }
    }

    private func entry(_ id: WorkoutID) async throws(WorkoutError) -> WorkoutEntry? {
        try checkAvailable()
        do throws(StoreError) {
            return try await store.workout(id.text)
        } catch {
            throw WorkoutError(error)
        }
    }

    private func document(_ json: [UInt8]) async throws(WorkoutError) -> WorkoutDocument {
        try checkAvailable()
        let result: Result<WorkoutDocument, WorkoutDocument.Reject>
        do throws(StoreError) {
            result = try await store.workoutDocument(parsing: json, maximumBytes: limits.documentBytes)
        } catch {
            throw WorkoutError(error)
        }
        switch result {
        case .success(let document): return document
        case .failure(let reject): throw .document(reject)
        }
    }

    /// A document must not grow beyond the limit in small steps.
    private func checkSize(of old: WorkoutEntry, merging members: WorkoutDocument) async throws(WorkoutError) {
        guard old.document.count + members.body.count > limits.documentBytes else { return }
        let size: Int
        do throws(StoreError) {
            size = try await store.size(of: old, merging: members)
        } catch {
            throw WorkoutError(error)
        }
        guard size <= limits.documentBytes else { throw .document(.tooLarge(maximum: limits.documentBytes)) }
    }

    private func saved() async throws(WorkoutError) {
        if let error = await store.flush() { throw WorkoutError(error) }
    }
}

/// Frames.
extension WorkoutService {
    /// Stores a frame of a workout. Without a store, and for an unknown workout, it is counted and dropped.
    ///
    /// - Parameter smoothed: the smoothed statistics of the frame before; nil if smoothing begins with this frame.
    package func append(_ frame: WorkoutFrame, to id: WorkoutID, after smoothed: PressureStatistics?) {
        guard isStored else { return drop(.disabled) }
        if recordings[id] == nil {
            guard recordings.count < limits.recordings else { return drop(.tooManyWorkouts) }
            recordings[id] = WorkoutRecording()
            lookups[id] = Task { await self.begin(id) }
        }
        // Taken out while it changes, so that its bytes are not copied.
        guard var recording = recordings.removeValue(forKey: id) else { return }
        defer { recordings[id] = recording }
        if let reason = recording.append(frame, after: smoothed, limits, now: timers.now) { return drop(reason) }
        if recording.isFull(limits) { put(recording.takeRow(id.text)) }
        scheduleFlush()
    }

    /// Stores what has been collected, and expects no more frames.
    package func endRecording(of id: WorkoutID) {
        guard recordings[id]?.isReady == true else { return }
        flush(id)
        recordings[id] = nil
    }

    /// Hands the frames of a workout that have been collected to the store.
    func flushFrames(of id: WorkoutID) async {
        await lookups[id]?.value
        flush(id)
    }

    /// Hands all frames that have been collected to the store. Returns when that is done, or after `limit`.
    package func close(within limit: Nanoseconds) async {
        if !lookups.isEmpty {
            let timer = timers.after(limit) { [weak self] in self?.closing.take()?.resume() }
            await withCheckedContinuation { closing = $0 }
            timers.cancel(timer)
        }
        flushFrames()
    }

    private func flushFrames() {
        for id in recordings.keys { flush(id) }
    }

    /// Rows of frames in order, from the row that contains frame `first`.
    func frames(of workout: WorkoutEntry, from first: Int64, maximumBytes: Int) async throws(WorkoutError)
        -> [StoredFrames]
    {
        do throws(StoreError) {
            return try await store.frames(of: workout.number, from: first, maximumBytes: maximumBytes)
        } catch {
            throw WorkoutError(error)
        }
    }

    /// Finds out which number the next frame has.
    private func begin(_ id: WorkoutID) async {
        defer { lookupEnded(id) }
        let found: WorkoutEntry?
        do throws(StoreError) {
            found = try await store.workout(id.text)
        } catch {
            // The next frame tries again.
            let lost = recordings.removeValue(forKey: id)?.count ?? 0
            counters.dropped[.unavailable]?.add(lost)
            return
        }
        guard var recording = recordings.removeValue(forKey: id) else { return }
        if let found {
            recording.begin(after: found.frames)
        } else {
            counters.dropped[.unknownWorkout]?.add(recording.count)
            recording.rejectAll(now: timers.now)
        }
        recordings[id] = recording
    }

    private func lookupEnded(_ id: WorkoutID) {
        lookups[id] = nil
        if lookups.isEmpty { closing.take()?.resume() }
    }

    private func flush(_ id: WorkoutID) {
        guard var recording = recordings.removeValue(forKey: id) else { return }
        put(recording.takeRow(id.text))
        recordings[id] = recording
    }

    private func put(_ row: StoredFrames?) {
        guard let row else { return }
        counters.stored.add(row.count)
        store.put(.frames(row))
    }

    private func drop(_ reason: WorkoutFrameDrop) {
        counters.dropped[reason]?.add()
    }

    private func scheduleFlush() {
        guard timer == nil else { return }
        timer = timers.after(limits.delay) { [weak self] in self?.flushDue() }
    }

    private func flushDue() {
        timer = nil
        flushFrames()
        recordings = recordings.filter { !$0.value.isIdle(now: timers.now) }
        if !recordings.isEmpty { scheduleFlush() }
    }
}
