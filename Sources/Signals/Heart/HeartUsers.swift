import Clocks
import Events

/// All users with heart readings, in the order in which they were first seen.
///
/// The table has a limit, and active users are never evicted. When it is full, the users that have been silent longest
/// are evicted for a new one if they are stale: an eighth of the table at once, so that a flood does not cause a search
/// per reading. Otherwise the new user is rejected. A flood of fake users therefore does not disturb real ones and
/// disappears soon.
package struct HeartUsers: Sendable {
    package struct Limits: Hashable, Sendable {
        package var maximumUsers: Int
        /// A user without readings for this long is stale.
        package var staleAfter: Nanoseconds
        /// A user without readings for this long is removed.
        package var forgetAfter: Nanoseconds

        package init(
            maximumUsers: Int = 1_000, staleAfter: Nanoseconds = .seconds(10),
            forgetAfter: Nanoseconds = .seconds(3_600)
        ) {
            self.maximumUsers = maximumUsers
            self.staleAfter = staleAfter
            self.forgetAfter = forgetAfter
        }
    }

    package struct Entry: Sendable {
        package let user: HeartUser
        package internal(set) var lastSeen: MonotonicTime
        package internal(set) var signal: HeartSignal
        package internal(set) var device: DeviceID
        /// The event of the last reading.
        package internal(set) var latestEvent: Event?
    }

    package var limits: Limits {
        didSet { fullUntil = nil }
    }
    package internal(set) var entries: [Entry] = []
    /// Indices in `entries` by user.
    private var indices: [HeartUser: Int] = [:]

    /// The table is full and no entry becomes stale before this time.
    private var fullUntil: MonotonicTime?

    /// Users evicted for a new user.
    package private(set) var evictedUsers = 0
    /// Readings of new users that were rejected because the table was full.
    package private(set) var rejectedReadings = 0
    /// Users removed after `forgetAfter`.
    package private(set) var forgottenUsers = 0

    /// Users removed for either reason.
    package var removedUsers: Int { evictedUsers + forgottenUsers }

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    /// The user's index in `entries`, and when the last reading arrived; nil for an unknown user.
    func find(_ user: HeartUser) -> (index: Int, lastSeen: MonotonicTime)? {
        indices[user].map { ($0, entries[$0].lastSeen) }
    }

    /// When the user's last reading arrived; nil for an unknown user.
    package func lastSeen(of user: HeartUser) -> MonotonicTime? {
        indices[user].map { entries[$0].lastSeen }
    }

    package subscript(user: HeartUser) -> Entry? {
        indices[user].map { entries[$0] }
    }

    /// Records a reading of the user at an index.
    mutating func record(_ index: Int, at time: MonotonicTime) {
        entries[index].lastSeen = max(entries[index].lastSeen, time)
    }

    /// Adds a new user and returns the index in `entries`; nil if there is no room.
    mutating func add(_ entry: Entry) -> Int? {
        guard makeRoom(at: entry.lastSeen) else {
            rejectedReadings += 1
            return nil
        }
        indices[entry.user] = entries.count
        entries.append(entry)
        return entries.count - 1
    }

    mutating func keep(_ event: Event, of user: HeartUser, known: Int?) {
        var index = known
        if let place = known, !entries.indices.contains(place) || entries[place].user != user { index = nil }
        guard let index = index ?? indices[user] else { return }
        entries[index].latestEvent = event
    }
}

/// Ageing. The caller drives time.
extension HeartUsers {
    package func isStale(_ entry: Entry, at time: MonotonicTime) -> Bool {
        time - entry.lastSeen >= limits.staleAfter
    }

    /// Removes users without readings for `forgetAfter` and returns them.
    package mutating func forgetSilent(at time: MonotonicTime) -> [HeartUser] {
        let expired = entries.filter { time - $0.lastSeen >= limits.forgetAfter }.map(\.user)
        guard !expired.isEmpty else { return [] }
        entries.removeAll { time - $0.lastSeen >= limits.forgetAfter }
        forgottenUsers += expired.count
        rebuildIndices()
        return expired
    }

    /// The next time at which a user becomes stale or is to be removed if there are no readings until then.
    package func nextChange(after time: MonotonicTime) -> MonotonicTime? {
        var next: MonotonicTime?
        for entry in entries {
            for change in [entry.lastSeen + limits.staleAfter, entry.lastSeen + limits.forgetAfter]
            where change > time && change < next ?? change + .milliseconds(1) {
                next = change
            }
        }
        return next
    }

    private mutating func makeRoom(at time: MonotonicTime) -> Bool {
        if entries.count < limits.maximumUsers { return true }
        if let fullUntil, time < fullUntil { return false }
        let longestSilent = entries.map(\.lastSeen).sorted().prefix(1 + entries.count / 8)
        guard let first = longestSilent.first, let last = longestSilent.last else { return false }
        let staleSince = time - limits.staleAfter
        guard first <= staleSince else {
            fullUntil = first + limits.staleAfter
            return false
        }
        let before = entries.count
        entries.removeAll { $0.lastSeen <= min(last, staleSince) }
        evictedUsers += before - entries.count
        rebuildIndices()
        return entries.count < limits.maximumUsers
    }

    private mutating func rebuildIndices() {
        indices.removeAll(keepingCapacity: true)
        for (index, entry) in entries.enumerated() { indices[entry.user] = index }
    }
}
