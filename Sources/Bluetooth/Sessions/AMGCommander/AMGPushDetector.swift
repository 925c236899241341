import Clocks
import Devices

/// Whether the timer says things by itself.
package enum AMGPushState: String, CaseIterable, Sendable {
    /// Nothing has happened yet that it could have told.
    case unknown
    case on
    /// Its "BLE push" setting is off, as it is when the timer is new: it has to be asked all the time.
    case off
}

/// Finds out whether the timer pushes: asks now and then what it shows, and when that has changed without a word, it does
/// not. Then it is asked often enough that nobody notices.
struct AMGPushDetector: Sendable {
    static let unknownInterval = Nanoseconds.seconds(5)
    static let idleInterval = Nanoseconds.seconds(1)
    static let runningInterval = Nanoseconds.milliseconds(300)

    private(set) var state = AMGPushState.unknown
    private(set) var nextPoll: MonotonicTime?
    private var last: AMGScreen?

    /// Whether the latest screen leaves open if a string runs.
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

    /// True when that is news.
    mutating func receivedPush() -> Bool {
        nextPoll = nil
        defer { state = .on }
        return state != .on
    }

    /// It has been asked; when again?
    mutating func polled(at now: MonotonicTime) {
        let interval =
            switch state {
            case .on: Nanoseconds?.none
            case .unknown: Self.unknownInterval
            case .off: last.map(\.isRunning) ?? false ? Self.runningInterval : Self.idleInterval
            }
        nextPoll = interval.map { now + $0 }
    }

    /// True when it has given away that it does not push.
    mutating func update(_ screen: AMGScreen) -> Bool {
        defer { last = screen }
        guard state == .unknown, let last else { return false }
        guard screen.state != last.state || screen.total != last.total || screen.time != last.time else { return false }
        state = .off
        return true
    }
}

extension AMGScreen {
    /// Between the beep and the stop.
    var isRunning: Bool { state == .started || state == .shot }
}
