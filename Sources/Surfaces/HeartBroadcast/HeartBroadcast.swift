import Clocks
import Drivers
import Events
import Hub
import JSON
import Metrics
import Reactor
import Signals
import Web

/// The BPM broadcast: every heart reading to every client, for TouchDesigner and web dashboards.
@ReactorActor
package final class HeartBroadcast: WebSocketService {
    package let settings: WebSocketSettings
    package let deflater: Deflater?
    private unowned let provider: HeartRateService
    private let group: BroadcastGroup
    private let rejectedCommands: [String: Counter]
    private var writer = JSONWriter(.spaced, reservingCapacity: 1_024)
    private var times = TimestampFormatter()

    package init(
        hub: Hub, provider: HeartRateService, settings: WebSocketSettings, deflater: Deflater?,
        metrics: MetricsRegistry
    ) {
        self.provider = provider
        self.settings = settings
        self.deflater = deflater
        group = BroadcastGroup(
            deflater: deflater,
            latency: metrics.histogram(
                "leadville_event_delivery_seconds",
                "From the arrival of an event's bytes until it was handed to the last client's socket.",
                ["surface": "heart"]))
        rejectedCommands = Dictionary(
            uniqueKeysWithValues: ["invalid_json", "unknown_type", "user_not_found"].map { reason in
                let labels: MetricsRegistry.Labels = ["surface": "heart", "reason": reason]
                return (reason, metrics.counter("leadville_commands_refused_total", "Commands not understood.", labels))
            })
        metrics.gauge("leadville_clients", "Clients by surface.", ["surface": "heart"]) { [weak self] in
            Double(self?.group.count ?? 0)
        }
        // Hub and surfaces live and end together, with the gateway.
        _ = hub.subscribe { [unowned self] in handle($0) }
    }

    private func handle(_ event: Event) {
        switch event.body {
        case .heart(let heart):
            guard !group.isEmpty else { return }
            writer.removeAll()
            HeartJSON.message(heart, event.stamp, to: &writer, times: &times)
            group.send(writer.bytes, mayBeDropped: true, received: event.stamp.received)
        case .heartSilence(let silence):
            let notice = HeartReplyJSON.stale(silence.user, silentFor: silence.silence, at: event.stamp.wall)
            group.send(notice[...], mayBeDropped: true, received: event.stamp.received)
        default: break
        }
    }

    /// The last message about a user, as sent to all clients.
    private func latestMessage(of entry: HeartUsers.Entry) -> [UInt8]? {
        guard let event = provider.latestEvent(of: entry.user), case .heart(let heart) = event.body else { return nil }
        var writer = JSONWriter(.spaced)
        HeartJSON.message(heart, event.stamp, to: &writer, times: &times)
        return writer.finish()
    }

    // MARK: Clients

    package func connected(_ client: WebSocketClient) {
        let now = Moment.now()
        let users = provider.users
        for entry in users.entries {
            guard let message = latestMessage(of: entry) else { continue }
            let isStale = users.isStale(entry, at: now.monotonic)
            client.send(HeartReplyJSON.latest(message, age: now.monotonic - entry.lastSeen, isStale: isStale))
        }
        client.send(HeartReplyJSON.greeting(users: users, at: now))
        group.add(client)
    }

    package func disconnected(_: WebSocketClient) {}

    package func notice(ofDropped messages: Int) -> [UInt8]? {
        HeartReplyJSON.dropped(messages, at: .now())
    }

    package func receive(_ message: WebSocketMessage, from client: WebSocketClient) {
        let now = Moment.now()
        let users = provider.users
        switch HeartCommand(message.bytes) {
        case .getStatus:
            client.send(
                HeartReplyJSON.status(
                    users: users, smoothing: provider.smoothing, clients: group.count, at: now,
                    latest: latestMessage(of:)))
        case .getLatest(let user):
            guard let user, let entry = users[user], let message = latestMessage(of: entry) else {
                return reject(client, "user_not_found", "User not found")
            }
            client.send(message)
        case .getSignalHistory(let user):
            guard let user, let entry = users[user], entry.signal.history.statistics != nil else {
                return reject(client, "user_not_found", "User not found or no signal data")
            }
            client.send(HeartReplyJSON.history(of: entry, at: now))
        case .getAllStatistics:
            client.send(HeartReplyJSON.allStatistics(users: users, at: now))
        case .unknown(let type):
            reject(client, "unknown_type", "Unknown command type: \(type)")
        case .invalid(let detail):
            reject(client, "invalid_json", "Invalid JSON", detail: detail)
        }
    }

    private func reject(_ client: WebSocketClient, _ reason: String, _ text: String, detail: String? = nil) {
        rejectedCommands[reason]?.add()
        client.send(HeartReplyJSON.error(text, detail: detail))
    }
}
