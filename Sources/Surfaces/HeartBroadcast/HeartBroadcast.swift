import Clocks
import Configuration
import Drivers
import Events
import JSON
import Metrics
import Reactor
import Signals
import Web

/// The BPM broadcast: every heart reading to every client, for TouchDesigner and web dashboards.
@ReactorActor
package final class HeartBroadcast: Surface, WebSocketService {
    package let settings: WebSocketSettings
    package let deflater: Deflater?
    package let events: Set<EventKind> = [.heart, .heartSilence]
    private unowned let heartRates: HeartRateService
    private let group: BroadcastGroup
    private let metrics: SocketMetrics
    private var writer = JSONWriter(.spaced, reservingCapacity: 1_024)
    private var times = TimestampFormatter()

    package init(
        heartRates: HeartRateService, settings: WebSocketSettings, deflater: Deflater?, metrics: MetricsRegistry
    ) {
        self.heartRates = heartRates
        self.settings = settings
        self.deflater = deflater
        self.metrics = SocketMetrics(
            surface: "heart", rejectReasons: ["invalid_json", "unknown_type", "user_not_found"], registry: metrics)
        group = BroadcastGroup(deflater: deflater, latency: self.metrics.latency)
        self.metrics.addClientGauge { [weak self] in self?.group.count ?? 0 }
    }

    package func addRoutes(to routes: Router) { Self.addPages(to: routes) }

    package static func addPages(to routes: Router) {
        routes.asset("/hearts", StaticAsset(PackageResources.hearts_html, .html))
        routes.asset("/hearts.js", StaticAsset(PackageResources.hearts_js, .javaScript))
    }

    package func listeners(in configuration: Configuration) -> [SurfaceListener] {
        [SurfaceListener(configuration.heart.webSocketListener, self)]
    }

    package func addresses(in configuration: Configuration) -> [ServedAddress] {
        guard configuration.heart.enabled else { return [] }
        let (broadcast, boards) = (configuration.heart.webSocketListener, configuration.heart.udpListener)
        return [
            ServedAddress(purpose: "heart broadcast", address: "ws://\(broadcast.localAddress)/"),
            ServedAddress(purpose: "heart boards send to", address: "udp \(boards.localAddress)"),
        ]
    }

    package func handle(_ event: Event) {
        guard !group.isEmpty else { return }
        switch event.body {
        case .heart(let heart):
            writer.removeAll()
            HeartJSON.message(heart, event.stamp, to: &writer, times: &times)
            group.send(writer.bytes, mayBeDropped: true, received: event.stamp.received)
        case .heartSilence(let silence):
            let notice = HeartReplyJSON.stale(silence.user, silentFor: silence.silence, at: event.stamp.wall)
            group.send(notice[...], mayBeDropped: true, received: event.stamp.received)
        default: break
        }
    }

    /// The last message about a user, as it was broadcast.
    private func latestMessage(of entry: HeartUsers.Entry) -> [UInt8]? {
        guard let event = heartRates.latestEvent(of: entry.user), case .heart(let heart) = event.body else {
            return nil
        }
        var writer = JSONWriter(.spaced)
        HeartJSON.message(heart, event.stamp, to: &writer, times: &times)
        return writer.finish()
    }

    // MARK: Clients

    package func connected(_ client: WebSocketClient) {
        let now = Moment.now()
        let users = heartRates.users
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
        // Some clients keep a connection alive with blank messages.
        guard !HeartCommand.isBlank(message.bytes) else { return }
        let now = Moment.now()
        let users = heartRates.users
        switch HeartCommand(message.bytes) {
        case .getStatus:
            client.send(
                HeartReplyJSON.status(
                    users: users, smoothing: heartRates.smoothing, clients: group.count, at: now,
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
        metrics.countReject(reason)
        client.send(HeartReplyJSON.error(text, detail: detail))
    }
}

/// A client's command to the broadcast.
enum HeartCommand: SocketCommand, Equatable {
    case getStatus
    case getLatest(HeartUser?)
    case getSignalHistory(HeartUser?)
    case getAllStatistics
    case unknown(type: String)
    case invalid(detail: String)

    init?(type: String, _ object: JSONObject) {
        let user = object["user_id"].flatMap(HeartUser.init(json:))
        switch type {
        case "get_status": self = .getStatus
        case "get_latest": self = .getLatest(user)
        case "get_signal_history": self = .getSignalHistory(user)
        case "get_all_statistics": self = .getAllStatistics
        default: return nil
        }
    }

    /// Whether a message is empty or consists of white space.
    static func isBlank(_ message: [UInt8]) -> Bool {
        message.allSatisfy { $0 == UInt8(ascii: " ") || (0x09...0x0D).contains($0) }
    }
}

extension HeartUser {
    /// Nil for values that cannot identify a user.
    init?(json: JSONValue) {
        switch json {
        case .null: self = .null
        case .boolean(let value): self.init(value)
        case .integer(let value): self = .number(value)
        case .number(let value): self.init(value)
        case .string(let text): self = .text(text)
        case .array, .object: return nil
        }
    }
}
