import Events

/// How long a timer's word takes until it arrives: what is believed of it before anything was heard.
///
/// Of a real timer, six shots of a string arrived within 44 ms of each other, of another within 52 ms, with deviations of
/// 18 and 22 ms; and what it shows is cut to hundredths. So an arrival is any time between `least` and `most` behind the
/// moment that the timer names, all of them alike, seldom later, and never earlier.
package struct ArrivalDelays: Hashable, Sendable {
    /// In milliseconds.
    package var least: Double
    package var most: Double

    package init(least: Double = 4, most: Double = 68) {
        self.least = least
        self.most = most
    }

    /// The timer is asked three times a second while a string runs.
    /// Later than that is out of the question as long as nothing better has been heard.
    func reach(isPushed: Bool) -> Double { isPushed ? most : most + Self.pollingInterval }

    private static let pollingInterval = 300.0
    private static let edge = 1.5
    private static let farEdge = 2.0

    /// The logarithm of how likely such a delay is, compared with the likeliest.
    func likelihood(of delay: Double, _ source: StatementSource) -> Double {
        if delay < least {
            let missing = (least - delay) / Self.edge
            return max(-0.5 * missing * missing, -40 - missing)
        }
        let late: Double
        switch source {
        case .pushed: late = delay - most
        case .polled: late = delay - most - Self.pollingInterval
        case .repaired: return 0
        }
        guard late > 0 else { return 0 }
        // Once in a while the air is busy for longer.
        return max(-0.5 * (late / Self.farEdge) * (late / Self.farEdge), -4 - late / 150)
    }
}
