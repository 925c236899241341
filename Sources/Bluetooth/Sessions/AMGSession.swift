import Clocks
import Devices
import Events

/// The session of an AMG Commander: reports the events of a string, pushed by the timer or polled; sends commands at
/// the pace it can process; and recovers shots that were missed while the link was down.
package struct AMGSession: DeviceSession {
    package enum Output: Hashable, Sendable {
        case sessionEvent(SessionEvent)
        /// Every decoded message of the timer.
        case reading(AMGReading)
        /// An event, reported once. `string` is the timer's string number, if known; `frame` holds the bytes that
        /// reported it, empty if it was inferred or spread over several packets.
        case action(TimerEvent.Action, string: Int?, TimerReportSource, frame: [UInt8])
        case pushState(AMGPushState)
        case unanswered(AMGCommand)
    }

    package var core = SessionCore(
        SetupPlan(
            mtu: nil, service: BluetoothUUID(high: 0x6E40_0001_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E),
            required: [notifyCharacteristic, commandCharacteristic], optional: [SetupPlan.batteryLevel]))
    private var decoder = AMGDecoder()
    private var commands = AMGCommandQueue()
    private var record = AMGStringRecord()
    private var pushDetector = AMGPushDetector()
    /// The bytes of the current packet, if it is a complete message.
    private var frame: [UInt8] = []
    /// When an incomplete list counts as complete.
    private var listEnd: MonotonicTime?
    /// When to request the shot list, and the number of requests so far.
    private var repair: (due: MonotonicTime, attempts: Int)?

    private static let notifyCharacteristic = BluetoothUUID(high: 0x6E40_0003_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
    private static let commandCharacteristic = BluetoothUUID(high: 0x6E40_0002_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
    /// The delay after a stop before the timer can process a request, and between two requests.
    static let repairDelay = Nanoseconds.milliseconds(250)
    static let repairTimeout = Nanoseconds.seconds(2)
    static let repairAttempts = 3

    package init() {}

    package static func output(_ event: SessionEvent) -> Output { .sessionEvent(event) }

    package var pushState: AMGPushState { pushDetector.state }
    package var counters: DecoderCounters { decoder.counters }

    /// Queues a command. It is sent when the timer can process it.
    package mutating func perform(_ command: DeviceCommand) throws(SessionCommandError) {
        guard case .timer(let command) = command else { throw .unsupported }
        guard core.isReady else { throw .notConnected }
        // The screen may show a vendor-specific state. Then the timer decides.
        guard !command.needsStoppedTimer || !record.isRunning || pushDetector.showsUnknownState else {
            throw .stringIsRunning
        }
        try commands.add(command)
    }

    package var ownDeadline: MonotonicTime? {
        guard core.isReady else { return nil }
        return [listEnd, repair?.due, pushDetector.nextPoll, commands.deadline].compactMap(\.self).min()
    }

    package mutating func handle(_ event: SessionCore.Event, at now: MonotonicTime, _ emit: (Output) -> Void) {
        switch event {
        case .sessionEvent: break
        case .ready:
            pushDetector.linkOpened(at: now)
            core.read(SetupPlan.batteryLevel)
            guard record.hasData else { return }
            // Find out what was missed: the screen shows if the string is still running, the list has its shots.
            try? commands.add(.requestScreen)
            repair = (now, 0)
        case .value(SetupPlan.batteryLevel, let value):
            if let percent = value.first, value.count == 1, percent <= 100 {
                emit(.sessionEvent(.battery(Int(percent))))
            }
        case .value(_, let value):
            var readings: [AMGReading] = []
            frame = decoder.pendingByteCount == 0 ? Array(value) : []
            defer { frame = [] }
            decoder.feed(value) { readings.append($0) }
            listEnd = decoder.pendingByteCount > 0 ? now + AMGDecoder.listTimeout : nil
            for reading in readings { handle(reading, at: now, emit) }
        }
    }

    package mutating func performDueActions(at now: MonotonicTime, _ emit: (Output) -> Void) {
        guard core.isReady else { return }
        if let listEnd, now >= listEnd {
            self.listEnd = nil
            var readings: [AMGReading] = []
            decoder.flush { readings.append($0) }
            for reading in readings { handle(reading, at: now, emit) }
        }
        requestList(at: now, emit)
        if let poll = pushDetector.nextPoll, now >= poll {
            try? commands.add(.requestScreen)
            pushDetector.polled(at: now)
        }
        while let bytes = commands.next(at: now) { _ = core.write(bytes, to: Self.commandCharacteristic) }
    }

    package mutating func linkDidClose(at now: MonotonicTime, _ emit: (Output) -> Void) {
        decoder.flush { _ in }
        commands.clear()
        pushDetector.linkClosed()
        (listEnd, repair) = (nil, nil)
    }

    private mutating func requestList(at now: MonotonicTime, _ emit: (Output) -> Void) {
        guard let repair, now >= repair.due else { return }
        guard repair.attempts < Self.repairAttempts else {
            self.repair = nil
            return emit(.unanswered(.requestString))
        }
        try? commands.add(.requestString)
        self.repair = (now + Self.repairTimeout, repair.attempts + 1)
    }
}

extension AMGSession {
    private mutating func handle(_ reading: AMGReading, at now: MonotonicTime, _ emit: (Output) -> Void) {
        emit(.reading(reading))
        switch reading {
        case .push(let push):
            if pushDetector.receivedPush() { emit(.pushState(.on)) }
            handle(push, at: now, emit)
        case .screen(let screen):
            if pushDetector.update(screen) { emit(.pushState(.off)) }
            handle(screen, at: now, emit)
            pushDetector.polled(at: now)
        case .list(let list): handle(list, emit)
        case .text, .rejected: break
        }
    }

    private mutating func handle(_ push: AMGPush, at now: MonotonicTime, _ emit: (Output) -> Void) {
        guard let action = push.action else { return }
        if push.status.state == .started {
            record.begin(number: push.string)
            repair = nil
        } else if record.number != push.string {
            // The start was missed; everything else can still be reported.
            record.begin(number: push.string)
            emit(.action(.started, string: push.string, .repaired, frame: []))
        }
        switch push.status.state {
        case .shot:
            guard record.addShot(push.status.shot, at: push.status.time) else { return }
        case .stopped:
            guard record.isRunning else { return }
            record.end(total: push.status.total)
            if !record.isComplete { repair = (now + Self.repairDelay, 0) }
        case .started, .other: break
        }
        emit(.action(action, string: push.string, .pushed, frame: frame))
    }

    /// A polled screen. If the timer pushes, the screen is requested only after a link was down, to find out whether
    /// the string has ended.
    private mutating func handle(_ screen: AMGStatus, at now: MonotonicTime, _ emit: (Output) -> Void) {
        let source = pushDetector.state == .on ? TimerReportSource.repaired : .polled
        let isSame = record.canContinue(total: screen.total, first: screen.first)
        if pushDetector.state == .off, !record.isRunning || !isSame {
            // A finished string that was reported has nothing new; one that ran between two polls has.
            guard screen.isRunning || !record.matches(total: screen.total, last: screen.last) else { return }
            record.begin(number: nil)
            emit(.action(.started, string: nil, source, frame: frame))
        } else if !isSame {
            // Another string. The list was requested as well and will report it.
            return
        }
        guard record.isRunning else { return }
        let shot = Shot(number: screen.shot, time: screen.time, split: screen.split, first: screen.first)
        if screen.total == record.count + 1, screen.shot == screen.total {
            _ = record.addShot(screen.shot, at: screen.time)
            emit(.action(.shot(shot), string: record.number, source, frame: frame))
        } else if screen.total > record.count, repair == nil {
            // The screen shows the last shot only; request the list for the others.
            repair = (now, 0)
        }
        guard screen.state == .stopped else { return }
        record.end(total: screen.total)
        if !record.isComplete, repair == nil { repair = (now, 0) }
        emit(.action(.stopped(last: screen.shot > 0 ? shot : nil), string: record.number, source, frame: frame))
    }

    private mutating func handle(_ list: AMGShotList, _ emit: (Output) -> Void) {
        repair = nil
        let source = pushDetector.state == .off ? TimerReportSource.polled : .repaired
        switch record.compare(list.times) {
        case .nothingNew: break
        case .missed(let shots):
            for shot in shots { emit(.action(.shot(shot), string: record.number, source, frame: frame)) }
        case .anotherString: emit(.action(list.action, string: nil, source, frame: frame))
        }
    }
}
