import Clocks
import Events
import Reactor

/// The one place through which every event goes: it gives each its id, and tells all subscribers in the same order.
@ReactorActor
package final class Hub {
    package typealias Handler = @ReactorActor (Event) -> Void

    /// Keeps a subscription. It ends when asked to, not when it is forgotten.
    package struct Subscription: Hashable, Sendable {
        fileprivate let id: UInt64
    }

    /// The id of the latest event; 0 before the first one ever.
    package private(set) var latestID: UInt64
    package private(set) var published: [EventKind: UInt64] = [:]

    private var subscribers: [(subscription: Subscription, handler: Handler)] = []
    private var nextSubscription: UInt64 = 0
    private var waiting: [Event] = []
    private var isDelivering = false

    /// Ids go on after `latestID`, so that they keep increasing over a restart when it is what the store remembers.
    package init(latestID: UInt64 = 0) {
        self.latestID = latestID
    }

    /// Stamps the event and tells everybody. An event that is published while another one is being told waits its turn,
    /// so that all subscribers hear the same order.
    @discardableResult
    package func publish(_ body: EventBody, at moment: Moment, device: DeviceTime? = nil) -> EventStamp {
        latestID += 1
        let stamp = EventStamp(id: latestID, received: moment.monotonic, wall: moment.wall, device: device)
        published[body.kind, default: 0] += 1
        waiting.append(Event(stamp: stamp, body: body))
        if !isDelivering { deliver() }
        return stamp
    }

    package func subscribe(_ handler: @escaping Handler) -> Subscription {
        let subscription = Subscription(id: nextSubscription)
        nextSubscription += 1
        subscribers.append((subscription, handler))
        return subscription
    }

    package func unsubscribe(_ subscription: Subscription) {
        subscribers.removeAll { $0.subscription == subscription }
    }

    private func deliver() {
        isDelivering = true
        var next = 0
        while next < waiting.count {
            for subscriber in subscribers { subscriber.handler(waiting[next]) }
            next += 1
        }
        waiting.removeAll(keepingCapacity: true)
        isDelivering = false
    }
}
