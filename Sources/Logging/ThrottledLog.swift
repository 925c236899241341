import Reactor

/// A log for what strangers can cause: each kind of trouble has a throttle of its own.
@ReactorActor
package final class ThrottledLog {
    private var throttles: [String: LogThrottle] = [:]
    private static let maximumKinds = 256

    package init() {}

    /// `kind` is a word of ours, never text from outside.
    package func warning(
        _ kind: String, _ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]
    ) {
        guard throttles[kind] != nil || throttles.count < Self.maximumKinds else { return }
        switch throttles[kind, default: LogThrottle()].decide(at: EventLoop.shared.timers.now) {
        case .suppress: break
        case .log(suppressed: 0): Log.warning(message(), fields)
        case .log(let suppressed): Log.warning("\(message()) (and \(suppressed) like it before)", fields)
        }
    }
}
