import Clocks
import Events

/// Estimates when a string of fire started on the gateway's clock, and hence when each shot was fired.
///
/// A timer reports the time of each shot since the beep by its own clock, with a resolution of 10 ms. Its reports
/// arrive some 4 to 60 ms later, with jitter. Two unknowns are estimated: the moment of the beep, and the rate error of
/// the timer's clock (up to 120 ms in ten minutes). Their joint distribution is kept on a grid. Each arrival rules out
/// pairs for which it would have been too early and down-weights those for which it would have been too late. The
/// result is an estimate with an error bound that shrinks with each shot.
///
/// The order of arrivals does not matter; repeated reports count once, with the earliest arrival.
package struct StringClock: Hashable, Sendable {
    package struct Arrival: Hashable, Sendable {
        /// Since the beep, by the timer's clock.
        package let time: Nanoseconds
        package let arrival: MonotonicTime
        package let source: TimerReportSource

        package init(time: Nanoseconds, arrival: MonotonicTime, source: TimerReportSource) {
            self.time = time
            self.arrival = arrival
            self.source = source
        }
    }

    /// The input, from which the state can be rebuilt.
    package private(set) var arrivals: [Arrival] = []
    private let delays: ArrivalDelays
    private var grid: ClockGrid?

    /// Twice the maximum number of shots.
    package static let capacity = 512
    /// Longer times are invalid; the largest a timer can report is 655.35 s.
    private static let maximumTime = Nanoseconds.seconds(3_600)

    package init(_ delays: ArrivalDelays = .usual) {
        self.delays = delays
    }

    /// Records a report of a time: zero for the beep, or that of a shot.
    package mutating func record(_ time: Nanoseconds, at arrival: MonotonicTime, _ source: TimerReportSource) {
        guard time >= .zero, time <= Self.maximumTime else { return }
        let report = Arrival(time: time, arrival: arrival, source: source)
        if let place = arrivals.firstIndex(where: { $0.time == time }) {
            let known = arrivals[place]
            guard arrival < known.arrival || source == .pushed && known.source != .pushed else { return }
            arrivals[place] = report
            grid = nil
        } else {
            guard arrivals.count < Self.capacity else { return }
            arrivals.append(report)
        }
        weigh(report)
    }

    /// Whether there is any arrival other than a later query, which gives only an upper bound.
    package var isKnown: Bool { arrivals.contains { $0.source != .repaired } }

    /// The moment at which the timer's clock showed `time`, with its error bound.
    package func moment(of time: Nanoseconds) -> (time: MonotonicTime, error: Nanoseconds)? {
        guard isKnown, let first = arrivals.first, let grid else { return nil }
        let (offset, error) = grid.offset(at: time.inSeconds)
        return (
            first.arrival - first.time + Nanoseconds(seconds: offset / 1_000) + time,
            Nanoseconds(seconds: error / 1_000)
        )
    }

    package var zero: DeviceTime.Mapping? {
        moment(of: .zero).map { DeviceTime.Mapping(zero: $0.time, error: $0.error) }
    }

    /// For event stamps: the timer's time and its mapping.
    package func deviceTime(_ time: Nanoseconds) -> DeviceTime {
        DeviceTime(
            reading: time,
            mapping: moment(of: time).map { DeviceTime.Mapping(zero: $0.time - time, error: $0.error) })
    }

    private mutating func weigh(_ report: Arrival) {
        guard let first = arrivals.first else { return }
        func residual(_ arrival: Arrival) -> Double {
            ((arrival.arrival - arrival.time) - (first.arrival - first.time)).inSeconds * 1_000
        }
        let latest = residual(report)
        if grid?.covers(time: report.time.inSeconds, residual: latest) ?? false {
            grid?.addArrival(latest, at: report.time.inSeconds, report.source, delays)
        } else {
            let earliest = arrivals.reduce(.infinity) { min($0, residual($1)) }
            let longest = arrivals.reduce(0) { max($0, $1.time.inSeconds) }
            let isPushed = arrivals.contains { $0.source == .pushed }
            var grid = ClockGrid(earliest: earliest, longest: longest, reach: delays.maximumDelay(isPushed: isPushed))
            for arrival in arrivals {
                grid.addArrival(residual(arrival), at: arrival.time.inSeconds, arrival.source, delays)
            }
            self.grid = grid
        }
        grid?.updateMoments()
    }
}
