import Clocks
import Drivers
import Events
import JSON

/// What `health_status` reports of a timer besides its device record: since when it is connected and how many
/// events it sends.
struct TimerActivity {
    private struct Link {
        var connected: Moment?
        /// The arrivals of the last seconds.
        var events: [MonotonicTime] = []
    }

    private var links: [DeviceID: Link] = [:]

    static let window = Nanoseconds.seconds(10)
    static let maximumEvents = 256
    static let maximumDevices = 64

    /// Records an event. Returns the timer whose health has changed.
    mutating func record(_ event: Event, isTimer: (DeviceID) -> Bool) -> DeviceID? {
        switch event.body {
        case .timer(let timer):
            guard links.count < Self.maximumDevices || links[timer.timer] != nil else { return nil }
            var events = links[timer.timer, default: Link()].events
            events.removeAll { event.stamp.received - $0 > Self.window }
            if events.count < Self.maximumEvents { events.append(event.stamp.received) }
            links[timer.timer, default: Link()].events = events
            return nil
        case .device(let device) where isTimer(device.device):
            switch device.change {
            case .connected:
                guard links.count < Self.maximumDevices || links[device.device] != nil else { break }
                links[device.device, default: Link()].connected = Moment(
                    monotonic: event.stamp.received, wall: event.stamp.wall)
            case .lost: links[device.device] = nil
            case .discovered, .batteryLow, .calibrating: break
            }
            return device.device
        default: return nil
        }
    }

    /// When the timer's link was made; nil while there is none.
    func connected(_ timer: DeviceID) -> Moment? { links[timer]?.connected }

    func eventsPerSecond(_ timer: DeviceID, at now: MonotonicTime) -> Double {
        let recent = links[timer]?.events.count { now - $0 <= Self.window } ?? 0
        return Double(recent) / Self.window.inSeconds
    }

    func health(of device: DeviceStatus, at now: Moment) -> TimerHealth {
        let timer = DeviceID(device.id)
        return TimerHealth(
            device: device, connected: connected(timer), now: now,
            eventsPerSecond: eventsPerSecond(timer, at: now.monotonic))
    }
}

/// The health of one timer.
struct TimerHealth {
    let device: DeviceStatus
    /// Nil while there is no link.
    let connected: Moment?
    let now: Moment
    let eventsPerSecond: Double

    private var connection: StaticString {
        switch device.link {
        case "connected": "connected"
        // The gateway connects to every timer in use that it receives.
        case "seen": "connecting"
        default: "disconnected"
        }
    }

    /// The original's members in its order, except that it calls the signal strength `rssi` only.
    func write(_ vocabulary: LiveVocabulary, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("type", "health_status")
        writer.member("timestamp", now.wall)
        writer.member("device_id", device.id)
        writer.key("data")
        writer.beginObject()
        writer.member("device_id", device.id)
        writer.member("connection_status", connection)
        writer.member("rssi", orNull: device.signal)
        writer.member("battery_level", orNull: device.battery)
        writer.member("last_seen", orNull: device.lastSeen)
        writer.key("connection_time")
        if let connected { writer.time(connected.wall) } else { writer.null() }
        writer.member("disconnect_count", device.disconnects)
        writer.member("reconnect_count", device.reconnects)
        writer.member("error_count", device.rejects)
        writer.member("uptime_seconds", seconds: connected.map { now.monotonic - $0.monotonic } ?? .zero)
        writer.member("data_rate_events_per_sec", eventsPerSecond)
        writer.member("rssi_dbm", orNull: device.signal)
        writer.endObject()
        if vocabulary == .streamer { LiveEventJSON.writeChannel(.healthStatus, at: now.wall, to: &writer) }
        writer.endObject()
    }
}
