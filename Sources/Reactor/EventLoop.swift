import CLinux
import Clocks
import Glibc

/// An epoll loop. Each iteration waits for a ready descriptor, a due timer or work from another thread, processes it,
/// and then calls the end handlers, which send what was collected. It never polls.
///
/// Work from other threads and the work of clients are limited in time: what exceeds the limit is done in the next
/// iterations, after the timers and devices that have become ready meanwhile.
@ReactorActor
package final class EventLoop {
    package static let shared = EventLoop()

    /// Real-time timers. Code that needs a simulated clock in tests takes a `TimerQueue` parameter instead.
    package let timers = TimerQueue(now: SystemClock.monotonic())

    /// Called after each iteration with its duration, from waking up to sleeping again.
    package var onIteration: ((Nanoseconds) -> Void)?

    /// The work of clients.
    package let workQueue = WorkQueue()

    private let epoll: Int32
    /// The descriptors of clients. The loop watches it like a single descriptor, so that thousands of ready clients do
    /// not delay a ready device.
    private let clientEpoll: Int32
    private var clientEvents = [epoll_event](repeating: epoll_event(), count: 256)
    private var mustPollClients = false
    private let wakeUpTimer = WakeUpTimer()
    private var slots: [Slot] = []
    private var freeSlots: [UInt32] = []
    private var batch: [ReactorExecutor.Work] = []
    private var iterationEndHandlers: [any IterationEndHandler] = []
    private var isStopped = false

    /// How long an iteration spends on work from other threads, and how long on the work of clients.
    private static let workLimit = Nanoseconds.milliseconds(1)

    private struct Slot {
        var handler: (any DescriptorHandler)?
        /// Counts the uses of the slot, so that a pending event for a previous user is recognised.
        var generation: UInt32 = 0
    }

    private init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        clientEpoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(
            epoll >= 0 && clientEpoll >= 0 && ReactorExecutor.shared.wakeUp >= 0,
            "cannot create the event loop's descriptors")
        for (descriptor, key) in [
            (ReactorExecutor.shared.wakeUp, Self.wakeUpKey), (wakeUpTimer.descriptor, Self.wakeUpTimerKey),
            (clientEpoll, Self.clientsKey),
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
            ReactorExecutor.shared.drain(into: &batch, willSleep: workQueue.isEmpty)
            wakeUpTimer.arm(for: timers.nextDeadline)
            let timeout: Int32 = batch.isEmpty && workQueue.isEmpty ? -1 : 0
            let ready = Int(max(0, epoll_wait(epoll, &events, Int32(events.count), timeout)))
            ReactorExecutor.shared.drain(into: &batch, willSleep: false)
            let woken = SystemClock.monotonic()
            timers.advance(to: woken)
            for index in 0..<ready { dispatch(events[index]) }
            performBatch()
            workQueue.run(for: Self.workLimit)
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
        case Self.clientsKey: return pollClientsLater()
        default: break
        }
        let (slot, generation) = Self.parts(of: event.data.u64)
        guard slots[slot].generation == generation, let handler = slots[slot].handler else { return }
        handler.descriptorIsReady(Readiness(rawValue: event.events))
    }

    /// Performs work from other threads in order, for a limited time.
    private func performBatch() {
        guard !batch.isEmpty else { return }
        let end = SystemClock.monotonic() + Self.workLimit
        var count = 0
        repeat {
            perform(batch[count])
            count += 1
        } while count < batch.count && SystemClock.monotonic() < end
        batch.removeFirst(count)
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

/// The descriptors of clients: found ready in fair order with the work of the clients found before.
extension EventLoop: QueuedWorker {
    private func pollClientsLater() {
        guard !mustPollClients else { return }
        mustPollClients = true
        workQueue.add(self)
    }

    package func performShare() {
        mustPollClients = false
        let ready = Int(max(0, epoll_wait(clientEpoll, &clientEvents, Int32(clientEvents.count), 0)))
        for index in 0..<ready { dispatch(clientEvents[index]) }
    }
}

/// Watching descriptors.
extension EventLoop {
    /// Which of the ready descriptors is served first.
    package enum Priority: Hashable, Sendable {
        /// In every iteration, before all work of clients.
        case device
        /// In fair order, see `WorkQueue`.
        case client
    }

    /// A watched descriptor. End the watch before closing the descriptor.
    package struct Watch: Sendable {
        fileprivate let epoll: Int32
        fileprivate let descriptor: Int32
        fileprivate let key: UInt64
    }

    package func watch(
        _ descriptor: Int32, for interest: Readiness, priority: Priority = .device, handler: any DescriptorHandler
    ) throws(SystemError) -> Watch {
        let epoll = priority == .client ? clientEpoll : epoll
        let slot = freeSlots.popLast() ?? addSlot()
        let key = Self.key(slot: slot, generation: slots[Int(slot)].generation)
        var event = epoll_event(events: interest.rawValue, data: epoll_data_t(u64: key))
        guard epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
            freeSlots.append(slot)
            throw SystemError("epoll_ctl")
        }
        slots[Int(slot)].handler = handler
        return Watch(epoll: epoll, descriptor: descriptor, key: key)
    }

    package func change(_ watch: Watch, to interest: Readiness) {
        var event = epoll_event(events: interest.rawValue, data: epoll_data_t(u64: watch.key))
        epoll_ctl(watch.epoll, EPOLL_CTL_MOD, watch.descriptor, &event)
    }

    package func unwatch(_ watch: Watch) {
        let (slot, generation) = Self.parts(of: watch.key)
        guard slots[slot].generation == generation else { return }
        epoll_ctl(watch.epoll, EPOLL_CTL_DEL, watch.descriptor, nil)
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
    private static let clientsKey = UInt64.max - 2

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
    /// Reading finds data, the end or an error. Unlike an array literal, this costs nothing in other modules.
    package static let worthReading = Self(rawValue: EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue)
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
