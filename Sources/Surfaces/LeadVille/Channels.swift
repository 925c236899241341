import Events
import JSON

/// A channel of LeadVille's live socket. The raw values are the names in the greeting, in its order.
enum Channel: String, CaseIterable, Sendable {
    case status
    case sensorEvent = "sensor_event"
    case timerEvent = "timer_event"
    case runUpdate = "run_update"
    case heartRate = "heart_rate"
    case pressure
    case healthStatus = "health_status"
    case sessionUpdates = "session_updates"
    case motion
    case measurement

    /// By either of its names: LeadVille's servers and clients do not agree on singular or plural.
    init?(name: String) {
        guard let channel = Self.byName[name] else { return nil }
        self = channel
    }

    var name: String { rawValue }

    /// Its place in sets and tables.
    var index: Int {
        switch self {
        case .status: 0
        case .sensorEvent: 1
        case .timerEvent: 2
        case .runUpdate: 3
        case .heartRate: 4
        case .pressure: 5
        case .healthStatus: 6
        case .sessionUpdates: 7
        case .motion: 8
        case .measurement: 9
        }
    }

    /// The name on the socket of LeadVille's port 8001.
    var pluralName: StaticString {
        switch self {
        case .status: "status"
        case .sensorEvent: "sensor_events"
        case .timerEvent: "timer_events"
        case .runUpdate: "run_updates"
        case .heartRate: "heart_rate"
        case .pressure: "pressure"
        case .healthStatus: "health_status"
        case .sessionUpdates: "session_updates"
        case .motion: "motion"
        case .measurement: "measurements"
        }
    }

    private static let byName: [String: Self] = {
        var names = ["system_monitoring": Self.status, "session_update": .sessionUpdates]
        for channel in allCases {
            names[channel.name] = channel
            names["\(channel.pluralName)"] = channel
        }
        return names
    }()
}

struct Channels: OptionSet, Hashable, Sendable {
    let rawValue: UInt16

    init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    init(_ channel: Channel) {
        rawValue = 1 << channel.index
    }

    static let status = Self(.status)
    static let sensorEvent = Self(.sensorEvent)
    static let timerEvent = Self(.timerEvent)
    static let runUpdate = Self(.runUpdate)
    static let heartRate = Self(.heartRate)
    static let pressure = Self(.pressure)
    static let healthStatus = Self(.healthStatus)
    static let sessionUpdates = Self(.sessionUpdates)
    static let motion = Self(.motion)
    static let measurement = Self(.measurement)

    /// The channels that the original server sends to every client; the default for clients that never subscribe.
    static let original: Self = [.status, .sensorEvent, .timerEvent, .runUpdate]
    static let all: Self = [
        original, .heartRate, .pressure, .healthStatus, .sessionUpdates, .motion, .measurement,
    ]

    func contains(_ channel: Channel) -> Bool {
        contains(Self(channel))
    }

    /// The channels in the order of the greeting.
    var list: [Channel] {
        Channel.allCases.filter { contains($0) }
    }
}

extension Channels {
    /// Parses names of channels; unknown ones are appended to `unknown`.
    init(named names: [JSONValue], unknown: inout [JSONValue]) {
        self = []
        for name in names {
            if let channel = name.stringValue.flatMap(Channel.init(name:)) {
                insert(Self(channel))
            } else {
                unknown.append(name)
            }
        }
    }
}

extension EventKind {
    /// The live socket channel that carries it, if any.
    var channel: Channel? {
        switch self {
        case .heart, .heartBeat, .heartContact, .heartSilence: .heartRate
        case .timer: .timerEvent
        case .impact: .sensorEvent
        case .run: .runUpdate
        case .device, .adapter, .recording, .broker, .clock: .status
        case .pressure: .pressure
        case .motion: .motion
        case .measurement: .measurement
        case .application, .audit: nil
        }
    }
}

extension EventBody {
    /// The live socket channel that carries it, if any.
    var channel: Channel? {
        if case .application(let event) = self { event.kind.channel } else { kind.channel }
    }
}
