import Clocks
import Reactor

/// A log for events that remote peers can cause: each kind of message has its own throttle.
@ReactorActor
package final class ThrottledLog {
    private var throttles: [String: LogThrottle] = [:]
    private static let maximumKinds = 256

    package init() {}

    /// `kind` is a constant of the program, never external text.
    package func warning(
        _ kind: String, _ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]
    ) {
        if let text = passing(kind, message) { Log.warning(text, fields) }
    }

    package func info(
        _ kind: String, _ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]
    ) {
        if let text = passing(kind, message) { Log.info(text, fields) }
    }

    /// The text to log; nil if this message is suppressed.
    private func passing(_ kind: String, _ message: () -> String) -> String? {
        guard throttles[kind] != nil || throttles.count < Self.maximumKinds else { return nil }
        switch throttles[kind, default: LogThrottle()].decide(at: EventLoop.shared.timers.now) {
        case .suppress: return nil
        case .log(suppressed: 0): return message()
        case .log(let suppressed): return "\(message()) (\(suppressed) similar messages suppressed)"
        }
    }
}

/// Passes a few messages of a kind per period and counts the rest, so that a flood of bad input does not flood the log.
package struct LogThrottle: Sendable {
    package enum Decision: Equatable, Sendable {
        /// Log the message, with the number of messages suppressed since the previous one.
        case log(suppressed: Int)
        case suppress
    }

    private let burst: Int
    private let period: Nanoseconds
    private var periodBegan: MonotonicTime?
    private var logged = 0
    private var suppressed = 0

    package init(burst: Int = 3, every period: Nanoseconds = .seconds(10)) {
        self.burst = burst
        self.period = period
    }

    package mutating func decide(at now: MonotonicTime) -> Decision {
        if let began = periodBegan, now - began < period {
            guard logged < burst else {
                suppressed += 1
                return .suppress
            }
        } else {
            periodBegan = now
            logged = 0
        }
        logged += 1
        defer { suppressed = 0 }
        return .log(suppressed: suppressed)
    }
}
