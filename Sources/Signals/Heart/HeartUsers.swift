import Clocks
import Events

/// Everybody whose heart has been heard, in the order in which they were first seen.
///
/// The table has a limit, and a live user is never pushed out: when it is full, those who have been silent longest make
/// room for a newcomer if they are stale, an eighth of the table at once, so that a flood does not search it again and
/// again; otherwise the newcomer is refused. So invented users cannot disturb the real ones, and give way to them soon.
package struct HeartUsers: Sendable {
    package struct Limits: Hashable, Sendable {
        package var maximumUsers: Int
        /// A user who has not been heard for this long is stale.
        package var staleAfter: Nanoseconds
        /// A user who has not been heard for this long is forgotten.
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
        package internal(set) var lastHeard: MonotonicTime
        package internal(set) var signal: HeartSignal
        package internal(set) var device: DeviceID
        /// Their last reading, as everybody was told of it.
        package internal(set) var latest: Event?
    }

    package var limits: Limits {
        didSet { noRoomBefore = nil }
    }
    package internal(set) var entries: [Entry] = []
    /// Where in `entries` a user stands.
    private var indices: [HeartUser: Int] = [:]

    /// The table is full, and until this moment it is not worth looking whether somebody has become stale.
    private var noRoomBefore: MonotonicTime?

    /// Users who lost their place to a newcomer.
    package private(set) var evictedUsers = 0
    /// Readings of newcomers for whom there was no place.
    package private(set) var rejectedReadings = 0
    /// Users who were silent for too long.
    package private(set) var forgottenUsers = 0

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    package subscript(user: HeartUser) -> Entry? {
        indices[user].map { entries[$0] }
    }

    /// Notes that a user has been heard, and says where in `entries` they stand. Nil when there is no place for a
    /// newcomer.
    mutating func record(_ user: HeartUser, at time: MonotonicTime, newEntry: () -> Entry) -> Int? {
        if let place = indices[user] {
            entries[place].lastHeard = max(entries[place].lastHeard, time)
            return place
        }
        guard makeRoom(at: time) else {
            rejectedReadings += 1
            return nil
        }
        indices[user] = entries.count
        entries.append(newEntry())
        return entries.count - 1
    }
}

/// What time does to users. Nothing here happens by itself: whoever has a clock asks.
extension HeartUsers {
    package func isStale(_ entry: Entry, at time: MonotonicTime) -> Bool {
        time - entry.lastHeard >= limits.staleAfter
    }

    /// Forgets those who were silent for too long, and names them.
    package mutating func forgetSilent(at time: MonotonicTime) -> [HeartUser] {
        let gone = entries.filter { time - $0.lastHeard >= limits.forgetAfter }.map(\.user)
        guard !gone.isEmpty else { return [] }
        entries.removeAll { time - $0.lastHeard >= limits.forgetAfter }
        forgottenUsers += gone.count
        rebuildIndices()
        return gone
    }

    /// The next moment at which somebody becomes stale or is to be forgotten, if nobody is heard before.
    package func nextChange(after time: MonotonicTime) -> MonotonicTime? {
        var next: MonotonicTime?
        for entry in entries {
            for change in [entry.lastHeard + limits.staleAfter, entry.lastHeard + limits.forgetAfter]
            where change > time && change < next ?? change + .milliseconds(1) {
                next = change
            }
        }
        return next
    }

    private mutating func makeRoom(at time: MonotonicTime) -> Bool {
        if entries.count < limits.maximumUsers { return true }
        if let noRoomBefore, time < noRoomBefore { return false }
        let longestSilent = entries.map(\.lastHeard).sorted().prefix(1 + entries.count / 8)
        guard let first = longestSilent.first, let last = longestSilent.last else { return false }
        let staleSince = time - limits.staleAfter
        guard first <= staleSince else {
            noRoomBefore = first + limits.staleAfter
            return false
        }
        let before = entries.count
        entries.removeAll { $0.lastHeard <= min(last, staleSince) }
        evictedUsers += before - entries.count
        rebuildIndices()
        return entries.count < limits.maximumUsers
    }

    private mutating func rebuildIndices() {
        indices.removeAll(keepingCapacity: true)
        for (place, entry) in entries.enumerated() { indices[entry.user] = place }
    }
}
