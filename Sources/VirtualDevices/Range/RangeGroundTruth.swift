import Clocks

/// Strings of fire on a range of which everything is known: what was fired, what was hit, what each device noticed and
/// when that was heard. Whatever is computed from what was heard can be judged by it.
package struct RangeGroundTruth: Sendable {
    package let rig: Rig
    private var random: SeededRandom
    private var now = Nanoseconds.seconds(5)

    package init(_ rig: Rig, seed: UInt64) {
        self.rig = rig
        random = SeededRandom(seed: seed)
    }

    /// What stays the same from string to string.
    package struct Rig: Hashable, Sendable {
        package var sensors: [Sensor]
        /// How much faster than ours the timer's clock runs, in millionths.
        package var drift: Double
        /// Of what the timer says; the list repairs it afterwards.
        package var lossProbability = 0.02
        /// The time from the event to its arrival, in milliseconds.
        package var minimumLatency = 4.0
        package var latencySpread = 56.0
        package var missProbability = 0.12
        package var doubleProbability = 0.25
        /// Impacts that nobody fired, for each sensor, a second.
        package var strayRate = 0.01

        package init(sensors: [Sensor], drift: Double) {
            self.sensors = sensors
            self.drift = drift
        }
    }

    package struct Sensor: Hashable, Sendable {
        /// Sensors with the same number hang on one rack; nil for one that hangs alone.
        package var rack: Int?
        /// From the shot until the sensor shows the hit, on average, and how much that differs, in milliseconds.
        package var delay: Double
        package var delayDeviation: Double
        /// From one sample to the next, in milliseconds.
        package var interval = 10.0

        package init(rack: Int?, delay: Double, delayDeviation: Double) {
            self.rack = rack
            self.delay = delay
            self.delayDeviation = delayDeviation
        }
    }

    package struct Shot: Hashable, Sendable {
        /// Since the beep, and as the timer shows it.
        package let fired: Nanoseconds
        package let displayed: Nanoseconds
        /// When the timer's word arrived; nil when it was lost.
        package let arrival: Nanoseconds?
    }

    package enum Cause: Hashable, Sendable {
        case shot(Int)
        case crossTalk(of: Int)
        case stray
    }

    package struct Impact: Hashable, Sendable {
        package let sensor: Int
        package let cause: Cause
        /// When the sensor felt it, and when its samples say that was.
        package let onset: Nanoseconds
        package let observedOnset: Nanoseconds
        package let velocity: Double
    }

    package struct FiredString: Hashable, Sendable {
        package let beep: Nanoseconds
        package let beepArrival: Nanoseconds?
        package let shots: [Shot]
        /// In the order in which they were felt.
        package let impacts: [Impact]
        package let stop: Nanoseconds
        /// Power fails in the middle: nothing is heard of the timer from then on.
        package let powerCut: Nanoseconds?
    }
}

extension RangeGroundTruth {
    /// A range as there are many: one to six sensors, some of them in pairs on a rack, at any distance.
    package static func randomRig(seed: UInt64) -> Rig {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 1...6, using: &random)
        // What all sensors of a range have in common: their links, their filters, the way of the bullet.
        let common =
            random.chance(0.3)
            ? Double.random(in: 150...480, using: &random) : Double.random(in: 20...90, using: &random)
        let hasRacks = random.chance(0.5)
        return Rig(
            sensors: (0..<count).map { index in
                Sensor(
                    rack: hasRacks && index < count / 2 * 2 ? index / 2 : nil,
                    delay: common + .random(in: 0...45, using: &random),
                    delayDeviation: .random(in: 3...9, using: &random))
            }, drift: .random(in: -200...200, using: &random))
    }

    /// The next string.
    package mutating func fireString() -> FiredString {
        let beep = now
        var time = Nanoseconds.milliseconds(.random(in: 800...2_500, using: &random))
        var fired: [Nanoseconds] = []
        let count = Int.random(in: 3...10, using: &random)
        while fired.count < count {
            fired.append(time)
            let isDouble = random.chance(rig.doubleProbability)
            time =
                time
                + .milliseconds(
                    isDouble ? .random(in: 80...160, using: &random) : .random(in: 200...1_600, using: &random))
        }
        let stop = beep + time + .seconds(2)
        now = stop + .seconds(8)
        var impacts: [Impact] = []
        for (index, shot) in fired.enumerated() where !random.chance(rig.missProbability) {
            addHit(by: index, beep + shot, &impacts)
        }
        addStrays(from: beep, to: stop, &impacts)
        impacts.sort { ($0.onset, $0.sensor) < ($1.onset, $1.sensor) }
        let cut =
            random.chance(0.02) ? beep + Nanoseconds(Int64.random(in: 0...(stop - beep).count, using: &random)) : nil
        let shots = fired.map { shot in
            // The timer counts by its own clock, and cuts off what is less than a hundredth.
            let shown = Nanoseconds(seconds: shot.inSeconds * (1 + rig.drift / 1e6)).count / 10_000_000 * 10_000_000
            return Shot(fired: shot, displayed: Nanoseconds(shown), arrival: arrival(of: beep + shot, cut: cut))
        }
        return FiredString(
            beep: beep, beepArrival: arrival(of: beep, cut: cut), shots: shots, impacts: impacts, stop: stop,
            powerCut: cut)
    }

    /// One-sided, with as much at both ends as real arrivals show: 44 to 52 ms between the first and the last of six,
    /// 18 to 22 ms of deviation. Once in a while the air is busy.
    private mutating func arrival(of time: Nanoseconds, cut: Nanoseconds?) -> Nanoseconds? {
        let even = Double.random(in: 0...1, using: &random)
        var latency = rig.minimumLatency + rig.latencySpread * Self.smoothstep(even)
        if random.chance(0.005) { latency += .random(in: 0...250, using: &random) }
        guard !random.chance(rig.lossProbability), cut.map({ time <= $0 }) ?? true else { return nil }
        return time + Nanoseconds(seconds: latency / 1_000)
    }

    /// Draws evenly spread numbers from 0 to 1 towards both ends: close to the places of a swing.
    private static func smoothstep(_ even: Double) -> Double { even * even * (3 - 2 * even) }

    private mutating func addHit(by shot: Int, _ moment: Nanoseconds, _ impacts: inout [Impact]) {
        let index = Int.random(in: 0..<rig.sensors.count, using: &random)
        let sensor = rig.sensors[index]
        let velocity = max(45, random.normal(mean: 110, deviation: 30))
        let felt =
            moment + Nanoseconds(seconds: random.normal(mean: sensor.delay, deviation: sensor.delayDeviation) / 1_000)
        impacts.append(impact(index, .shot(shot), felt, velocity))
        guard let rack = sensor.rack else { return }
        for (other, neighbour) in rig.sensors.enumerated() where other != index && neighbour.rack == rack {
            guard random.chance(0.7) else { continue }
            let echo =
                felt + .milliseconds(.random(in: 1...15, using: &random))
                + Nanoseconds(seconds: (neighbour.delay - sensor.delay) / 1_000)
            impacts.append(
                impact(
                    other, .crossTalk(of: impacts.count - 1), echo, velocity * .random(in: 0.3...0.75, using: &random)))
        }
    }

    private mutating func addStrays(from beep: Nanoseconds, to stop: Nanoseconds, _ impacts: inout [Impact]) {
        for index in rig.sensors.indices where random.chance(rig.strayRate * (stop - beep).inSeconds) {
            let felt = Nanoseconds(.random(in: beep.count...stop.count, using: &random))
            impacts.append(impact(index, .stray, felt, .random(in: 35...90, using: &random)))
        }
    }

    /// It is seen in the next sample, and taken for the middle between that and the one before.
    private mutating func impact(_ sensor: Int, _ cause: Cause, _ felt: Nanoseconds, _ velocity: Double) -> Impact {
        let half = rig.sensors[sensor].interval / 2
        let seen = felt + Nanoseconds(seconds: .random(in: -half...half, using: &random) / 1_000)
        return Impact(sensor: sensor, cause: cause, onset: felt, observedOnset: seen, velocity: velocity)
    }
}
