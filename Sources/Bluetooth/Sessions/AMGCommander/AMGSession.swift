import Clocks
import Devices
import Events

/// A session with an AMG Commander: what happens on the range, told by the timer or, when it does not, asked of it; commands
/// at the pace it can take; and shots that were missed while the link was down, asked for afterwards.
package struct AMGSession: DeviceSession {
    /// How it was learnt what happened.
    package enum Source: String, CaseIterable, Sendable {
        /// The timer said so when it happened.
        case pushed
        /// It was seen on the timer's screen a little later.
        case polled
        /// It was asked for afterwards, because it had been missed.
        case repaired
    }

    package enum Output: Hashable, Sendable {
        case sessionEvent(SessionEvent)
        /// Whatever the timer says, as it says it.
        case reading(AMGReading)
        /// What it means, each thing once. With it the timer's own count of strings, where that is known, and the bytes
        /// in which the timer said so; none when it was concluded, or said in several packets.
        case action(TimerEvent.Action, string: Int?, Source, frame: [UInt8])
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
    /// The packet that is being taken, as far as it says something by itself.
    private var frame: [UInt8] = []
    /// When what has come of a list is all of it.
    private var listEnd: MonotonicTime?
    /// When to ask for the list, and how often yet.
    private var repair: (due: MonotonicTime, attempts: Int)?

    private static let notifyCharacteristic = BluetoothUUID(high: 0x6E40_0003_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
    private static let commandCharacteristic = BluetoothUUID(high: 0x6E40_0002_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
    /// From the stop until the timer has time for a question; and from one question to the next.
    static let repairDelay = Nanoseconds.milliseconds(250)
    static let repairTimeout = Nanoseconds.seconds(2)
    static let repairAttempts = 3

    package init() {}

    package static func output(_ notice: SessionEvent) -> Output { .sessionEvent(notice) }

    package var pushState: AMGPushState { pushDetector.state }
    package var counters: DecoderCounters { decoder.counters }

    /// Passes a command on; it is sent when the timer can take it.
    package mutating func command(_ command: AMGCommand) throws(AMGCommandError) {
        guard core.isReady else { throw .notConnected }
        // The only screen that the vendor shows has a state of its own; then nobody knows, and the timer may decide.
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
            // What has happened meanwhile? The screen tells whether the string still runs, the list which shots there were.
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

/// What the timer says.
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
        if push.state == .started {
            record.begin(number: push.string)
            repair = nil
        } else if record.number != push.string {
            // Its beginning was missed. All else can still be told.
            record.begin(number: push.string)
            emit(.action(.started, string: push.string, .repaired, frame: []))
        }
        switch push.state {
        case .shot:
            guard record.addShot(push.shot, at: push.time) else { return }
        case .stopped:
            guard record.isRunning else { return }
            record.end(total: push.total)
            if !record.isComplete { repair = (now + Self.repairDelay, 0) }
        case .started, .other: break
        }
        emit(.action(action, string: push.string, .pushed, frame: frame))
    }

    /// A screen says less than a push, and comes only when asked for. While the timer pushes it is asked for after a link
    /// was lost; then it tells whether the string has ended.
    private mutating func handle(_ screen: AMGScreen, at now: MonotonicTime, _ emit: (Output) -> Void) {
        let source = pushDetector.state == .on ? Source.repaired : .polled
        let isSame = record.canContinue(total: screen.total, first: screen.first)
        if pushDetector.state == .off, !record.isRunning || !isSame {
            // A string that is over and was told has nothing new; one that came and went between two questions has.
            guard screen.isRunning || !record.matches(total: screen.total, last: screen.last) else { return }
            record.begin(number: nil)
            emit(.action(.started, string: nil, source, frame: frame))
        } else if !isSame {
            // Another string. The list, which has been asked for as well, will tell.
            return
        }
        guard record.isRunning else { return }
        let shot = Shot(number: screen.shot, time: screen.time, split: screen.split, first: screen.first)
        if screen.total == record.count + 1, screen.shot == screen.total {
            _ = record.addShot(screen.shot, at: screen.time)
            emit(.action(.shot(shot), string: record.number, source, frame: frame))
        } else if screen.total > record.count, repair == nil {
            // The last shot is on the screen; of others only the list tells.
            repair = (now, 0)
        }
        guard screen.state == .stopped else { return }
        record.end(total: screen.total)
        if !record.isComplete, repair == nil { repair = (now, 0) }
        emit(.action(.stopped(last: screen.shot > 0 ? shot : nil), string: record.number, source, frame: frame))
    }

    private mutating func handle(_ list: AMGShotList, _ emit: (Output) -> Void) {
        repair = nil
        let source = pushDetector.state == .off ? Source.polled : .repaired
        switch record.compare(list.times) {
        case .nothingNew: break
        case .missed(let shots):
            for shot in shots { emit(.action(.shot(shot), string: record.number, source, frame: frame)) }
        case .anotherString: emit(.action(list.action, string: nil, source, frame: frame))
        }
    }
}
