import Clocks
import Devices
import Events

/// How a reading reached the gateway.
package enum HeartTransport: String, Hashable, Sendable, CaseIterable {
    case udp, serial, bluetooth
}

/// Recognises readings that arrive twice: a board on a cable prints the same object that it sends by UDP. The first one
/// to arrive counts; if one is lost, the other one replaces it.
///
/// Two boards that are configured with the same user send different objects and are not confused.
package struct HeartEchoFilter: Sendable {
    /// Maximum delay between the two transports.
    static let maximumDelay = Nanoseconds.seconds(5)
    /// Readings of one user within `maximumDelay` at the rate of a board; users on cables.
    static let maximumReadings = 16
    static let maximumUsers = 256

    private struct RecentReading {
        let bytes: ArraySlice<UInt8>
        let transport: HeartTransport
        let time: MonotonicTime
    }

    /// Only for users with a board on a cable; for all others nothing is stored.
    private var recent: [HeartUser: [RecentReading]] = [:]

    package init() {}

    /// Whether the reading is a duplicate. If not, it is stored and its duplicate is expected.
    ///
    /// - Parameter lastSeen: when the user was last seen by any transport.
    package mutating func isEcho(
        _ reading: HeartReading, by transport: HeartTransport, at time: MonotonicTime,
        lastSeen: @autoclosure () -> MonotonicTime?
    ) -> Bool {
        // A strap has one transport only. Most gateways have no board on a cable, and this runs for every datagram.
        if transport == .bluetooth || recent.isEmpty && transport == .udp { return false }
        guard var readings = recent[reading.user] else {
            guard transport == .serial else { return false }
            makeRoom(at: time)
            recent[reading.user] = [RecentReading(bytes: reading.members.bytes, transport: transport, time: time)]
            // No readings of this user are stored yet. If the user was seen just now, this is probably a duplicate:
            // losing one reading is better than counting one twice.
            return lastSeen().map { time - $0 < Self.maximumDelay } ?? false
        }
        readings.removeAll { time - $0.time >= Self.maximumDelay }
        let original = readings.firstIndex { $0.transport != transport && $0.bytes == reading.members.bytes }
        if let original {
            // Each reading has one duplicate: a device that sends the same object again sends a new reading.
            readings.remove(at: original)
        } else {
            if readings.count == Self.maximumReadings { readings.removeFirst() }
            readings.append(RecentReading(bytes: reading.members.bytes, transport: transport, time: time))
        }
        recent[reading.user] = readings
        return original != nil
    }

    private mutating func makeRoom(at time: MonotonicTime) {
        guard recent.count >= Self.maximumUsers else { return }
        recent = recent.filter { $0.value.contains { time - $0.time < Self.maximumDelay } }
        if recent.count >= Self.maximumUsers { recent.removeAll() }
    }
}

/// Debounces the contact state of a heart board, which sends it ninety times a second and alternates between two states
/// near their threshold.
package struct HeartContactDebouncer: Sendable {
    /// A new state must hold for this long. The pulse modulates the light, so near the threshold the state changes with
    /// every beat.
    static let holdTime = Nanoseconds.seconds(2)
    /// Without a finger there is no pulse, and clients should see the missing contact soon.
    static let holdTimeWithoutFinger = Nanoseconds.milliseconds(500)

    /// The current state; nil before the first one.
    package private(set) var contact: HeartContact?
    private var candidate: (contact: HeartContact, since: MonotonicTime)?

    package init() {}

    /// Adds a sample. Returns true if `contact` changed.
    package mutating func update(_ sample: HeartContact, at time: MonotonicTime) -> Bool {
        guard sample != contact else {
            candidate = nil
            return false
        }
        guard let candidate, candidate.contact == sample else {
            self.candidate = (sample, time)
            return false
        }
        guard time - candidate.since >= (sample == .none ? Self.holdTimeWithoutFinger : Self.holdTime) else {
            return false
        }
        contact = sample
        self.candidate = nil
        return true
    }
}
