import Clocks
import VirtualDevices

/// Generates strings of fire with complete ground truth: shots, impacts, and the observations of each device with their
/// arrival times. Results computed from the observations can be compared with it.
package struct RangeGroundTruth: Sendable {
    package let rig: Rig
    private var random: SeededRandom
    private var now = Nanoseconds.seconds(5)
    /// The sensors that were hit in the current string.
    private var hitSensors: Set<Int> = []

    package init(_ rig: Rig, seed: UInt64) {
        self.rig = rig
        random = SeededRandom(seed: seed)
    }

    /// The properties of a range that are constant over all strings.
    package struct Rig: Hashable, Sendable {
        package var sensors: [Sensor]
        /// How much faster the timer's clock runs than the gateway's, in parts per million.
        package var drift: Double
        /// The probability that a push of the timer is lost; the shot list replaces it later.
        package var lossProbability = 0.02
        /// The latency from event to arrival, in milliseconds.
        package var minimumLatency = 4.0
        package var latencySpread = 56.0
        package var missProbability = 0.12
        package var doubleProbability = 0.25
        /// Impacts without a shot, per sensor and second.
        package var strayRate = 0.01
        /// The probability that a sensor's first hit in a string, or any other, arrives late because its link was idle,
        /// and by how much, in milliseconds.
        package var firstLateProbability = 0.0
        package var lateProbability = 0.0
        package var lateness = 50.0...200.0

        package init(sensors: [Sensor], drift: Double) {
            self.sensors = sensors
            self.drift = drift
        }
    }

    package struct Sensor: Hashable, Sendable {
        /// Sensors with the same number share a rack; nil for a sensor without one.
        package var rack: Int?
        /// The mean and the standard deviation of the delay from shot to hit, in milliseconds.
        package var delay: Double
        package var delayDeviation: Double
        /// The sample interval in milliseconds.
        package var interval = 10.0

        package init(rack: Int?, delay: Double, delayDeviation: Double) {
            self.rack = rack
            self.delay = delay
            self.delayDeviation = delayDeviation
        }
    }

    package struct Shot: Hashable, Sendable {
        /// The true time since the beep, and the time that the timer displays.
        package let fired: Nanoseconds
        package let displayed: Nanoseconds
        /// The arrival of the timer's push; nil if it was lost.
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
        /// The true onset, and the onset that follows from the samples.
        package let onset: Nanoseconds
        package let observedOnset: Nanoseconds
        package let velocity: Double
    }

    package struct FiredString: Hashable, Sendable {
        package let beep: Nanoseconds
        package let beepArrival: Nanoseconds?
        package let shots: [Shot]
        /// In order of their onsets.
        package let impacts: [Impact]
        package let stop: Nanoseconds
        /// A power failure of the timer, after which nothing arrives from it.
        package let powerCut: Nanoseconds?
    }
}

extension RangeGroundTruth {
    /// A typical range: one to six sensors at any distance, on half of the ranges in pairs on racks.
    package static func randomRig(seed: UInt64) -> Rig {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 1...6, using: &random)
        // The common part of the delay: links, filters and flight time.
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
        hitSensors = []
        for (index, shot) in fired.enumerated() where !random.chance(rig.missProbability) {
            addHit(by: index, beep + shot, &impacts)
        }
        addStrays(from: beep, to: stop, &impacts)
        impacts.sort { ($0.onset, $0.sensor) < ($1.onset, $1.sensor) }
        let cut =
            random.chance(0.02) ? beep + Nanoseconds(Int64.random(in: 0...(stop - beep).count, using: &random)) : nil
        let shots = fired.map { shot in
            // The timer uses its own clock and truncates to hundredths of a second.
            let shown = Nanoseconds(seconds: shot.inSeconds * (1 + rig.drift / 1e6)).count / 10_000_000 * 10_000_000
            return Shot(fired: shot, displayed: Nanoseconds(shown), arrival: arrival(of: beep + shot, cut: cut))
        }
        return FiredString(
            beep: beep, beepArrival: arrival(of: beep, cut: cut), shots: shots, impacts: impacts, stop: stop,
            powerCut: cut)
    }

    /// A one-sided distribution with most mass at both ends, as measured: a range of 44 to 52 ms over six arrivals and a
    /// standard deviation of 18 to 22 ms. Occasionally the radio is busy.
    private mutating func arrival(of time: Nanoseconds, cut: Nanoseconds?) -> Nanoseconds? {
        let even = Double.random(in: 0...1, using: &random)
        var latency = rig.minimumLatency + rig.latencySpread * Self.smoothstep(even)
        if random.chance(0.005) { latency += .random(in: 0...250, using: &random) }
        guard !random.chance(rig.lossProbability), cut.map({ time <= $0 }) ?? true else { return nil }
        return time + Nanoseconds(seconds: latency / 1_000)
    }

    /// Maps a uniform distribution over 0...1 to one with more mass at both ends.
    private static func smoothstep(_ even: Double) -> Double { even * even * (3 - 2 * even) }

    private mutating func addHit(by shot: Int, _ moment: Nanoseconds, _ impacts: inout [Impact]) {
        let index = Int.random(in: 0..<rig.sensors.count, using: &random)
        let sensor = rig.sensors[index]
        let velocity = max(45, random.normal(mean: 110, deviation: 30))
        let onset =
            moment + Nanoseconds(seconds: random.normal(mean: sensor.delay, deviation: sensor.delayDeviation) / 1_000)
            + lateness(of: index)
        impacts.append(impact(index, .shot(shot), onset, velocity))
        guard let rack = sensor.rack else { return }
        for (other, neighbour) in rig.sensors.enumerated() where other != index && neighbour.rack == rack {
            guard random.chance(0.7) else { continue }
            let echo =
                onset + .milliseconds(.random(in: 1...15, using: &random))
                + Nanoseconds(seconds: (neighbour.delay - sensor.delay) / 1_000)
            impacts.append(
                impact(
                    other, .crossTalk(of: impacts.count - 1), echo, velocity * .random(in: 0.3...0.75, using: &random)))
        }
    }

    private mutating func lateness(of sensor: Int) -> Nanoseconds {
        let isFirst = hitSensors.insert(sensor).inserted
        let probability = isFirst ? rig.firstLateProbability : rig.lateProbability
        guard probability > 0, random.chance(probability) else { return .zero }
        return Nanoseconds(seconds: .random(in: rig.lateness, using: &random) / 1_000)
    }

    private mutating func addStrays(from beep: Nanoseconds, to stop: Nanoseconds, _ impacts: inout [Impact]) {
        for index in rig.sensors.indices where random.chance(rig.strayRate * (stop - beep).inSeconds) {
            let onset = Nanoseconds(.random(in: beep.count...stop.count, using: &random))
            impacts.append(impact(index, .stray, onset, .random(in: 35...90, using: &random)))
        }
    }

    /// The impact appears in the next sample and is estimated as the middle between that and the previous one.
    private mutating func impact(_ sensor: Int, _ cause: Cause, _ onset: Nanoseconds, _ velocity: Double) -> Impact {
        let half = rig.sensors[sensor].interval / 2
        let observedOnset = onset + Nanoseconds(seconds: .random(in: -half...half, using: &random) / 1_000)
        return Impact(sensor: sensor, cause: cause, onset: onset, observedOnset: observedOnset, velocity: velocity)
    }
}
