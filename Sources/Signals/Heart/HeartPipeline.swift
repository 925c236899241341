import Clocks
import Devices
import Events

/// The one way from heart readings to heart events, whoever measured: boards by UDP or serial, straps by Bluetooth.
package struct HeartPipeline: Sendable {
    package private(set) var users: HeartUsers
    private var smoothing: HeartSmoothing
    /// The place among the users of whoever was heard last.
    private var lastIndex = 0

    package init(smoothing: HeartSmoothing = .standard, limits: HeartUsers.Limits = HeartUsers.Limits()) {
        self.smoothing = smoothing
        users = HeartUsers(limits)
    }

    /// Goes on with other settings. Users stay, also when there are now more than allowed; newcomers have to wait.
    package mutating func apply(smoothing: HeartSmoothing, limits: HeartUsers.Limits) {
        self.smoothing = smoothing
        users.limits = limits
        for place in users.entries.indices { users.entries[place].signal.apply(smoothing) }
    }

    /// Takes one reading. A refused one changes nothing, except for a counter.
    package mutating func receive(
        _ reading: HeartReading, from source: String, family: DeviceFamily = .esp32Heart, at time: MonotonicTime
    ) throws(HeartPipelineError) -> HeartEvent {
        let measured = reading.beatsPerMinute.doubleValue
        // Asked here already, so that no user gets a place by it.
        guard measured.isFinite else { throw .notFinite }
        let place = users.record(reading.user, at: time) {
            HeartUsers.Entry(
                user: reading.user, lastHeard: time, signal: HeartSignal(smoothing), device: Self.device(of: reading))
        }
        guard let place else { throw .tooManyUsers }
        lastIndex = place
        do throws(HeartSignalError) {
            return try users.entries[place].event(of: reading, measured: measured, source: source, family: family)
        } catch {
            throw .notFinite
        }
    }

    /// Keeps what everybody was told of the reading that was received last, for those who ask later.
    package mutating func storeLatest(_ event: Event) {
        guard users.entries.indices.contains(lastIndex) else { return }
        users.entries[lastIndex].latest = event
    }

    /// Forgets users who were silent for too long, and names them.
    package mutating func forgetSilentUsers(at time: MonotonicTime) -> [HeartUser] {
        users.forgetSilent(at: time)
    }

    /// Boards do not say who they are, and their addresses change; but each has its user compiled in.
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

/// Why the pipeline refused a reading. The raw value is a stable name for counters.
package enum HeartPipelineError: String, Error, CaseIterable, Sendable {
    /// The rate is infinite or not a number. JSON cannot bring one; another source might.
    case notFinite = "not_finite"
    /// As many users as allowed are being heard already.
    case tooManyUsers = "too_many_users"
}
