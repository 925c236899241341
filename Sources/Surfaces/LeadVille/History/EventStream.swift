import Reactor
import Web

/// The events of some channels as server-sent events, for one client: what it missed, then what happens.
@ReactorActor
final class EventStream {
    private let events: LiveEvents
    private let replay: EventReplay
    private var hasBegun = false
    private var isClosed = false
    private var needsKeepAlive = false
    /// The stream waits for events.
    private var waiter: CheckedContinuation<Void, Never>?

    /// - Parameter since: the latest event that the client knows; nil if it wants none that it missed.
    init(since: UInt64?, _ channels: Channels, from events: LiveEvents) {
        self.events = events
        replay = EventReplay(
            since: since ?? events.latestID, EventFilter(channels), .serverSent, withRaw: false, from: events)
        events.add(self)
    }

    var response: HTTPResponse {
        let body = HTTPBodyStream {
            await self.next()
        } onFinish: {
            self.close()
        }
        var response = HTTPResponse.stream(body, MediaType("text/event-stream"))
        response.headers.add("Cache-Control", "no-store")
        // Keeps nginx from collecting events before it passes them on.
        response.headers.add("X-Accel-Buffering", "no")
        return response
    }

    func wake() { waiter.take()?.resume() }

    func keepAlive() {
        needsKeepAlive = true
        wake()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        events.remove(self)
        replay.close()
        wake()
    }

    private func next() async -> HTTPBodyStream.Piece {
        if !hasBegun {
            hasBegun = true
            return .bytes(Array(": events of the LeadVille Gateway\nretry: 2000\n\n".utf8))
        }
        while !isClosed {
            if let messages = await replay.next() { return isClosed ? .end : .bytes(messages) }
            guard replay.isCaughtUp else { continue }
            if needsKeepAlive {
                needsKeepAlive = false
                return .bytes(Array(":\n\n".utf8))
            }
            await withCheckedContinuation { waiter = $0 }
        }
        return .end
    }
}
