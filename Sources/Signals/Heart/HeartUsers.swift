import Clocks
import Events

/// Everybody whose heart has been heard, in the order in which they were first seen.
///
/// The table has a limit, and a live user is never pushed out: when it is full, a newcomer takes the place of the user
/// who has been silent longest if that one is stale, and is refused otherwise. So a flood of invented users cannot
/// disturb the real ones, and leaves the table as soon as it ends.
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
    }

    package var limits: Limits
    package internal(set) var entries: [Entry] = []
    /// Where in `entries` a user stands.
    private var places: [HeartUser: Int] = [:]

    /// Users who lost their place to a newcomer.
    package private(set) var displacedUsers = 0
    /// Readings of newcomers for whom there was no place.
    package private(set) var refusedReadings = 0
    /// Users who were silent for too long.
    package private(set) var forgottenUsers = 0

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    package subscript(user: HeartUser) -> Entry? {
        places[user].map { entries[$0] }
    }

    /// Notes that a user has been heard, and says where in `entries` they stand. Nil when there is no place for a
    /// newcomer.
    mutating func hear(_ user: HeartUser, at time: MonotonicTime, newcomer: () -> Entry) -> Int? {
        if let place = places[user] {
            entries[place].lastHeard = max(entries[place].lastHeard, time)
            return place
        }
        guard makeRoom(at: time) else {
            refusedReadings += 1
            return nil
        }
        places[user] = entries.count
        entries.append(newcomer())
        return entries.count - 1
    }
}

/// What time does to users. Nothing here happens by itself: whoever has a clock asks.
extension HeartUsers {
    package func isStale(_ entry: Entry, at time: MonotonicTime) -> Bool {
        time - entry.lastHeard >= limits.staleAfter
    }

    /// Forgets those who were silent for too long, and names them.
    package mutating func forget(at time: MonotonicTime) -> [HeartUser] {
        let gone = entries.filter { time - $0.lastHeard >= limits.forgetAfter }.map(\.user)
        guard !gone.isEmpty else { return [] }
        entries.removeAll { time - $0.lastHeard >= limits.forgetAfter }
        forgottenUsers += gone.count
        findPlaces()
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
        guard let place = entries.indices.min(by: { entries[$0].lastHeard < entries[$1].lastHeard }),
            isStale(entries[place], at: time)
        else { return false }
        entries.remove(at: place)
        displacedUsers += 1
        findPlaces()
        return true
    }

    private mutating func findPlaces() {
        places.removeAll(keepingCapacity: true)
        for (place, entry) in entries.enumerated() { places[entry.user] = place }
    }
}
