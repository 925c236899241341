import Bluetooth
import Clocks
import Events
import Signals

/// Something that runs are made of. The inputs of a run that is under way are kept, so that it can be made again after a
/// restart: the tracker comes to the same run from the same inputs.
package enum RangeInput: Hashable, Sendable {
    case timerReport(DeviceID, TimerEvent.Action, string: Int?, TimerReportSource)
    case timerReady(DeviceID)
    case timerDisconnected(DeviceID)
    case impact(RunImpact)
    case runNamed(RunID, RunNames)
    /// What the next run is called, and its number: the first input of all.
    case upcomingNames(RunNames, next: Int)
}

/// An input and when it came, as it is kept.
package struct PersistedRunInput: Hashable, Sendable {
    package let input: RangeInput
    package let moment: Moment

    package init(input: RangeInput, moment: Moment) {
        self.input = input
        self.moment = moment
    }

    /// On a machine that was started anew meanwhile the monotonic clock counts from another zero. Then the wall clock
    /// tells how long ago it was.
    package func rebased(to now: Moment) -> PersistedRunInput {
        let ago = now.wall - moment.wall
        let drift = (now.monotonic - moment.monotonic) - ago
        guard abs(drift.count) > Self.maximumDrift.count else { return self }
        let monotonic = now.monotonic - max(ago, .zero)
        guard case .impact(let impact) = input else {
            return PersistedRunInput(input: input, moment: Moment(monotonic: monotonic, wall: moment.wall))
        }
        let age: Nanoseconds = moment.monotonic - impact.onset
        let onset = monotonic - age
        return PersistedRunInput(
            input: .impact(
                RunImpact(
                    id: impact.id, sensor: impact.sensor, target: impact.target, rack: impact.rack, onset: onset,
                    onsetError: impact.onsetError, peakVelocity: impact.peakVelocity)),
            moment: Moment(monotonic: monotonic, wall: moment.wall))
    }

    /// What a wall clock is corrected by without a jump.
    private static let maximumDrift = Nanoseconds.seconds(2)
}
