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
    /// The replies that are being encoded.
    private var assemblies: [HeartTableReply.Kind: HeartReplyAssembly] = [:]
    /// The latest event that was broadcast.
    private var latestID: UInt64 = 0
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

    package func listeners(in configuration: Configuration) -> [SurfaceListener] {
        [SurfaceListener(configuration.heart.webSocketListener, HeartDocumentation.broadcast, self)]
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
        latestID = event.stamp.id
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
        var replay = HeartReplay(heartRates.users, latestEvent: latestID)
        var isGreeted = false
        // From now on the client receives what is new, so the replay leaves that out.
        group.add(client)
        client.send { [unowned self] in
            if let message = nextMessage(of: &replay) { return message }
            guard !isGreeted else { return nil }
            isGreeted = true
            return HeartReplyJSON.greeting(users: heartRates.users, at: .now())
        }
    }

    private func nextMessage(of replay: inout HeartReplay) -> [UInt8]? {
        let users = heartRates.users
        while let entry = replay.next(in: users) {
            guard let event = heartRates.latestEvent(of: entry.user), event.stamp.id <= replay.latestEvent,
                let message = latestMessage(of: entry)
            else { continue }
            let now = SystemClock.monotonic()
            return HeartReplyJSON.latest(
                message, age: now - entry.lastSeen, isStale: users.isStale(entry, at: now))
        }
        return nil
    }

    /// Sends a reply about all users. A large one is encoded in pieces, between which the loop serves others; clients
    /// that request it meanwhile receive the same reply.
    private func send(_ kind: HeartTableReply.Kind, to client: WebSocketClient) {
        if let assembly = assemblies[kind] { return assembly.add(client) }
        let reply = HeartTableReply(kind, users: heartRates.users, clients: group.count)
        let assembly = HeartReplyAssembly(reply, for: client) { [unowned self] reply in
            reply.encode(atLeast: HeartReplyAssembly.pieceBytes, latest: latestMessage(of:))
        } finish: { [unowned self] reply in
            assemblies[kind] = nil
            return reply.finish(users: heartRates.users, smoothing: heartRates.smoothing, at: .now())
        }
        assemblies[kind] = assembly
        assembly.performShare()
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
            send(.status, to: client)
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
            send(.allStatistics, to: client)
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
