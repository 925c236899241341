import Clocks
import Devices

/// A fault of a virtual heart board.
package enum HeartBoardFault: Hashable, Sendable {
    /// No finger on the sensor: the board keeps sending the last rate.
    case fingerLifted
    /// The wireless network is lost: the board blocks while reconnecting and sends nothing.
    case dropOut
    /// The board sends an impossible rate, as modified firmware may do.
    case outOfRange
    /// The board restarts: its clock begins at zero and its beats are cleared.
    case reboot
    case malformed(Malformation)

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

package typealias ScheduledHeartBoardFault = ScheduledFault<HeartBoardFault>

/// The kinds of random faults, with their names on the command line.
package enum HeartBoardFaultKind: String, Hashable, Sendable, CaseIterable {
    case finger
    case range
    case dropout
    case reboot
    case malformed

    /// The probability that a fault starts at a reading. Faults of the board depend on time, those of single datagrams do
    /// not.
    func probability(within interval: Nanoseconds) -> Double {
        switch self {
        case .finger: interval.inSeconds / 45
        case .dropout: interval.inSeconds / 60
        case .reboot: interval.inSeconds / 180
        case .range: 1.0 / 40
        case .malformed: 1.0 / 25
        }
    }

    /// A fault of this kind that begins at `start`. Faults of single datagrams end before the next one.
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

extension HeartBoardDriver: SimulatedDriver {
    package var faults: [SimulatedFault] { [.finger, .range, .dropout, .reboot, .malformed] }

    package func makeSource(_ device: SimulatedDevice, _ schedule: FaultSchedule) -> any DeliverySource {
        let script = schedule.script.compactMap { planned in
            Self.boardFault(planned.fault).map {
                ScheduledHeartBoardFault($0, at: planned.start, for: planned.duration)
            }
        }
        let kinds = Set(device.faults.compactMap { HeartBoardFaultKind(rawValue: $0.name) })
        let board = VirtualHeartBoard(user: 1, seed: device.seed, script: script, randomFaults: kinds)
        return device.variant == "serial" ? HeartSerialSource(board) : HeartDatagramSource(board)
    }

    private static func boardFault(_ fault: SimulatedFault) -> HeartBoardFault? {
        switch fault {
        case .finger: .fingerLifted
        case .range: .outOfRange
        case .dropout: .dropOut
        case .reboot: .reboot
        case .malformed: .malformed(.truncated)
        default: nil
        }
    }
}

extension SimulatedFault {
    package static let finger = SimulatedFault("finger", "the finger is lifted", sequence: 15)
    package static let range = SimulatedFault("range", "the rate is impossible", sequence: 16)
    package static let dropout = SimulatedFault(
        "dropout", "the wireless network is lost for some seconds", sequence: 17)
    package static let reboot = SimulatedFault(
        "reboot", "the board restarts, and its clock starts again", sequence: 18)
    package static let malformed = SimulatedFault("malformed", "a message is malformed", sequence: 19)
}
