import Clocks

/// What can go wrong with a heart board, and is worth having go wrong on purpose.
package enum HeartBoardFault: Hashable, Sendable {
    /// No finger on the sensor: the board goes on sending the last rate it had.
    case fingerLifted
    /// The wireless network is gone: the board blocks in reconnecting and sends nothing.
    case dropOut
    /// A board with edited firmware sends a rate that no heart has.
    case outOfRange
    /// The board starts again: its clock begins at zero and its beats are forgotten.
    case reboot
    case malformed(Malformation)

    /// How a datagram can be broken.
    package enum Malformation: String, Hashable, Sendable, CaseIterable {
        case truncated
        case terminatedByNUL = "nul-terminated"
        case twoObjects = "two-objects"
        case userOfWrongType = "user-of-wrong-type"
        case rateOfWrongType = "rate-of-wrong-type"
        case rateMissing = "rate-missing"
        case rateNotANumber = "rate-not-a-number"
        case notUTF8 = "not-utf8"
        case commaSeparated = "comma-separated"
        case empty
    }
}

/// A fault at a set time: what, when after the board was switched on, and for how long.
package struct ScheduledHeartBoardFault: Hashable, Sendable {
    package let fault: HeartBoardFault
    package let start: Nanoseconds
    package let duration: Nanoseconds

    package init(_ fault: HeartBoardFault, at start: Nanoseconds, for duration: Nanoseconds) {
        self.fault = fault
        self.start = start
        self.duration = duration
    }

    func isActive(at time: Nanoseconds) -> Bool {
        time >= start && time < start + duration
    }
}

/// The kinds of fault that may come by chance, by the names that the command line knows.
package enum HeartBoardFaultKind: String, Hashable, Sendable, CaseIterable {
    case finger
    case range
    case dropout
    case reboot
    case malformed

    /// How likely it is to begin with a reading: what concerns the board goes by time, what concerns single datagrams
    /// by their number.
    func probability(within interval: Nanoseconds) -> Double {
        switch self {
        case .finger: interval.inSeconds / 45
        case .dropout: interval.inSeconds / 60
        case .reboot: interval.inSeconds / 180
        case .range: 1.0 / 40
        case .malformed: 1.0 / 25
        }
    }

    /// A fault of this kind that begins at `start`. What concerns single datagrams is over before the next one.
    func fault(at start: Nanoseconds, random: inout SeededRandom) -> ScheduledHeartBoardFault {
        let instant = Nanoseconds.milliseconds(1)
        switch self {
        case .finger:
            let seconds = Double.random(in: 1.5...10, using: &random)
            return ScheduledHeartBoardFault(.fingerLifted, at: start, for: Nanoseconds(seconds: seconds))
        case .range:
            return ScheduledHeartBoardFault(.outOfRange, at: start, for: instant)
        case .dropout:
            let seconds = Double.random(in: 1...8, using: &random)
            return ScheduledHeartBoardFault(.dropOut, at: start, for: Nanoseconds(seconds: seconds))
        case .reboot:
            return ScheduledHeartBoardFault(.reboot, at: start, for: instant)
        case .malformed:
            let kind = HeartBoardFault.Malformation.allCases.randomElement(using: &random) ?? .truncated
            return ScheduledHeartBoardFault(.malformed(kind), at: start, for: instant)
        }
    }
}
