import Clocks

/// The gateway's time was set: times since the machine's boot were wrong until then.
package struct ClockEvent: Hashable, Sendable {
    package let source: ClockSource
    /// By how much the time moved.
    package let shift: Nanoseconds
    /// The number of runs whose times were corrected.
    package let runs: Int

    package init(source: ClockSource, shift: Nanoseconds, runs: Int) {
        self.source = source
        self.shift = shift
        self.runs = runs
    }

    /// The name in client messages.
    package static let name: StaticString = "clock_set"

    /// A sentence for people, without a full stop.
    package var message: String {
        let who =
            switch source {
            case .phone: "from a device that opened the console"
            case .synchronised: "by a time server"
            case .machine, .unset, .unconfirmed: "on this machine"
            }
        let corrected = runs == 1 ? "one run" : "\(runs) runs"
        let seconds = abs(shift.inSeconds)
        let amount =
            seconds < 120
            ? "\(Int(seconds.rounded())) s"
            : seconds < 7_200
                ? "\(Int((seconds / 60).rounded())) min"
                : seconds < 172_800
                    ? "\(Int((seconds / 3_600).rounded())) h" : "\(Int((seconds / 86_400).rounded())) days"
        let direction = shift < .zero ? "back" : "forward"
        return "The clock was set \(who), \(amount) \(direction); the times of \(corrected) were corrected"
    }
}
