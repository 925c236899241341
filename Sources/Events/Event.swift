/// Something that happened: every source produces events, every surface consumes them.
package struct Event: Hashable, Sendable {
    package let stamp: EventStamp
    package let body: EventBody

    package init(stamp: EventStamp, body: EventBody) {
        self.stamp = stamp
        self.body = body
    }
}

/// The payload. Each case is one reference, because events are passed on far more often than they are created.
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
    indirect case heartSilence(HeartSilenceEvent)
    indirect case adapter(AdapterEvent)
    indirect case measurement(MeasurementEvent)
    indirect case application(ApplicationEvent)
    indirect case recording(RecordingEvent)
    indirect case broker(BrokerEvent)
    indirect case audit(AuditEvent)
    indirect case clock(ClockEvent)

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
        case .heartSilence: .heartSilence
        case .adapter: .adapter
        case .measurement: .measurement
        case .application: .application
        case .recording: .recording
        case .broker: .broker
        case .audit: .audit
        case .clock: .clock
        }
    }
}

/// The raw value is an index into tables by kind.
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
    case heartSilence
    case measurement
    case application
    case recording
    case broker
    case audit
    case clock

    /// A stable name for metrics and the journal.
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
        case .heartSilence: "heart_silence"
        case .adapter: "adapter"
        case .measurement: "measurement"
        case .application: "application"
        case .recording: "recording"
        case .broker: "broker"
        case .audit: "audit"
        case .clock: "clock"
        }
    }

    /// Telemetry is a stream in which the next value supersedes a lost one, so events may be dropped for slow clients.
    /// All other kinds are never dropped.
    package var isTelemetry: Bool {
        switch self {
        case .heart, .heartBeat, .heartContact, .pressure, .motion, .measurement: true
        case .timer, .impact, .run, .device, .adapter, .heartSilence, .application, .recording, .broker, .audit,
            .clock:
            false
        }
    }
}

/// Three axes of one quantity; the unit is that of the property.
package struct Vector3: Hashable, Sendable {
    package let x: Double
    package let y: Double
    package let z: Double

    package init(x: Double, y: Double, z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }
}
