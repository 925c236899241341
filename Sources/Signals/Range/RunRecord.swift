import Clocks
import Events

/// A run as it is written down, so that it survives a restart, of the gateway or of the whole machine: plain values, and
/// all times by the wall clock, since the monotonic one begins anew.
package struct RunRecord: Hashable, Sendable {
    /// The raw value is a stable name.
    package enum State: String, CaseIterable, Sendable {
        case running, lost, settling, ended
    }

    package struct Arrival: Hashable, Sendable {
        package var time: Nanoseconds
        package var arrival: WallTime
        package var source: StatementSource

        package init(time: Nanoseconds, arrival: WallTime, source: StatementSource) {
            self.time = time
            self.arrival = arrival
            self.source = source
        }
    }

    package struct Shot: Hashable, Sendable {
        package var number: Int
        package var time: Nanoseconds
        package var isRepaired: Bool

        package init(number: Int, time: Nanoseconds, isRepaired: Bool) {
            self.number = number
            self.time = time
            self.isRepaired = isRepaired
        }
    }

    package struct Impact: Hashable, Sendable {
        package var id: UInt64
        package var sensor: DeviceID
        package var target: String?
        package var rack: String?
        package var onset: WallTime
        package var onsetError: Nanoseconds
        package var peakVelocity: Double
        /// What was last told of it, if anything was.
        package var told: RunHit.Match?

        package init(
            id: UInt64, sensor: DeviceID, target: String?, rack: String?, onset: WallTime, onsetError: Nanoseconds,
            peakVelocity: Double, told: RunHit.Match?
        ) {
            self.id = id
            self.sensor = sensor
            self.target = target
            self.rack = rack
            self.onset = onset
            self.onsetError = onsetError
            self.peakVelocity = peakVelocity
            self.told = told
        }
    }

    package var id: RunID
    package var timer: DeviceID
    package var string: Int?
    package var began: WallTime
    package var names = RunNames()
    package var state = State.running
    /// Of a run that has ended.
    package var reason: RunEvent.EndReason?
    package var lastHeard: WallTime
    package var arrivals: [Arrival] = []
    package var shots: [Shot] = []
    package var shotsCounted = 0
    package var impacts: [Impact] = []
    package var isRepaired = false

    package init(id: RunID, timer: DeviceID, began: WallTime) {
        self.id = id
        self.timer = timer
        self.began = began
        lastHeard = began
    }
}

extension RunRecord {
    package init(_ run: Run) {
        self.init(id: run.id, timer: run.timer, began: run.began.wall)
        string = run.string
        names = run.names
        switch run.state {
        case .running: state = .running
        case .lost: state = .lost
        case .settling: state = .settling
        case .ended(let reason): (state, self.reason) = (.ended, reason)
        }
        lastHeard = run.wall(run.lastHeard)
        arrivals = run.clock.arrivals.map {
            Arrival(time: $0.time, arrival: run.wall($0.arrival), source: $0.source)
        }
        shots = run.shotNumbers.compactMap { number in
            run.shots[number].map { Shot(number: number, time: $0.time, isRepaired: $0.isRepaired) }
        }
        shotsCounted = run.shotsCounted
        impacts = run.impacts.map {
            Impact(
                id: $0.id, sensor: $0.sensor, target: $0.target, rack: $0.rack, onset: run.wall($0.onset),
                onsetError: $0.onsetError, peakVelocity: $0.peakVelocity, told: run.told[$0.id])
        }
        isRepaired = run.isRepaired
    }
}

extension Run {
    /// - Parameter now: what the wall clock's times are turned back by.
    package init(_ record: RunRecord, now: Moment, settings: RunSettings) {
        func monotonic(_ time: WallTime) -> MonotonicTime { now.monotonic + (time - now.wall) }
        self.init(
            id: record.id, timer: record.timer, string: record.string,
            began: Moment(monotonic: monotonic(record.began), wall: record.began), names: record.names)
        switch record.state {
        // Nobody holds the timer's link yet.
        case .running: state = .lost(since: now.monotonic, isTold: false)
        case .lost: state = .lost(since: now.monotonic, isTold: true)
        case .settling: state = .settling(until: now.monotonic + settings.settling)
        case .ended: state = .ended(record.reason ?? .unknown)
        }
        lastHeard = monotonic(record.lastHeard)
        for arrival in record.arrivals { clock.hear(arrival.time, at: monotonic(arrival.arrival), arrival.source) }
        for shot in record.shots.prefix(ShotPairing.mostShots) {
            shots[shot.number] = TimedShot(time: shot.time, isRepaired: shot.isRepaired)
        }
        shotsCounted = record.shotsCounted
        for impact in record.impacts.prefix(Self.mostImpacts) {
            impacts.append(
                RunImpact(
                    id: impact.id, sensor: impact.sensor, target: impact.target, rack: impact.rack,
                    onset: monotonic(impact.onset), onsetError: impact.onsetError,
                    peakVelocity: impact.peakVelocity))
            told[impact.id] = impact.told
        }
        isRepaired = record.isRepaired
    }
}

extension RunTracker {
    /// Everything that has to be known to go on after a restart: with this, `nextNumber`, `upcoming` and `delays`.
    package var records: [RunRecord] { runs.map { RunRecord($0) } }

    /// Goes on where another left off.
    package mutating func restore(_ records: [RunRecord], now: Moment) {
        for record in records.suffix(Self.mostRuns) where self[record.id] == nil {
            var run = Run(record, now: now, settings: settings)
            run.pair(delays)
            runs.append(run)
        }
    }
}
