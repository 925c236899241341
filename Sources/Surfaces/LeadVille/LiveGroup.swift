import Clocks
import Events
import Reactor
import Web

/// Clients with the same subscription: they share the same bytes, and the rate at which they receive frames.
@ReactorActor
final class LiveGroup {
    let subscription: LiveSubscription
    let clients: BroadcastGroup
    private let timers: TimerQueue
    private let sendHeld: @ReactorActor (LiveGroup, Event) -> Void
    /// Nil if the clients receive all frames.
    private var limiter: FrameRateLimiter?
    private var timer: (due: MonotonicTime, token: TimerQueue.Token)?

    /// - Parameter sendHeld: sends a frame that was held until it is due.
    init(
        _ subscription: LiveSubscription, _ clients: BroadcastGroup, timers: TimerQueue,
        sendHeld: @escaping @ReactorActor (LiveGroup, Event) -> Void
    ) {
        self.subscription = subscription
        self.clients = clients
        self.timers = timers
        self.sendHeld = sendHeld
        limiter = subscription.frames.interval.map { FrameRateLimiter(interval: $0) }
    }

    /// Sends nothing more that it holds.
    func close() {
        timer.take().map { timers.cancel($0.token) }
    }

    /// Whether the clients receive the frame now. Otherwise it is sent when it is due, unless a newer one replaces it.
    func admits(_ frame: Event, of mat: DeviceID) -> Bool {
        guard limiter?.admits(frame, of: mat, now: timers.now) == false else { return true }
        schedule()
        return false
    }

    private func schedule() {
        guard let due = limiter?.nextDue else { return }
        if let timer {
            guard due < timer.due else { return }
            timers.cancel(timer.token)
        }
        let token = timers.at(due) { [weak self] in
            guard let self else { return }
            timer = nil
            for frame in limiter?.takeDue(now: timers.now) ?? [] { sendHeld(self, frame) }
            schedule()
        }
        timer = (due, token)
    }
}

/// The channel `pressure`.
extension LiveSocket {
    /// Sends a frame to its subscribers: at once, or as often as they want one. It is encoded once for each encoding.
    func send(_ frame: PressureEvent, of event: Event) {
        encoder.reset()
        for group in groups.values where group.subscription.channels.contains(.pressure) {
            guard group.admits(event, of: frame.mat) else { continue }
            send(frame, of: event, to: group, received: event.stamp.received)
        }
    }

    /// Sends a frame that is due only now.
    func sendHeld(_ event: Event, to group: LiveGroup) {
        guard case .pressure(let frame) = event.body else { return }
        encoder.reset()
        send(frame, of: event, to: group, received: timers.now)
    }

    private func send(_ frame: PressureEvent, of event: Event, to group: LiveGroup, received: MonotonicTime) {
        if group.subscription.frames.isBinary {
            let message = encoder.encodeBinary { PressureFrameBinary.append(frame, event.stamp, to: &$0) }
            group.clients.send(message, .binary, mayBeDropped: true, received: received)
        } else {
            let message = encoder.encode(for: group.subscription) { subscription, writer in
                LiveEventJSON.write(event, subscription.vocabulary, withRaw: subscription.isRaw, to: &writer)
            }
            group.clients.send(message, mayBeDropped: true, received: received)
        }
    }
}
