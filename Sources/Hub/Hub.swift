import Clocks
import Events
import Reactor

/// Gives every event its id and delivers it to all subscribers in one order.
@ReactorActor
package final class Hub {
    package typealias Handler = @ReactorActor (Event) -> Void

    /// A subscription lasts until `unsubscribe`, not for the lifetime of this value.
    package struct Subscription: Hashable, Sendable {
        fileprivate let id: UInt64
    }

    /// The id of the latest event; 0 before the first one ever.
    package private(set) var latestID: UInt64

    private var published = [UInt64](repeating: 0, count: EventKind.allCases.count)
    /// By kind, so that an event reaches only the subscribers of its kind.
    private var subscribers = [[(subscription: Subscription, handler: Handler)]](
        repeating: [], count: EventKind.allCases.count)
    private var nextSubscription: UInt64 = 0
    private var pending: [Event] = []
    private var isDelivering = false

    /// Ids continue after `latestID`. Passing the last stored id keeps them increasing across restarts.
    package init(latestID: UInt64 = 0) {
        self.latestID = latestID
    }

    /// Stamps and delivers the event. An event published during a delivery waits, so that all subscribers see the same
    /// order.
    @discardableResult
    package func publish(_ body: EventBody, at moment: Moment, device: DeviceTime? = nil) -> EventStamp {
        latestID += 1
        let stamp = EventStamp(id: latestID, received: moment.monotonic, wall: moment.wall, device: device)
        published[body.kind.rawValue] += 1
        let event = Event(stamp: stamp, body: body)
        if isDelivering { pending.append(event) } else { deliver(event) }
        return stamp
    }

    /// How many events of a kind were published.
    package func publishedCount(_ kind: EventKind) -> UInt64 { published[kind.rawValue] }

    package func subscribe(
        to kinds: Set<EventKind> = Set(EventKind.allCases), _ handler: @escaping Handler
    ) -> Subscription {
        let subscription = Subscription(id: nextSubscription)
        nextSubscription += 1
        for kind in kinds { subscribers[kind.rawValue].append((subscription, handler)) }
        return subscription
    }

    package func unsubscribe(_ subscription: Subscription) {
        for kind in subscribers.indices { subscribers[kind].removeAll { $0.subscription == subscription } }
    }

    private func deliver(_ event: Event) {
        isDelivering = true
        notify(event)
        var next = 0
        while next < pending.count {
            notify(pending[next])
            next += 1
        }
        if next > 0 { pending.removeAll(keepingCapacity: true) }
        isDelivering = false
    }

    private func notify(_ event: Event) {
        for subscriber in subscribers[event.body.kind.rawValue] { subscriber.handler(event) }
    }
}
