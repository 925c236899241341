import Events
import Testing

@testable import Surfaces

@Suite("Channels") struct ChannelTests {
    @Test("have the names and the order that clients expect")
    func names() {
        let names = [
            "status", "sensor_event", "timer_event", "run_update", "heart_rate", "pressure", "health_status",
            "session_updates", "motion", "measurement",
        ]
        #expect(Channel.allCases.map(\.name) == names)
        #expect(Channels.all.list.map(\.name) == names)
        #expect(Channels.original.list.map(\.name) == Array(names.prefix(4)))
    }

    @Test("are found by exact name", arguments: Channel.allCases)
    func found(channel: Channel) {
        #expect(Channel(name: channel.name) == channel)
        #expect(Channel(name: channel.name.uppercased()) == nil)
        #expect(Channel(name: channel.name + " ") == nil)
        #expect(Channels(channel).list == [channel])
    }

    @Test(
        "are found by the names that LeadVille's other servers use",
        arguments: [
            ("sensor_events", Channel.sensorEvent), ("timer_events", .timerEvent), ("run_updates", .runUpdate),
            ("session_update", .sessionUpdates), ("system_monitoring", .status),
        ])
    func aliases(name: String, channel: Channel) {
        #expect(Channel(name: name) == channel)
    }

    @Test("unknown names give no channel", arguments: ["", "status_event", "heart", "all"])
    func unknown(name: String) {
        #expect(Channel(name: name) == nil)
    }

    @Test("form sets")
    func sets() {
        var channels: Channels = [.status, .timerEvent]
        #expect(channels.contains(.timerEvent as Channel))
        #expect(!channels.contains(.heartRate as Channel))
        channels.formUnion(.all)
        channels.remove(.status)
        #expect(
            channels.list == [
                .sensorEvent, .timerEvent, .runUpdate, .heartRate, .pressure, .healthStatus, .sessionUpdates, .motion,
                .measurement,
            ])
        #expect(Channels().list.isEmpty)
    }

    @Test("only telemetry may be dropped")
    func telemetry() {
        #expect(
            EventKind.allCases.filter(\.isTelemetry) == [
                .heart, .pressure, .motion, .heartBeat, .heartContact, .measurement,
            ])
    }

    @Test("each kind maps to the expected channel")
    func channels() {
        #expect(EventKind.timer.channel == .timerEvent)
        #expect(EventKind.impact.channel == .sensorEvent)
        #expect(EventKind.run.channel == .runUpdate)
        #expect(EventKind.device.channel == .status)
        #expect(EventKind.adapter.channel == .status)
        #expect(EventKind.recording.channel == .status)
        #expect(EventKind.broker.channel == .status)
        #expect(EventKind.clock.channel == .status)
        #expect(EventKind.heart.channel == .heartRate)
        #expect(EventKind.heartBeat.channel == .heartRate)
        #expect(EventKind.heartContact.channel == .heartRate)
        #expect(EventKind.heartSilence.channel == .heartRate)
        #expect(EventKind.pressure.channel == .pressure)
        #expect(EventKind.motion.channel == .motion)
        #expect(EventKind.measurement.channel == .measurement)
    }
}
