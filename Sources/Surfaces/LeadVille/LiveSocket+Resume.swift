import Clocks
import Reactor
import Web

/// Why a client does not receive live events at present.
enum LivePause: Equatable {
    /// It receives them.
    case none
    /// It has just connected, and its subscription may ask for earlier events. They follow after this number.
    case waiting(since: UInt64, TimerQueue.Token)
    /// It is in no group.
    case outside
    /// It receives what it missed.
    case resuming(LiveResume)

    static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.none, .none), (.outside, .outside): true
        case (.waiting(_, let left), .waiting(_, let right)): left == right
        case (.resuming(let left), .resuming(let right)): left === right
        default: false
        }
    }
}

/// Clients that continue where they were before: `{"type": "subscribe", "channels": […], "since": ID}`.
extension LiveSocket {
    /// Long enough for a client nearby to subscribe. Without this time, it would receive events of the default channels before
    /// those that it missed.
    static let subscriptionTime = Nanoseconds.milliseconds(25)

    /// Makes the client a member of its group.
    /// - Parameter known: it has been sent its events after this one; by default, the latest.
    func join(_ client: WebSocketClient, after known: UInt64? = nil) {
        guard var subscriber = clients[ObjectIdentifier(client)] else { return }
        subscriber.pause = .none
        subscriber.received.update(subscriber.channels, above: known ?? liveEvents.latestID)
        clients[ObjectIdentifier(client)] = subscriber
        group(subscriber.subscription).clients.add(client)
    }

    func waitForSubscription(of client: WebSocketClient) {
        liveEvents.tail.follow(latest: liveEvents.latestID)
        let timer = timers.after(Self.subscriptionTime) { [weak self] in self?.joinAfterWaiting(client) }
        clients[ObjectIdentifier(client)]?.pause = .waiting(since: liveEvents.latestID, timer)
    }

    /// The client does not ask for earlier events: it receives what happened while it waited.
    func joinAfterWaiting(_ client: WebSocketClient) {
        guard let subscriber = clients[ObjectIdentifier(client)], case .waiting(let since, _) = subscriber.pause else {
            return
        }
        var cursor = since
        let format = EventFormat.webSocket(subscriber.subscription.vocabulary)
        while cursor < liveEvents.latestID {
            var messages = EventMessages(format)
            liveEvents.tail.append(
                after: &cursor, latest: liveEvents.latestID, EventFilter(subscriber.channels), format,
                raw: subscriber.subscription.isRaw, to: &messages)
            if !messages.bytes.isEmpty { client.send(FrameBatch(direct: messages.bytes)) }
        }
        endPause(of: client)
        join(client, after: since)
    }

    /// Removes the client from its group, if it is a member. Returns what it has received.
    func leave(_ client: WebSocketClient) -> ReceivedEvents {
        guard let subscriber = clients[ObjectIdentifier(client)] else { return ReceivedEvents() }
        if subscriber.pause == .none { remove(client, from: subscriber.subscription) }
        endPause(of: client)
        clients[ObjectIdentifier(client)]?.pause = .outside
        return subscriber.received
    }

    /// Sends a client that is in no group what it missed, and makes it a member. Its further commands wait.
    func resume(_ client: WebSocketClient, since: UInt64, without received: ReceivedEvents) {
        guard var subscriber = clients[ObjectIdentifier(client)] else { return }
        let subscription = subscriber.subscription
        let replay = EventReplay(
            since: since,
            EventFilter(subscription.replayedChannels, without: received, through: liveEvents.latestID),
            .webSocket(subscription.vocabulary), withRaw: subscription.isRaw, from: liveEvents)
        let resume = LiveResume(client, replay) { [unowned self] events in
            let notice = EventNotice.complete(events: events, latest: liveEvents.latestID)
            client.send(notice.message(at: SystemClock.wall()))
            clients[ObjectIdentifier(client)]?.received.update(subscription.channels, above: since)
            join(client)
            client.resume()
        }
        subscriber.pause = .resuming(resume)
        clients[ObjectIdentifier(client)] = subscriber
        client.pause()
        resume.start()
    }

    func endPause(of client: WebSocketClient) {
        switch clients[ObjectIdentifier(client)]?.pause {
        case .waiting(_, let timer)?:
            timers.cancel(timer)
            liveEvents.tail.unfollow()
        case .resuming(let resume)?: resume.cancel()
        case .some(.none), .outside?, nil: break
        }
    }
}
