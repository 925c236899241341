import Clocks
import Reactor

/// Delivers outputs in order, and the error of a closed channel last. Outputs that a callback adds are delivered after it
/// has returned.
@ReactorActor
final class DeliveryQueue<Output> {
    private let onOutput: (Output) -> Void
    private let onClose: (LinkError) -> Void
    private var outputs: [Output] = []
    private var isDelivering = false
    private var closeError: LinkError?

    init(onOutput: @escaping @ReactorActor (Output) -> Void, onClose: @escaping @ReactorActor (LinkError) -> Void) {
        self.onOutput = onOutput
        self.onClose = onClose
    }

    func append(_ output: Output) {
        outputs.append(output)
    }

    func close(_ error: LinkError) {
        closeError = error
        deliver()
    }

    func deliver() {
        guard !isDelivering else { return }
        isDelivering = true
        var next = 0
        while next < outputs.count {
            onOutput(outputs[next])
            next += 1
        }
        outputs.removeAll(keepingCapacity: true)
        isDelivering = false
        guard let closeError else { return }
        self.closeError = nil
        onClose(closeError)
    }
}

/// A timer for a deadline that may move: it fires at the earliest one scheduled, after which the owner schedules again.
@ReactorActor
final class DeadlineTimer {
    var onDeadline: () -> Void = {}
    private let timers: TimerQueue
    private var pending: (deadline: MonotonicTime, token: TimerQueue.Token)?

    init(_ timers: TimerQueue) {
        self.timers = timers
    }

    func schedule(at deadline: MonotonicTime) {
        if let pending, pending.deadline <= deadline, pending.deadline > timers.now { return }
        cancel()
        let token = timers.at(deadline) { [weak self] in
            self?.pending = nil
            self?.onDeadline()
        }
        pending = (deadline, token)
    }

    func cancel() {
        if let pending { timers.cancel(pending.token) }
        pending = nil
    }
}
