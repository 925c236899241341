import CLinux
import Clocks
import Glibc

/// An epoll loop. Each iteration waits for a ready descriptor, a due timer or work from another thread, processes all
/// of it, and then calls the end handlers, which send what was collected. It never polls.
@ReactorActor
package final class EventLoop {
    package static let shared = EventLoop()

    /// Real-time timers. Code that needs a simulated clock in tests takes a `TimerQueue` parameter instead.
    package let timers = TimerQueue(now: SystemClock.monotonic())

    /// Called after each iteration with its duration, from waking up to sleeping again.
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
        /// Counts the uses of the slot, so that a pending event for a previous user is recognised.
        var generation: UInt32 = 0
    }

    private init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(epoll >= 0 && ReactorExecutor.shared.wakeUp >= 0, "cannot create the event loop's descriptors")
        for (descriptor, key) in [
            (ReactorExecutor.shared.wakeUp, Self.wakeUpKey), (wakeUpTimer.descriptor, Self.wakeUpTimerKey),
        ] {
            var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: key))
            epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
        }
    }

    /// Ends `run` after the current iteration.
    package func stop() {
        isStopped = true
    }

    /// Calls the handler at the end of this iteration. Register a handler only once per iteration.
    package func callAtEndOfIteration(_ handler: any IterationEndHandler) {
        iterationEndHandlers.append(handler)
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
        // Due timers have been called at the beginning of this iteration.
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
        // An end handler may register another one, which runs in the same iteration.
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
    /// A watched descriptor. End the watch before closing the descriptor.
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

    /// Reads the counter of an eventfd or timerfd, so that it is no longer ready.
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

/// A timerfd that wakes the loop when the next timer is due. It is set once per deadline, whereas a timeout would be
/// passed to the kernel with every sleep.
@ReactorActor
final class WakeUpTimer {
    /// It lives as long as the process.
    let descriptor = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
    private var deadline: MonotonicTime?

    init() {
        precondition(descriptor >= 0, "cannot create the event loop's descriptors")
    }

    /// Expires at the deadline, at once if that has passed, and never if it is nil.
    func arm(for deadline: MonotonicTime?) {
        guard deadline != self.deadline else { return }
        self.deadline = deadline
        var setting = itimerspec()
        if let deadline {
            // Zero would disarm the timer.
            let nanoseconds = max(1, deadline.nanoseconds)
            setting.it_value.tv_sec = Int(nanoseconds / 1_000_000_000)
            setting.it_value.tv_nsec = Int(nanoseconds % 1_000_000_000)
        }
        timerfd_settime(descriptor, Int32(TFD_TIMER_ABSTIME), &setting, nil)
    }
}

/// The state of a descriptor, or the states to wait for.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let readable = Self(rawValue: EPOLLIN.rawValue)
    package static let writable = Self(rawValue: EPOLLOUT.rawValue)
    /// The peer has hung up, or an error is pending that the next call on the descriptor reports.
    package static let gone = Self(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
    /// The peer has finished writing; it may still read.
    package static let peerFinished = Self(rawValue: EPOLLRDHUP.rawValue)
}

/// Handles the events of a watched descriptor.
@ReactorActor
package protocol DescriptorHandler: AnyObject {
    func descriptorIsReady(_ readiness: Readiness)
}

/// Collects work during a loop iteration and performs it at the end.
@ReactorActor
package protocol IterationEndHandler: AnyObject {
    func iterationEnded()
}
