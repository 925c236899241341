/// Something that happened: what every source is turned into and what every surface is made from.
package struct Event: Hashable, Sendable {
    package let stamp: EventStamp
    package let body: EventBody

    package init(stamp: EventStamp, body: EventBody) {
        self.stamp = stamp
        self.body = body
    }
}

/// What happened. Each kind is kept behind one reference, because an event is handed from place to place more often than
/// it is made.
package enum EventBody: Hashable, Sendable {
    case heart(HeartEvent)
    indirect case timer(TimerEvent)
    indirect case impact(ImpactEvent)
    indirect case run(RunEvent)
    indirect case pressure(PressureEvent)
    indirect case motion(MotionEvent)
    indirect case device(DeviceEvent)
    indirect case heartBeat(HeartBeatEvent)
    indirect case heartContact(HeartContactEvent)
    indirect case adapter(AdapterEvent)

    package var kind: EventKind {
        switch self {
        case .heart: .heart
        case .timer: .timer
        case .impact: .impact
        case .run: .run
        case .pressure: .pressure
        case .motion: .motion
        case .device: .device
        case .heartBeat: .heartBeat
        case .heartContact: .heartContact
        case .adapter: .adapter
        }
    }
}

/// The kinds of event. The raw value is a place in a table of them.
package enum EventKind: Int, CaseIterable, Sendable {
    case heart
    case timer
    case impact
    case run
    case pressure
    case motion
    case device
    case heartBeat
    case heartContact
    case adapter

    /// A stable name for metrics and for the journal.
    package var name: String {
        switch self {
        case .heart: "heart"
        case .timer: "timer"
        case .impact: "impact"
        case .run: "run"
        case .pressure: "pressure"
        case .motion: "motion"
        case .device: "device"
        case .heartBeat: "heart_beat"
        case .heartContact: "heart_contact"
        case .adapter: "adapter"
        }
    }

    /// Telemetry is a stream in which the next value makes up for a lost one, so a slow client may miss some of it. The
    /// others happen once and are never dropped.
    package var isTelemetry: Bool {
        switch self {
        case .heart, .heartBeat, .heartContact, .pressure, .motion: true
        case .timer, .impact, .run, .device, .adapter: false
        }
    }

    /// The channel of LeadVille's live socket that carries it, if any does.
    package var channel: Channel? {
        switch self {
        case .heart, .heartBeat, .heartContact: .heartRate
        case .timer: .timerEvent
        case .impact: .sensorEvent
        case .run: .runUpdate
        case .device, .adapter: .status
        case .pressure: .pressure
        case .motion: nil
        }
    }
}
