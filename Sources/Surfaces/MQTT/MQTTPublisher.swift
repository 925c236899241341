import Clocks
import Drivers
import Events
import JSON
import MQTT
import Reactor

/// Publishes events and the states of devices to the broker.
@ReactorActor
package final class MQTTPublisher: Surface {
    package let events: Set<EventKind>
    private let service: MQTTService
    private let devices: DeviceRegistry
    private let states: MQTTStates
    private let timers: TimerQueue
    /// What the broker keeps, by topic.
    private var retained: [String: [UInt8]] = [:]
    private var timer: TimerQueue.Token?

    /// How often battery, signal and names are compared; a device that connects or is lost is published at once.
    private nonisolated static let interval = Nanoseconds.seconds(2)

    package init(
        _ service: MQTTService, _ topics: MQTTTopics, withTelemetry: Bool, devices: DeviceRegistry, version: String,
        timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.service = service
        self.devices = devices
        self.timers = timers
        states = MQTTStates(topics: topics, version: version)
        events = Set(EventKind.allCases.filter { $0 != .motion && (withTelemetry || !$0.isTelemetry) })
        service.onConnected = { [weak self] in self?.connected() }
    }

    private var topics: MQTTTopics { states.topics }

    package func handle(_ event: Event) {
        guard service.status.state == .connected else { return }
        if let json = LiveSocket.json(event) {
            let kind = event.body.kind
            service.publish(
                MQTTMessage(topics.event(kind), json, quality: kind.isTelemetry ? .atMostOnce : .atLeastOnce))
            if case .run = event.body { keep(json, on: topics.latestRun) }
        }
        if case .device = event.body { publishStates() }
    }

    private func connected() {
        // Another broker, or one that has lost its data, may have answered.
        retained.removeAll()
        publishStates()
        scheduleNext()
    }

    private func scheduleNext() {
        guard timer == nil else { return }
        timer = timers.after(Self.interval) { [weak self] in
            guard let self else { return }
            timer = nil
            guard service.status.state == .connected else { return }
            publishStates()
            scheduleNext()
        }
    }

    private func publishStates() {
        let wanted = states.retained(devices.devices)
        for (topic, payload) in wanted.sorted(by: { $0.key < $1.key }) { keep(payload, on: topic) }
        for topic in retained.keys.sorted() where wanted[topic] == nil && topic != topics.latestRun {
            // An empty message removes what the broker keeps.
            if publishRetained([], on: topic) { retained[topic] = nil }
        }
    }

    private func keep(_ payload: [UInt8], on topic: String) {
        guard retained[topic] != payload else { return }
        if publishRetained(payload, on: topic) { retained[topic] = payload }
    }

    private func publishRetained(_ payload: [UInt8], on topic: String) -> Bool {
        service.publish(MQTTMessage(topic, payload, quality: .atLeastOnce, isRetained: true))
    }

    /// Before the connection is closed: the last will is for connections that break.
    package func close() {
        if let timer = timer.take() { timers.cancel(timer) }
        service.publish(topics.will)
    }
}
