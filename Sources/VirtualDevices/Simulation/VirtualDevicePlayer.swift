import Clocks
import Reactor

/// Plays a virtual device at its own pace: each delivery is handed over when it would arrive.
@ReactorActor
package final class VirtualDevicePlayer {
    private var source: any DeliverySource
    private let end: Nanoseconds?
    private let onDelivery: @ReactorActor (VirtualDelivery) -> Void
    private let onEnd: @ReactorActor () -> Void
    private let timers: TimerQueue
    private var start: MonotonicTime
    private var timer: TimerQueue.Token?

    /// - Parameters:
    ///   - end: when somebody switches the device off; nil when nobody does.
    ///   - ended: called when that time has come, or when nothing will come any more.
    package init(
        _ source: any DeliverySource, until end: Nanoseconds?, timers: TimerQueue = EventLoop.shared.timers,
        onDelivery: @escaping @ReactorActor (VirtualDelivery) -> Void, onEnd: @escaping @ReactorActor () -> Void
    ) {
        self.source = source
        self.end = end
        self.timers = timers
        self.onDelivery = onDelivery
        self.onEnd = onEnd
        start = timers.now
    }

    /// Switches the device on, now.
    package func play() {
        start = timers.now
        schedule()
    }

    package func stop() {
        timer.map(timers.cancel)
        timer = nil
    }

    private func schedule() {
        guard let next = source.next() else { return onEnd() }
        if let end, next.time > end {
            timer = timers.at(start + end) { [self] in onEnd() }
        } else {
            timer = timers.at(start + next.time) { [self] in
                onDelivery(next)
                if timer != nil { schedule() }
            }
        }
    }
}
