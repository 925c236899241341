import Clocks
import Events
import Hub
import JSON
import Metrics
import Reactor
import Web

/// LeadVille's live socket, `/ws/live`: what happens on the range, to everybody who subscribed to its kind.
@ReactorActor
package final class LiveSocket: WebSocketService {
    package let settings: WebSocketSettings
    package let deflater: Deflater?
    private let hub: Hub
    private let version: String
    private let delivery: Histogram
    private let rejectedCommands: [String: Counter]
    private let started = SystemClock.monotonic()
    /// Clients with the same subscriptions hear the same bytes.
    private var groups: [Subscription: BroadcastGroup] = [:]
    private var clients: [ObjectIdentifier: Subscriber] = [:]
    private var writer = JSONWriter(.spaced, reservingCapacity: 1_024)
    /// The same event with the device's bytes, for those who want them.
    private var rawWriter = JSONWriter(.spaced)

    /// What a client hears.
    private struct Subscription: Hashable {
        var channels: Channels
        var isRaw = false
    }

    private struct Subscriber {
        let client: WebSocketClient
        var hearing: Subscription
        var channels: Channels { hearing.channels }
        /// Until it says what it wants to hear, a client hears what the original sends to everybody.
        var hasSubscribed = false
    }

    package init(
        hub: Hub, version: String, settings: WebSocketSettings, deflater: Deflater?, metrics: MetricsRegistry
    ) {
        self.hub = hub
        self.version = version
        self.settings = settings
        self.deflater = deflater
        delivery = metrics.histogram(
            "leadville_event_delivery_seconds",
            "From the arrival of an event's bytes until it was handed to the last client's socket.",
            ["surface": "live"])
        rejectedCommands = Dictionary(
            uniqueKeysWithValues: ["invalid_json", "unknown_type", "unknown_channel"].map { reason in
                let labels: MetricsRegistry.Labels = ["surface": "live", "reason": reason]
                return (reason, metrics.counter("leadville_commands_refused_total", "Commands not understood.", labels))
            })
        metrics.gauge("leadville_clients", "Clients by surface.", ["surface": "live"]) { [weak self] in
            Double(self?.clients.count ?? 0)
        }
        // Hub and surfaces live and end together, with the gateway.
        _ = hub.subscribe { [unowned self] in handle($0) }
    }

    private func handle(_ event: Event) {
        guard !clients.isEmpty, let channel = event.body.kind.channel else { return }
        writer.removeAll()
        rawWriter.removeAll()
        for (hearing, group) in groups where hearing.channels.contains(channel) && !group.isEmpty {
            // Written when the first group is found that wants to hear it, and for all of them.
            let isTelemetry = event.body.kind.isTelemetry
            if hearing.isRaw {
                if rawWriter.bytes.isEmpty { LiveEventJSON.write(event, withRaw: true, to: &rawWriter) }
                group.send(rawWriter.bytes, mayBeDropped: isTelemetry, received: event.stamp.received)
            } else {
                if writer.bytes.isEmpty { LiveEventJSON.write(event, to: &writer) }
                group.send(writer.bytes, mayBeDropped: isTelemetry, received: event.stamp.received)
            }
        }
    }

    /// An event in this socket's words; nil for kinds that it does not carry.
    package static func json(_ event: Event) -> [UInt8]? {
        guard event.body.kind.channel != nil else { return nil }
        var writer = JSONWriter()
        LiveEventJSON.write(event, to: &writer)
        return writer.finish()
    }

    // MARK: Clients

    package func connected(_ client: WebSocketClient) {
        client.send(LiveReplyJSON.greeting(at: SystemClock.wall()))
        clients[ObjectIdentifier(client)] = Subscriber(client: client, hearing: Subscription(channels: .original))
        group(Subscription(channels: .original)).add(client)
    }

    package func disconnected(_ client: WebSocketClient) {
        clients[ObjectIdentifier(client)] = nil
    }

    package func notice(ofDropped messages: Int) -> [UInt8]? {
        LiveReplyJSON.dropped(messages, at: SystemClock.wall())
    }

    package func receive(_ message: WebSocketMessage, from client: WebSocketClient) {
        let now = SystemClock.wall()
        switch LiveCommand(message.bytes) {
        case .subscribe(let names, let raw):
            var unknown: [JSONValue] = []
            let wanted = Channels(named: names, unknown: &unknown)
            countUnknown(unknown)
            // Without a name the original changes nothing, and says so in the same words.
            if !names.isEmpty || raw != nil {
                updateSubscription(client, raw: raw) { subscriber in
                    if names.isEmpty { return subscriber.channels }
                    return subscriber.hasSubscribed ? subscriber.channels.union(wanted) : wanted
                }
            }
            client.send(LiveReplyJSON.subscribed(to: names, unknown: unknown, at: now))
        case .unsubscribe(let named):
            // Without a name it is all that the client has.
            let names = named.isEmpty ? channels(of: client).list.map { .string($0.name) } : named
            var unknown: [JSONValue] = []
            let unwanted = Channels(named: names, unknown: &unknown)
            countUnknown(unknown)
            updateSubscription(client) { $0.channels.subtracting(unwanted) }
            client.send(
                LiveReplyJSON.unsubscribed(from: names, unknown: unknown, remaining: channels(of: client), at: now))
        case .ping:
            client.send(LiveReplyJSON.pong(at: now))
        case .getStatus:
            client.send(LiveReplyJSON.status(status(for: client), at: now))
        case .unknown(let type):
            rejectedCommands["unknown_type"]?.add()
            client.send(LiveReplyJSON.error("Unknown message type: \(type)", at: now))
        case .invalid(let detail):
            rejectedCommands["invalid_json"]?.add()
            client.send(LiveReplyJSON.error("Invalid JSON format", detail: detail, at: now))
        }
    }

    private func channels(of client: WebSocketClient) -> Channels {
        clients[ObjectIdentifier(client)]?.channels ?? []
    }

    private func countUnknown(_ unknown: [JSONValue]) {
        rejectedCommands["unknown_channel"]?.add(unknown.count)
    }

    private func updateSubscription(
        _ client: WebSocketClient, raw: Bool? = nil, _ channels: (Subscriber) -> Channels
    ) {
        guard var subscriber = clients[ObjectIdentifier(client)] else { return }
        let wanted = Subscription(channels: channels(subscriber), isRaw: raw ?? subscriber.hearing.isRaw)
        if wanted != subscriber.hearing {
            group(subscriber.hearing).remove(client)
            group(wanted).add(client)
        }
        subscriber.hearing = wanted
        subscriber.hasSubscribed = true
        clients[ObjectIdentifier(client)] = subscriber
    }

    private func group(_ hearing: Subscription) -> BroadcastGroup {
        if let group = groups[hearing] { return group }
        let group = BroadcastGroup(deflater: deflater, latency: delivery)
        groups[hearing] = group
        return group
    }

    private func status(for client: WebSocketClient) -> LiveStatus {
        LiveStatus(
            version: version, uptime: SystemClock.monotonic() - started, clients: clients.count,
            subscribed: channels(of: client), latestEventID: hub.latestID)
    }
}
