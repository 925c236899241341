import Clocks
import Events
import ShootingRange

/// The latest runs in numbers, by timer. A value: runs and their events go in.
struct RunStatistics: Sendable {
    struct Timer: Hashable, Sendable {
        let id: DeviceID
        /// Starts, shots and stops.
        var events = 0
        var shots = 0
        /// The time of the longest string.
        var longest: Nanoseconds?
        var averageSplit: Nanoseconds?
        var last: WallTime
    }

    struct Best: Hashable, Sendable {
        let timer: DeviceID
        let best: Nanoseconds
        let strings: Int
        let last: WallTime
    }

    private struct Entry: Hashable, Sendable {
        let timer: DeviceID
        let started: WallTime
        /// The time of its latest event.
        var last: WallTime
        var isCompleted = false
        var shots = 0
        /// Of the last shot, since the beep.
        var time = Nanoseconds.zero
    }

    /// How many runs are counted.
    static let capacity = 500

    private var entries: [RunID: Entry] = [:]

    var isFull: Bool { entries.count >= Self.capacity }

    mutating func add(_ run: RunRecord) {
        guard entries[run.id] == nil, !isFull else { return }
        var entry = Entry(timer: run.timer, started: run.started, last: run.ended ?? run.started)
        (entry.isCompleted, entry.shots, entry.time) = (run.end == .completed, run.shots.count, run.summary.time)
        entries[run.id] = entry
    }

    mutating func remove(_ run: RunID) { entries[run] = nil }

    mutating func apply(_ event: RunEvent, at time: WallTime) {
        if entries[event.run] == nil {
            guard case .started(let started) = event.change else { return }
            if isFull, let oldest = entries.min(by: { $0.value.started < $1.value.started }) { remove(oldest.key) }
            entries[event.run] = Entry(timer: event.timer, started: started, last: time)
        }
        guard var entry = entries[event.run] else { return }
        switch event.change {
        case .started, .hit, .finalShot: break
        case .shot(let shot):
            entry.shots = max(entry.shots, shot.number)
            entry.time = max(entry.time, shot.time)
            entry.last = time
        case .updated(let summary): (entry.shots, entry.time) = (summary.shots, summary.time)
        case .ended(let reason, let summary):
            (entry.shots, entry.time) = (summary.shots, summary.time)
            (entry.isCompleted, entry.last) = (reason == .completed, time)
        }
        entries[event.run] = entry
    }

    /// The latest timer first.
    var timers: [Timer] {
        Dictionary(grouping: entries.values, by: \.timer).map { id, runs in
            var timer = Timer(id: id, last: runs.map(\.last).max() ?? WallTime(nanoseconds: 0))
            timer.shots = runs.reduce(0) { $0 + $1.shots }
            timer.events = timer.shots + runs.count + runs.count { $0.isCompleted }
            timer.longest = runs.filter { $0.shots > 0 }.map(\.time).max()
            // The splits of a string add up to the time of its last shot.
            let total = runs.reduce(Int64(0)) { $0 + $1.time.count / 1_000 }
            if timer.shots > 0 { timer.averageSplit = .milliseconds((total / Int64(timer.shots) + 500) / 1_000) }
            return timer
        }.sorted { ($1.last, $0.id.text) < ($0.last, $1.id.text) }
    }

    /// The completed strings since a moment, best first.
    func leaderboard(since begin: WallTime) -> [Best] {
        let completed = entries.values.filter { $0.isCompleted && $0.shots > 0 && $0.started >= begin }
        return Dictionary(grouping: completed, by: \.timer).map { timer, runs in
            Best(
                timer: timer, best: runs.map(\.time).min() ?? .zero, strings: runs.count,
                last: runs.map(\.last).max() ?? begin)
        }.sorted { ($0.best, $0.timer.text) < ($1.best, $1.timer.text) }
    }
}
