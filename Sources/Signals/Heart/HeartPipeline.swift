import Clocks
import Devices
import Events

/// Converts heart readings to heart events, for all sources: boards by UDP or serial, straps by Bluetooth.
package struct HeartPipeline: Sendable {
    package private(set) var users: HeartUsers
    private var smoothing: HeartSmoothing

    package init(smoothing: HeartSmoothing = .standard, limits: HeartUsers.Limits = HeartUsers.Limits()) {
        self.smoothing = smoothing
        users = HeartUsers(limits)
    }

    /// Applies new settings. Users stay, even if there are now more than allowed; new users are rejected until there is
    /// room.
    package mutating func apply(smoothing: HeartSmoothing, limits: HeartUsers.Limits) {
        self.smoothing = smoothing
        users.limits = limits
        for index in users.entries.indices { users.entries[index].signal.apply(smoothing) }
    }

    /// The user's index in `users`, and when the last reading arrived; nil for an unknown user.
    package func find(_ user: HeartUser) -> (index: Int, lastSeen: MonotonicTime)? { users.find(user) }

    /// Processes one reading. A rejected reading changes nothing but a counter.
    ///
    /// - Parameter known: the user's index, if the caller has found it.
    package mutating func receive(
        _ reading: HeartReading, from source: String, family: DeviceFamily = .esp32Heart, known: Int? = nil,
        at time: MonotonicTime
    ) throws(HeartPipelineError) -> HeartEvent {
        let measured = reading.beatsPerMinute.doubleValue
        // Checked before a user is added.
        guard measured.isFinite else { throw .notFinite }
        guard let index = known ?? users.find(reading.user)?.index ?? addUser(of: reading, at: time) else {
            throw .tooManyUsers
        }
        users.record(index, at: time)
        do throws(HeartSignalError) {
            return try users.entries[index].event(of: reading, measured: measured, source: source, family: family)
        } catch {
            throw .notFinite
        }
    }

    private mutating func addUser(of reading: HeartReading, at time: MonotonicTime) -> Int? {
        users.add(
            HeartUsers.Entry(
                user: reading.user, lastSeen: time, signal: HeartSignal(smoothing), device: Self.device(of: reading)))
    }

    /// Keeps the event of a user's last reading.
    ///
    /// - Parameter known: where the user was before the event was published.
    package mutating func keep(_ event: Event, of user: HeartUser, known: Int?) {
        users.keep(event, of: user, known: known)
    }

    package var staleAfter: Nanoseconds { users.limits.staleAfter }

    /// Removes users without readings for `forgetAfter` and returns them.
    package mutating func forgetSilentUsers(at time: MonotonicTime) -> [HeartUser] {
        users.forgetSilent(at: time)
    }

    /// Boards send no id and their addresses change, but each has its user compiled in.
    private static func device(of reading: HeartReading) -> DeviceID {
        DeviceID(reading.deviceID ?? "heart-board-\(reading.user)")
    }
}

extension HeartUsers.Entry {
    fileprivate mutating func event(
        of reading: HeartReading, measured: Double, source: String, family: DeviceFamily
    ) throws(HeartSignalError) -> HeartEvent {
        if let name = reading.deviceID, name != device.text { device = DeviceID(name) }
        let rate = try signal.receive(measured, fingerDetected: reading.fingerDetected ?? true)
        return HeartEvent(
            user: user, device: device, family: family, source: source, measured: measured, rate: rate,
            statistics: signal.history.statistics, contact: reading.fingerDetected, members: reading.members)
    }
}

/// Why the pipeline rejected a reading. Raw values are stable names for counters.
package enum HeartPipelineError: String, Error, CaseIterable, Sendable {
    /// The rate is infinite or NaN. JSON cannot contain such a number; other sources could.
    case notFinite = "not_finite"
    /// The maximum number of users is reached.
    case tooManyUsers = "too_many_users"
}
