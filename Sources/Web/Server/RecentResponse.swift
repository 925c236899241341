import Clocks
import Reactor

/// A response that takes long to make, so that it is not made more often than necessary: requests in quick succession
/// get the same one, at most `lifetime` old. Up to `burst` requests in advance get one of their own.
@ReactorActor
package final class RecentResponse {
    private let make: () -> HTTPResponse
    private var latest: HTTPResponse?
    /// How many responses may still be made, as of `counted`.
    private var allowance: Int
    private var counted: MonotonicTime

    static let lifetime = Nanoseconds.milliseconds(50)
    static let burst = 20

    package init(at now: MonotonicTime, _ make: @escaping @ReactorActor () -> HTTPResponse) {
        self.make = make
        allowance = Self.burst
        counted = now
    }

    package func response(at now: MonotonicTime) -> HTTPResponse {
        let earned = (now - counted).count / Self.lifetime.count
        if earned > 0 {
            allowance = min(Self.burst, allowance + Int(clamping: earned))
            counted = now
        }
        if allowance == 0, let latest { return latest }
        allowance -= 1
        let response = make()
        latest = response
        return response
    }
}
