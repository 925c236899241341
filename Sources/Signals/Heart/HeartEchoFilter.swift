import Clocks
import Devices
import Events
import JSON

/// By which way a reading came.
package enum HeartTransport: String, Hashable, Sendable, CaseIterable {
    case udp, serial, bluetooth
}

/// Recognises a reading that has come before by the other way: a board on a cable prints the very object that it sends
/// over the air. Whichever comes first counts, and if one is lost the other takes its place.
///
/// Two boards that were given the same user by mistake say different things, and are not mistaken for each other.
package struct HeartEchoFilter: Sendable {
    /// The two ways differ by less than this.
    static let maximumDelay = Nanoseconds.seconds(5)
    /// Readings of one user in that time, at the pace of a board; and users on cables.
    static let maximumReadings = 16
    static let maximumUsers = 256

    private struct RecentReading {
        let bytes: ArraySlice<UInt8>
        let transport: HeartTransport
        let time: MonotonicTime
    }

    /// Only of users who were heard by serial: for all others there is nothing to compare, and nothing is kept.
    private var recent: [HeartUser: [RecentReading]] = [:]

    package init() {}

    /// Whether the reading is an echo; if not, its own echo is awaited.
    ///
    /// - Parameter lastHeard: when the user was last heard, by whichever way.
    package mutating func isEcho(
        _ reading: HeartReading, by transport: HeartTransport, at time: MonotonicTime,
        lastSeen: @autoclosure () -> MonotonicTime?
    ) -> Bool {
        // A strap has one way only. Most gateways have no board on a cable, and this is asked for every datagram.
        if transport == .bluetooth || recent.isEmpty && transport == .udp { return false }
        guard var readings = recent[reading.user] else {
            guard transport == .serial else { return false }
            makeRoom(at: time)
            recent[reading.user] = [RecentReading(bytes: reading.members.bytes, transport: transport, time: time)]
            // Nobody has listened for echoes of this user so far. If they were heard just now, this is probably what
            // was heard: to lose one reading is better than to count one twice.
            return lastSeen().map { time - $0 < Self.maximumDelay } ?? false
        }
        readings.removeAll { time - $0.time >= Self.maximumDelay }
        let original = readings.firstIndex { $0.transport != transport && $0.bytes == reading.members.bytes }
        if let original {
            // Each has one echo: a device that says the same again means it.
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
