import Clocks
import Events

/// When a string of fire began on our clock, and so when each shot was fired.
///
/// A timer tells the time of each shot since the beep by its own clock; that is exact to a hundredth of a second. When
/// what it tells arrives is not: that is some milliseconds to some sixty later, differently each time. Two things are
/// wanted, the moment of the beep, and by how much the timer's clock runs fast or slow, which is up to 120 ms in ten
/// minutes. All pairs of the two are weighed on a grid: each arrival rules out those for which it would have come too
/// early, and makes those unlikely for which it would have come too late. What remains is the estimate and its error bar,
/// which shrinks with each shot.
///
/// The order of arrivals does not matter, and what is heard twice counts once, as it was heard first.
package struct StringClock: Hashable, Sendable {
    package struct Arrival: Hashable, Sendable {
        /// Since the beep, as the timer tells it.
        package let time: Nanoseconds
        package let arrival: MonotonicTime
        package let source: TimerReportSource

        package init(time: Nanoseconds, arrival: MonotonicTime, source: TimerReportSource) {
            self.time = time
            self.arrival = arrival
            self.source = source
        }
    }

    /// What it all comes from, by which it can be set up again.
    package private(set) var arrivals: [Arrival] = []
    private let delays: ArrivalDelays
    private var grid: ClockGrid?

    /// Twice as many as a string has shots.
    package static let capacity = 512
    /// Times longer than this are none: the longest that a timer can tell is 655.35 s.
    private static let maximumTime = Nanoseconds.seconds(3_600)

    package init(_ delays: ArrivalDelays = ArrivalDelays()) {
        self.delays = delays
    }

    /// The timer tells of a moment: the beep itself, at zero, or a shot.
    package mutating func record(_ time: Nanoseconds, at arrival: MonotonicTime, _ source: TimerReportSource) {
        guard time >= .zero, time <= Self.maximumTime else { return }
        let heard = Arrival(time: time, arrival: arrival, source: source)
        if let place = arrivals.firstIndex(where: { $0.time == time }) {
            let known = arrivals[place]
            guard arrival < known.arrival || source == .pushed && known.source != .pushed else { return }
            arrivals[place] = heard
            grid = nil
        } else {
            guard arrivals.count < Self.capacity else { return }
            arrivals.append(heard)
        }
        weigh(heard)
    }

    /// Nil as long as nothing has been heard that tells more than that it was before now.
    package var isKnown: Bool { arrivals.contains { $0.source != .repaired } }

    /// The moment at which the timer's clock showed this, and how close to the truth that is.
    package func moment(of time: Nanoseconds) -> (time: MonotonicTime, error: Nanoseconds)? {
        guard isKnown, let first = arrivals.first, let grid else { return nil }
        let (offset, error) = grid.offset(at: time.inSeconds)
        return (
            first.arrival - first.time + Nanoseconds(seconds: offset / 1_000) + time,
            Nanoseconds(seconds: error / 1_000)
        )
    }

    /// The moment of the beep.
    package var zero: DeviceTime.Mapping? {
        moment(of: .zero).map { DeviceTime.Mapping(zero: $0.time, error: $0.error) }
    }

    /// For a shot's stamp: the timer's time, and what it means.
    package func deviceTime(_ time: Nanoseconds) -> DeviceTime {
        DeviceTime(
            reading: time,
            mapping: moment(of: time).map { DeviceTime.Mapping(zero: $0.time - time, error: $0.error) })
    }

    private mutating func weigh(_ heard: Arrival) {
        guard let first = arrivals.first else { return }
        func residual(_ arrival: Arrival) -> Double {
            ((arrival.arrival - arrival.time) - (first.arrival - first.time)).inSeconds * 1_000
        }
        let latest = residual(heard)
        if grid?.covers(time: heard.time.inSeconds, residual: latest) ?? false {
            grid?.addArrival(latest, at: heard.time.inSeconds, heard.source, delays)
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
