import Clocks

/// What happens on a virtual range: the truth from which its timer and its sensors are driven, and against which
/// everything that is computed from their bytes can be checked.
package struct RangeScript: Hashable, Sendable {
    package var strings: [RangeString]

    package init(_ strings: [RangeString] = []) {
        self.strings = strings
    }

    /// Strings with a few seconds between them, as people shoot them.
    package static func random(
        strings: Int, shots: ClosedRange<Int> = 3...8, sensors: Int, seed: UInt64
    ) -> Self {
        var random = SeededRandom(seed: seed)
        var beep = Nanoseconds.seconds(5)
        return Self(
            (0..<strings).map { _ in
                var string = RangeString.random(shots: shots, sensors: sensors, using: &random)
                string.beep = beep
                beep = beep + (string.stop ?? .zero) + .seconds(6)
                return string
            })
    }
}

/// One string of fire. All times but that of the beep count from the beep.
package struct RangeString: Hashable, Sendable {
    /// When it begins by itself; nil when it waits for the command to start.
    package var beep: Nanoseconds?
    package var shots: [Nanoseconds]
    package var hits: [RangeHit]
    /// When somebody stops the timer; nil when nobody does.
    package var stop: Nanoseconds?

    package init(
        beep: Nanoseconds? = nil, shots: [Nanoseconds] = [], hits: [RangeHit] = [], stop: Nanoseconds? = nil
    ) {
        self.beep = beep
        self.shots = shots
        self.hits = hits
        self.stop = stop
    }

    /// A string as people shoot it: most shots hit one of the sensors.
    package static func random(
        shots: ClosedRange<Int>, sensors: Int, using random: inout SeededRandom
    ) -> Self {
        var string = Self()
        var time = Nanoseconds.milliseconds(.random(in: 900...2_200, using: &random))
        for _ in 0..<Int.random(in: shots, using: &random) {
            string.shots.append(time)
            if sensors > 0, !random.chance(0.15) {
                string.hits.append(
                    RangeHit(
                        sensor: .random(in: 0..<sensors, using: &random),
                        time: time + .milliseconds(.random(in: 15...60, using: &random)),
                        velocity: random.normal(mean: 110, deviation: 30)))
            }
            time = time + .milliseconds(.random(in: 180...1_400, using: &random))
        }
        string.stop = time + .seconds(2)
        return string
    }

    /// A string of evenly spaced shots that all hit one sensor a while later.
    package static func even(
        beep: Nanoseconds?, shots count: Int, first: Nanoseconds, split: Nanoseconds, hitting sensor: Int,
        after flight: Nanoseconds, velocity: Double = 110
    ) -> Self {
        let shots = (0..<count).map { first + split * Int64($0) }
        return Self(
            beep: beep, shots: shots,
            hits: shots.map { RangeHit(sensor: sensor, time: $0 + flight, velocity: velocity) },
            stop: (shots.last ?? .zero) + flight + .seconds(2))
    }
}

/// A bullet arrives.
package struct RangeHit: Hashable, Sendable {
    /// Which sensor feels it, counted from 0.
    package let sensor: Int
    package let time: Nanoseconds
    /// The largest velocity of the target, in mm/s.
    package let velocity: Double

    package init(sensor: Int, time: Nanoseconds, velocity: Double) {
        self.sensor = sensor
        self.time = time
        self.velocity = velocity
    }
}
