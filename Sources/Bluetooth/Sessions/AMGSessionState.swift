import Clocks
import Devices
import Events

/// The commands waiting for the timer, which needs a pause after each.
struct AMGCommandQueue: Sendable {
    static let capacity = 16

    private var waiting: [[UInt8]] = []
    /// The earliest time of the next command.
    private var earliest: MonotonicTime?

    var isEmpty: Bool { waiting.isEmpty }

    var deadline: MonotonicTime? { waiting.isEmpty ? nil : earliest }

    mutating func add(_ command: AMGCommand) throws(SessionCommandError) {
        let bytes: [UInt8]
        do throws(DeviceCommandError) { bytes = try command.bytes() } catch { throw .invalidValue(error) }
        // A query that is queued already need not be repeated.
        if waiting.contains(bytes), !command.needsStoppedTimer { return }
        guard waiting.count < Self.capacity else { throw .queueFull }
        waiting.append(bytes)
    }

    mutating func next(at now: MonotonicTime) -> [UInt8]? {
        guard !waiting.isEmpty, earliest.map({ now >= $0 }) ?? true else { return nil }
        earliest = now + AMGCommand.spacing
        return waiting.removeFirst()
    }

    /// The link is down: a command is not valid for a later link.
    mutating func clear() {
        self = Self()
    }
}

/// Whether the timer pushes its events.
package enum AMGPushState: String, CaseIterable, Sendable {
    /// No event so far.
    case unknown
    case on
    /// The timer's "BLE push" setting is off, the factory default, so it must be polled.
    case off
}

/// Detects whether the timer pushes its events: polls its screen at intervals, and if that changes without a push, push
/// is off. From then on it polls fast enough to miss nothing visible.
struct AMGPushDetector: Sendable {
    static let unknownInterval = Nanoseconds.seconds(5)
    static let idleInterval = Nanoseconds.seconds(1)
    static let runningInterval = Nanoseconds.milliseconds(300)

    private(set) var state = AMGPushState.unknown
    private(set) var nextPoll: MonotonicTime?
    private var last: AMGStatus?

    /// Whether the last screen does not say if a string is running.
    var showsUnknownState: Bool {
        guard state != .on, case .other = last?.state else { return false }
        return true
    }

    mutating func linkOpened(at now: MonotonicTime) {
        last = nil
        nextPoll = state == .on ? nil : now
    }

    mutating func linkClosed() {
        nextPoll = nil
    }

    /// Returns true if the state changed.
    mutating func receivedPush() -> Bool {
        nextPoll = nil
        defer { state = .on }
        return state != .on
    }

    /// Schedules the next poll.
    mutating func polled(at now: MonotonicTime) {
        let interval =
            switch state {
            case .on: Nanoseconds?.none
            case .unknown: Self.unknownInterval
            case .off: last.map(\.isRunning) ?? false ? Self.runningInterval : Self.idleInterval
            }
        nextPoll = interval.map { now + $0 }
    }

    /// Returns true if the screen shows that push is off.
    mutating func update(_ screen: AMGStatus) -> Bool {
        defer { last = screen }
        guard state == .unknown, let last else { return false }
        guard screen.state != last.state || screen.total != last.total || screen.time != last.time else { return false }
        state = .off
        return true
    }
}

extension AMGStatus {
    /// Between start and stop.
    var isRunning: Bool { state == .started || state == .shot }
}

/// The shots of the current string, and the ones that were missed.
struct AMGStringRecord: Sendable {
    /// What a complete shot list adds.
    enum Comparison: Hashable {
        case nothingNew
        case missed([Shot])
        /// The list belongs to another string, all of which was missed.
        case anotherString
    }

    static let maximumShots = 255

    /// The timer's string number, if known.
    private(set) var number: Int?
    private(set) var isRunning = false
    /// By shot number; nil for a shot that was missed.
    private var times: [Nanoseconds?] = []
    private var hasBegun = false

    var count: Int { times.count }
    /// Whether there is a string to compare with.
    var hasData: Bool { hasBegun }
    var isComplete: Bool { times.allSatisfy { $0 != nil } }

    mutating func begin(number: Int?) {
        self = Self()
        (self.number, isRunning, hasBegun) = (number, true, true)
    }

    /// `total` is the timer's shot count.
    mutating func end(total: Int) {
        isRunning = false
        grow(to: total)
    }

    /// Returns true if the shot is new.
    mutating func addShot(_ shot: Int, at time: Nanoseconds) -> Bool {
        guard 1...Self.maximumShots ~= shot else { return false }
        grow(to: shot)
        guard times[shot - 1] == nil else { return false }
        times[shot - 1] = time
        return true
    }

    /// Whether a screen with these values can be a later state of this string.
    func canContinue(total: Int, first: Nanoseconds) -> Bool {
        guard total >= count else { return false }
        return times.first.flatMap(\.self).map { $0 == first } ?? true
    }

    /// Whether a screen with these values shows exactly this string.
    func matches(total: Int, last: Nanoseconds) -> Bool {
        total == count && (times.last.flatMap(\.self).map { $0 == last } ?? true)
    }

    mutating func compare(_ list: [Nanoseconds]) -> Comparison {
        // The timer reports an empty list after it was switched off.
        guard !list.isEmpty else { return .nothingNew }
        let list = list.prefix(Self.maximumShots)
        guard hasBegun, zip(times, list).allSatisfy({ $0 == nil || $0 == $1 }) else {
            self = Self()
            (times, hasBegun) = (list.map { $0 }, true)
            return .anotherString
        }
        var missed: [Shot] = []
        for (place, time) in list.enumerated() where addShot(place + 1, at: time) {
            let split = place > 0 ? time - list[place - 1] : time
            missed.append(Shot(number: place + 1, time: time, split: split, first: list[0]))
        }
        return missed.isEmpty ? .nothingNew : .missed(missed)
    }

    private mutating func grow(to count: Int) {
        while times.count < min(count, Self.maximumShots) { times.append(nil) }
    }
}
