import Clocks
import Configuration
import Drivers
import Events
import Hub
import JSON
import Metrics
import Reactor
import Web

/// LeadVille's live socket: events of the subscribed channels, in the vocabulary of each endpoint.
@ReactorActor
package final class LiveSocket: Surface {
    package let events = Set(EventKind.allCases.filter { $0.channel != nil } + [.application])
    private unowned let hub: Hub
    private unowned let devices: DeviceRegistry
    private let version: String
    private let settings: WebSocketSettings
    private let deflater: Deflater?
    let timers: TimerQueue
    let liveEvents: LiveEvents
    let metrics: SocketMetrics
    private let publisher: ApplicationEventPublisher
    private let started = SystemClock.monotonic()
    /// By subscription. A group ends with its last client.
    var groups: [LiveSubscription: LiveGroup] = [:]
    var clients: [ObjectIdentifier: Subscriber] = [:]
    private var connections: UInt64 = 0
    var encoder = LiveEncoder()
    private var activity = TimerActivity()
    private var healthTimer: TimerQueue.Token?

    /// LeadVille's interval is between 30 and 60 seconds.
    static let healthInterval = Nanoseconds.seconds(30)

    struct Subscriber {
        let client: WebSocketClient
        let number: UInt64
        var subscription: LiveSubscription
        var channels: Channels { subscription.channels }
        /// Until its first subscription a client receives the default channels of its vocabulary.
        var hasSubscribed = false
        var received = ReceivedEvents()
        var pause = LivePause.none
    }

    /// - Parameter history: where events come from that clients missed.
    package init(
        hub: Hub, devices: DeviceRegistry, history: EventHistory, version: String, settings: WebSocketSettings,
        deflater: Deflater?, metrics: MetricsRegistry, timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.hub = hub
        liveEvents = LiveEvents(hub: hub, history: history, timers: timers)
        self.devices = devices
        self.version = version
        self.settings = settings
        self.deflater = deflater
        self.timers = timers
        self.metrics = SocketMetrics(
            surface: "live",
            rejectReasons: ["invalid_json", "unknown_type", "unknown_channel", "invalid", "forbidden"],
            registry: metrics)
        publisher = ApplicationEventPublisher(hub: hub, metrics: metrics)
        self.metrics.addClientGauge { [weak self] in self?.clients.count ?? 0 }
        SocketMetrics(surface: "event_stream", rejectReasons: [], registry: metrics)
            .addClientGauge { [weak self] in self?.liveEvents.streamCount ?? 0 }
    }

    /// Ends what does not end by itself. Call it before the servers shut down.
    package func close() { liveEvents.close() }

    /// The socket in one vocabulary, for a route or a port of its own.
    package func endpoint(_ vocabulary: LiveVocabulary) -> any WebSocketService {
        LiveEndpoint(self, vocabulary, settings: settings, deflater: deflater)
    }

    package func addRoutes(to routes: Router) {
        routes.webSocket("/ws/live", LiveDocumentation.socket(.status), endpoint(.status))
        routes.get("/api/live", LiveDocumentation.state) { [weak self] _ in
            .response(.object { self?.writeState(to: &$0) })
        }
        routes.get("/api/events/stream", LiveDocumentation.stream) { [weak self] request in
            do throws(APIError) {
                let request = try EventStreamRequest(request.head)
                guard let self else { throw APIError(reason: .unavailable, message: "the gateway is stopping") }
                return .response(EventStream(since: request.since, request.channels, from: liveEvents).response)
            } catch {
                return .response(error.response)
            }
        }
        routes.add(.post, "/api/events", LiveDocumentation.publish, access: .delivers) {
            [publisher, weak self] request in
            do throws(APIError) {
                let ids = try publisher.publish { () throws(APIError) in
                    try ApplicationEventRequest.parse(request.body, client: "\(request.peer)")
                }
                return .response(
                    .object { writer in
                        writer.member("published", ids.count)
                        writer.array("ids", ids) { $1.integer($0) }
                        self?.writeState(to: &writer)
                    })
            } catch {
                return .response(error.response)
            }
        }
    }

    package func listeners(in configuration: Configuration) -> [SurfaceListener] {
        let vocabulary: LiveVocabulary = configuration.live.vocabulary == .leadville ? .standAlone : .status
        return [
            SurfaceListener(configuration.live.listener, LiveDocumentation.socket(vocabulary), endpoint(vocabulary))
        ]
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

    // MARK: Events

    package func handle(_ event: Event) {
        let changed = activity.record(event) { devices.device($0.text)?.role == "timer" }
        liveEvents.append(event)
        guard !clients.isEmpty, let channel = event.body.channel else { return }
        if case .pressure(let frame) = event.body { return send(frame, of: event) }
        let mayBeDropped = event.body.kind.isTelemetry
        send(on: channel, mayBeDropped: mayBeDropped, received: event.stamp.received) { subscription, writer in
            LiveEventJSON.write(event, subscription.vocabulary, withRaw: subscription.isRaw, to: &writer)
        }
        if case .run(let run) = event.body {
            send(on: .sessionUpdates, mayBeDropped: false, received: event.stamp.received) { subscription, writer in
                LiveEventJSON.writeSession(run, event.stamp, subscription.vocabulary, to: &writer)
            }
        }
        if let changed { broadcastHealth(of: changed) }
    }

    /// Sends a message to the subscribers of a channel. It is encoded once for each vocabulary.
    private func send(
        on channel: Channel, mayBeDropped: Bool, received: MonotonicTime,
        _ write: (LiveSubscription, inout JSONWriter) -> Void
    ) {
        encoder.reset()
        for (subscription, group) in groups where subscription.channels.contains(channel) {
            let message = encoder.encode(for: subscription, write)
            if !message.isEmpty { group.clients.send(message, mayBeDropped: mayBeDropped, received: received) }
        }
    }

    /// An event in this socket's format; nil for kinds without a channel.
    package static func json(_ event: Event) -> [UInt8]? {
        guard event.body.channel != nil else { return nil }
        var writer = JSONWriter()
        LiveEventJSON.write(event, to: &writer)
        return writer.finish()
    }

    // MARK: Health

    private var timersInUse: [DeviceStatus] {
        // The connected one comes last: LeadVille's pages show the last that they receive.
        let inUse = devices.devices.filter { $0.role == "timer" && $0.state == .inUse }
        return inUse.filter { $0.link != "connected" } + inUse.filter { $0.link == "connected" }
    }

    private func broadcastHealth(of timer: DeviceID) {
        guard let device = devices.device(timer.text), device.state == .inUse else { return }
        let health = activity.health(of: device, at: .now())
        send(on: .healthStatus, mayBeDropped: true, received: health.now.monotonic) { subscription, writer in
            health.write(subscription.vocabulary, to: &writer)
        }
    }

    private func sendHealth(to client: WebSocketClient, _ vocabulary: LiveVocabulary) {
        for device in timersInUse {
            var writer = JSONWriter(.spaced)
            activity.health(of: device, at: .now()).write(vocabulary, to: &writer)
            client.send(writer.finish())
        }
        scheduleHealth()
    }

    /// The timer runs only while a client wants to know.
    private func scheduleHealth() {
        guard healthTimer == nil else { return }
        healthTimer = timers.after(Self.healthInterval) { [weak self] in
            guard let self else { return }
            healthTimer = nil
            let isWanted = groups.contains { $0.key.channels.contains(.healthStatus) }
            guard isWanted else { return }
            for device in timersInUse { broadcastHealth(of: DeviceID(device.id)) }
            scheduleHealth()
        }
    }
}

// MARK: - Clients

extension LiveSocket {
    func connected(_ client: WebSocketClient, _ vocabulary: LiveVocabulary) {
        connections += 1
        let subscription = LiveSubscription(vocabulary: vocabulary, channels: vocabulary.defaultChannels)
        clients[ObjectIdentifier(client)] = Subscriber(
            client: client, number: connections, subscription: subscription)
        for message in vocabulary.replies.greeting(status(for: client), at: SystemClock.wall()) { client.send(message) }
        if vocabulary.waitsForSubscription { waitForSubscription(of: client) } else { join(client) }
        if subscription.channels.contains(.healthStatus) { sendHealth(to: client, vocabulary) }
    }

    func disconnected(_ client: WebSocketClient) {
        endPause(of: client)
        // Its group has forgotten it already.
        if let subscriber = clients.removeValue(forKey: ObjectIdentifier(client)) {
            remove(client, from: subscriber.subscription)
        }
    }

    func receive(_ command: LiveCommand, from client: WebSocketClient, _ vocabulary: LiveVocabulary) {
        let now = SystemClock.wall()
        let replies = vocabulary.replies
        if case .subscribe(_, _, _, _?) = command {} else { joinAfterWaiting(client) }
        switch command {
        case .subscribe(let names, let raw, let frames, let since?):
            let received = leave(client)
            let unknown = subscribe(client, to: names, raw: raw, frames)
            client.send(replies.subscribed(to: names, unknown: unknown, channels: channels(of: client), at: now))
            resume(client, since: since, without: received)
            if channels(of: client).contains(.healthStatus) { sendHealth(to: client, vocabulary) }
        case .invalidSubscription(let message):
            metrics.countReject("invalid")
            client.send(replies.rejected(message, reason: "invalid", at: now))
        case .subscribe(let names, let raw, let frames, nil):
            let unknown = subscribe(client, to: names, raw: raw, frames)
            client.send(replies.subscribed(to: names, unknown: unknown, channels: channels(of: client), at: now))
            if channels(of: client).contains(.healthStatus) { sendHealth(to: client, vocabulary) }
        case .unsubscribe(let named):
            // Without a name all of the client's channels are meant.
            let names = named.isEmpty ? channels(of: client).list.map { .string($0.name) } : named
            var unknown: [JSONValue] = []
            let unwanted = Channels(named: names, unknown: &unknown)
            metrics.countReject("unknown_channel", unknown.count)
            updateSubscription(client) { $0.channels.subtract(unwanted) }
            let remaining = channels(of: client)
            reply(replies.unsubscribed(from: names, unknown: unknown, remaining: remaining, at: now), to: client)
        case .ping:
            client.send(replies.pong(at: now))
        case .getStatus:
            client.send(replies.status(status(for: client), at: now))
        case .publish(let events):
            client.send(publish(events, from: client, replies, at: now))
        case .unknown(let type):
            metrics.countReject("unknown_type")
            reply(replies.unknownType(type, at: now), to: client)
        case .invalid(let detail):
            metrics.countReject("invalid_json")
            client.send(replies.invalidJSON(detail, at: now))
        }
    }

    private func publish(
        _ events: [JSONValue], from client: WebSocketClient, _ replies: any LiveReplies.Type, at now: WallTime
    ) -> [UInt8] {
        if let reject = client.changeReject {
            metrics.countReject("forbidden")
            return replies.rejected(reject.message, reason: reject.rawValue, at: now)
        }
        do throws(APIError) {
            let ids = try publisher.publish { () throws(APIError) in
                try ApplicationEventRequest.events(events, client: "\(client.peer)")
            }
            return replies.published(ids, at: now)
        } catch {
            return replies.rejected(error.message, reason: error.reason.rawValue, at: now)
        }
    }

    private func writeState(to writer: inout JSONWriter) {
        writer.member("clients", clients.count)
        writer.member("latest_event_id", hub.latestID)
    }

    private func reply(_ message: [UInt8]?, to client: WebSocketClient) {
        if let message { client.send(message) }
    }

    /// Returns the unknown names.
    private func subscribe(
        _ client: WebSocketClient, to names: [JSONValue], raw: Bool?, _ frames: FrameDelivery.Change
    ) -> [JSONValue] {
        var unknown: [JSONValue] = []
        let wanted = Channels(named: names, unknown: &unknown)
        metrics.countReject("unknown_channel", unknown.count)
        // Without a known name the original changes nothing and sends the same confirmation.
        guard !wanted.isEmpty || raw != nil || !frames.isEmpty else { return unknown }
        let hasSubscribed = clients[ObjectIdentifier(client)]?.hasSubscribed ?? false
        updateSubscription(client) { subscription in
            if !wanted.isEmpty {
                let adds = hasSubscribed || subscription.vocabulary.firstSubscriptionAdds
                subscription.channels = adds ? subscription.channels.union(wanted) : wanted
            }
            if let raw { subscription.isRaw = raw }
            frames.apply(to: &subscription.frames)
        }
        return unknown
    }

    private func channels(of client: WebSocketClient) -> Channels {
        clients[ObjectIdentifier(client)]?.channels ?? []
    }

    private func updateSubscription(_ client: WebSocketClient, _ change: (inout LiveSubscription) -> Void) {
        guard var subscriber = clients[ObjectIdentifier(client)] else { return }
        var wanted = subscriber.subscription
        change(&wanted)
        let mustJoin = subscriber.pause == .none && wanted != subscriber.subscription
        if mustJoin { remove(client, from: subscriber.subscription) }
        subscriber.subscription = wanted
        subscriber.hasSubscribed = true
        clients[ObjectIdentifier(client)] = subscriber
        if mustJoin { join(client) }
    }

    func group(_ subscription: LiveSubscription) -> LiveGroup {
        if let group = groups[subscription] { return group }
        let clients = BroadcastGroup(deflater: deflater, latency: metrics.latency)
        let group = LiveGroup(subscription, clients, timers: timers) { [unowned self] in sendHeld($1, to: $0) }
        groups[subscription] = group
        return group
    }

    /// Removes the client from its group, if it is a member.
    func remove(_ client: WebSocketClient, from subscription: LiveSubscription) {
        guard let group = groups[subscription] else { return }
        group.clients.remove(client)
        guard group.clients.isEmpty else { return }
        group.close()
        groups[subscription] = nil
    }

    private func status(for client: WebSocketClient) -> LiveStatus {
        let subscriber = clients[ObjectIdentifier(client)]
        return LiveStatus(
            version: version, uptime: SystemClock.monotonic() - started, clients: clients.count,
            subscribed: subscriber?.channels ?? [], latestEventID: hub.latestID, client: subscriber?.number ?? 0)
    }
}
