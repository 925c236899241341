import Clocks
import Configuration
import Events
import Hub
import JSON
import Metrics
import Reactor
import Web

/// LeadVille's live socket, `/ws/live`: events of the subscribed channels.
@ReactorActor
package final class LiveSocket: Surface, WebSocketService {
    package let settings: WebSocketSettings
    package let deflater: Deflater?
    package let events = Set(EventKind.allCases.filter { $0.channel != nil })
    private unowned let hub: Hub
    private let version: String
    private let metrics: SocketMetrics
    private let started = SystemClock.monotonic()
    /// Clients with the same subscription share the same bytes.
    private var groups: [Subscription: BroadcastGroup] = [:]
    private var clients: [ObjectIdentifier: Subscriber] = [:]
    private var writer = JSONWriter(.spaced, reservingCapacity: 1_024)
    /// The same event with the device's raw bytes.
    private var rawWriter = JSONWriter(.spaced)

    /// What a client has subscribed to.
    private struct Subscription: Hashable {
        var channels: Channels
        var isRaw = false
    }

    private struct Subscriber {
        let client: WebSocketClient
        var subscription: Subscription
        var channels: Channels { subscription.channels }
        /// Until its first subscription a client receives the original's default channels.
        var hasSubscribed = false
    }

    package init(
        hub: Hub, version: String, settings: WebSocketSettings, deflater: Deflater?, metrics: MetricsRegistry
    ) {
        self.hub = hub
        self.version = version
        self.settings = settings
        self.deflater = deflater
        self.metrics = SocketMetrics(
            surface: "live", rejectReasons: ["invalid_json", "unknown_type", "unknown_channel"], registry: metrics)
        self.metrics.addClientGauge { [weak self] in self?.clients.count ?? 0 }
    }

    package func addRoutes(to routes: Router) {
        routes.webSocket("/ws/live", self)
        routes.asset("/ws/test", StaticAsset(PackageResources.test_html, .html))
        routes.asset("/ws/test.js", StaticAsset(PackageResources.test_js, .javaScript))
    }

    package func listeners(in configuration: Configuration) -> [SurfaceListener] {
        [SurfaceListener(configuration.live.listener, self)]
    }

    package func addresses(in configuration: Configuration) -> [ServedAddress] {
        let (main, own) = (configuration.http.listener.localAddress, configuration.live.listener)
        return [
            ServedAddress(purpose: "live socket", address: "ws://\(main)/ws/live"),
            ServedAddress(purpose: "live socket test page", address: "http://\(main)/ws/test"),
        ]
            + (own.isEnabled
                ? [ServedAddress(purpose: "live socket, own port", address: "ws://\(own.localAddress)/")] : [])
    }

    package func handle(_ event: Event) {
        guard !clients.isEmpty, let channel = event.body.kind.channel else { return }
        writer.removeAll()
        rawWriter.removeAll()
        for (subscription, group) in groups where subscription.channels.contains(channel) && !group.isEmpty {
            // Encoded once, when the first group with a matching subscription is found.
            let isTelemetry = event.body.kind.isTelemetry
            if subscription.isRaw {
                if rawWriter.bytes.isEmpty { LiveEventJSON.write(event, withRaw: true, to: &rawWriter) }
                group.send(rawWriter.bytes, mayBeDropped: isTelemetry, received: event.stamp.received)
            } else {
                if writer.bytes.isEmpty { LiveEventJSON.write(event, to: &writer) }
                group.send(writer.bytes, mayBeDropped: isTelemetry, received: event.stamp.received)
            }
        }
    }

    /// An event in this socket's format; nil for kinds without a channel.
    package static func json(_ event: Event) -> [UInt8]? {
        guard event.body.kind.channel != nil else { return nil }
        var writer = JSONWriter()
        LiveEventJSON.write(event, to: &writer)
        return writer.finish()
    }

    // MARK: Clients

    package func connected(_ client: WebSocketClient) {
        client.send(LiveReplyJSON.greeting(at: SystemClock.wall()))
        clients[ObjectIdentifier(client)] = Subscriber(client: client, subscription: Subscription(channels: .original))
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
            // Without a name the original changes nothing and sends the same confirmation.
            if !names.isEmpty || raw != nil {
                updateSubscription(client, raw: raw) { subscriber in
                    if names.isEmpty { return subscriber.channels }
                    return subscriber.hasSubscribed ? subscriber.channels.union(wanted) : wanted
                }
            }
            client.send(LiveReplyJSON.subscribed(to: names, unknown: unknown, at: now))
        case .unsubscribe(let named):
            // Without a name all of the client's channels are meant.
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
            metrics.countReject("unknown_type")
            client.send(LiveReplyJSON.error("Unknown message type: \(type)", at: now))
        case .invalid(let detail):
            metrics.countReject("invalid_json")
            client.send(LiveReplyJSON.error("Invalid JSON format", detail: detail, at: now))
        }
    }

    private func channels(of client: WebSocketClient) -> Channels {
        clients[ObjectIdentifier(client)]?.channels ?? []
    }

    private func countUnknown(_ unknown: [JSONValue]) {
        metrics.countReject("unknown_channel", unknown.count)
    }

    private func updateSubscription(
        _ client: WebSocketClient, raw: Bool? = nil, _ channels: (Subscriber) -> Channels
    ) {
        guard var subscriber = clients[ObjectIdentifier(client)] else { return }
        let wanted = Subscription(channels: channels(subscriber), isRaw: raw ?? subscriber.subscription.isRaw)
        if wanted != subscriber.subscription {
            group(subscriber.subscription).remove(client)
            group(wanted).add(client)
        }
        subscriber.subscription = wanted
        subscriber.hasSubscribed = true
        clients[ObjectIdentifier(client)] = subscriber
    }

    private func group(_ subscription: Subscription) -> BroadcastGroup {
        if let group = groups[subscription] { return group }
        let group = BroadcastGroup(deflater: deflater, latency: metrics.latency)
        groups[subscription] = group
        return group
    }

    private func status(for client: WebSocketClient) -> LiveStatus {
        LiveStatus(
            version: version, uptime: SystemClock.monotonic() - started, clients: clients.count,
            subscribed: channels(of: client), latestEventID: hub.latestID)
    }
}

/// A client's command to the live socket.
enum LiveCommand: SocketCommand, Equatable {
    /// - Parameter raw: whether to include the raw bytes of timers and sensors; nil leaves that unchanged.
    case subscribe([JSONValue], raw: Bool? = nil)
    case unsubscribe([JSONValue])
    case ping
    case getStatus
    case unknown(type: String)
    case invalid(detail: String)

    init?(type: String, _ object: JSONObject) {
        switch type {
        case "subscribe": self = .subscribe(Self.channels(object), raw: object["raw"]?.booleanValue)
        case "unsubscribe": self = .unsubscribe(Self.channels(object))
        case "ping": self = .ping
        case "get_status": self = .getStatus
        default: return nil
        }
    }

    private static func channels(_ object: JSONObject) -> [JSONValue] {
        switch object["channels"] {
        case .array(let channels)?: channels
        case .string(let channel)?: [.string(channel)]
        default: []
        }
    }
}
