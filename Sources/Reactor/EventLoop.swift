import CLinux
import Clocks
import Glibc

/// The loop: sleeps in epoll until a descriptor is ready, a timer is due or another thread has put in work; then does
/// all of it, and then lets the collectors send what came together in this turn. It never polls.
@ReactorActor
package final class EventLoop {
    package static let shared = EventLoop()

    /// The machine's timers. What needs a simulated clock in tests takes a `TimerQueue` as a parameter instead.
    package let timers = TimerQueue(now: SystemClock.monotonic())

    /// Told the length of each turn, from waking up to going back to sleep.
    package var onIteration: ((Nanoseconds) -> Void)?

    private let epoll: Int32
    private let wakeUpTimer = WakeUpTimer()
    private var slots: [Slot] = []
    private var freeSlots: [UInt32] = []
    private var batch: [ReactorExecutor.Work] = []
    private var iterationEndHandlers: [any IterationEndHandler] = []
    private var isStopped = false

    private struct Slot {
        var handler: (any DescriptorHandler)?
        /// Counts the uses of the slot, so that an event that was already on its way to a previous user is recognised.
        var generation: UInt32 = 0
    }

    private init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(epoll >= 0 && ReactorExecutor.shared.wakeUp >= 0, "no descriptors left to start with")
        for (descriptor, key) in [
            (ReactorExecutor.shared.wakeUp, Self.wakeUpKey), (wakeUpTimer.descriptor, Self.wakeUpTimerKey),
        ] {
            var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: key))
            epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
        }
    }

    /// Ends `run` after the turn that is under way.
    package func stop() {
        isStopped = true
    }

    /// Has the collector called at the end of this turn. It must not ask twice in one turn.
    package func callAtEndOfIteration(_ collector: any IterationEndHandler) {
        iterationEndHandlers.append(collector)
    }

    func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        while !isStopped {
            ReactorExecutor.shared.drain(into: &batch, willSleep: true)
            wakeUpTimer.arm(for: timers.nextDeadline)
            let ready = Int(max(0, epoll_wait(epoll, &events, Int32(events.count), batch.isEmpty ? -1 : 0)))
            ReactorExecutor.shared.drain(into: &batch, willSleep: false)
            let woken = SystemClock.monotonic()
            timers.advance(to: woken)
            for index in 0..<ready { dispatch(events[index]) }
            for work in batch { perform(work) }
            batch.removeAll(keepingCapacity: true)
            finishIteration()
            onIteration?(SystemClock.monotonic() - woken)
        }
        isStopped = false
    }

    private func dispatch(_ event: epoll_event) {
        switch event.data.u64 {
        case Self.wakeUpKey: return Self.drain(ReactorExecutor.shared.wakeUp)
        // What is due has been called at the beginning of this turn.
        case Self.wakeUpTimerKey: return Self.drain(wakeUpTimer.descriptor)
        default: break
        }
        let (slot, generation) = Self.parts(of: event.data.u64)
        guard slots[slot].generation == generation, let handler = slots[slot].handler else { return }
        handler.descriptorIsReady(Readiness(rawValue: event.events))
    }

    private func perform(_ work: ReactorExecutor.Work) {
        switch work {
        case .job(let job): job.runSynchronously(on: ReactorExecutor.shared.asUnownedSerialExecutor())
        case .call(let body): body()
        }
    }

    private func finishIteration() {
        // A collector may call upon another one: those are served in the same turn.
        var next = 0
        while next < iterationEndHandlers.count {
            iterationEndHandlers[next].iterationEnded()
            next += 1
        }
        iterationEndHandlers.removeAll(keepingCapacity: true)
    }
}

/// Watching descriptors.
extension EventLoop {
    /// A descriptor that is being watched. The watch must be ended before its descriptor is closed.
    package struct Watch: Sendable {
        fileprivate let descriptor: Int32
        fileprivate let key: UInt64
    }

    package func watch(
        _ descriptor: Int32, for interest: Readiness, handler: any DescriptorHandler
    ) throws(SystemError) -> Watch {
        let slot = freeSlots.popLast() ?? addSlot()
        let key = Self.key(slot: slot, generation: slots[Int(slot)].generation)
        var event = epoll_event(events: interest.rawValue, data: epoll_data_t(u64: key))
        guard epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
            freeSlots.append(slot)
            throw SystemError("epoll_ctl")
        }
        slots[Int(slot)].handler = handler
        return Watch(descriptor: descriptor, key: key)
    }

    package func change(_ watch: Watch, to interest: Readiness) {
        var event = epoll_event(events: interest.rawValue, data: epoll_data_t(u64: watch.key))
        epoll_ctl(epoll, EPOLL_CTL_MOD, watch.descriptor, &event)
    }

    package func unwatch(_ watch: Watch) {
        let (slot, generation) = Self.parts(of: watch.key)
        guard slots[slot].generation == generation else { return }
        epoll_ctl(epoll, EPOLL_CTL_DEL, watch.descriptor, nil)
        slots[slot].handler = nil
        slots[slot].generation &+= 1
        freeSlots.append(UInt32(slot))
    }

    private func addSlot() -> UInt32 {
        slots.append(Slot())
        return UInt32(slots.count - 1)
    }

    private static let wakeUpKey = UInt64.max
    private static let wakeUpTimerKey = UInt64.max - 1

    /// Reads how often an eventfd was written or a timer has expired, so that it is no longer ready.
    private static func drain(_ descriptor: Int32) {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout.size(ofValue: count))
    }

    private static func key(slot: UInt32, generation: UInt32) -> UInt64 {
        UInt64(generation) << 32 | UInt64(slot)
    }

    private static func parts(of key: UInt64) -> (slot: Int, generation: UInt32) {
        (Int(key & 0xffff_ffff), UInt32(key >> 32))
    }
}
