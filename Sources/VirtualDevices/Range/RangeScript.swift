import Clocks

/// The events on a virtual range. They drive its timer and sensors, and results computed from the devices' bytes can be
/// checked against them.
package struct RangeScript: Hashable, Sendable {
    package var strings: [RangeString]

    package init(_ strings: [RangeString] = []) {
        self.strings = strings
    }

    /// Realistic strings with a few seconds between them.
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

/// One string of fire. All times except that of the beep are relative to the beep.
package struct RangeString: Hashable, Sendable {
    /// The start time; nil for a string that waits for the start command.
    package var beep: Nanoseconds?
    package var shots: [Nanoseconds]
    package var hits: [RangeHit]
    /// When the timer is stopped; nil if it is not.
    package var stop: Nanoseconds?

    package init(
        beep: Nanoseconds? = nil, shots: [Nanoseconds] = [], hits: [RangeHit] = [], stop: Nanoseconds? = nil
    ) {
        self.beep = beep
        self.shots = shots
        self.hits = hits
        self.stop = stop
    }

    /// A realistic string, in which most shots hit one of the sensors.
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

    /// A string of evenly spaced shots that all hit one sensor after a fixed delay.
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

/// The impact of a bullet.
package struct RangeHit: Hashable, Sendable {
    /// The index of the sensor.
    package let sensor: Int
    package let time: Nanoseconds
    /// The peak velocity of the target in mm/s.
    package let velocity: Double

    package init(sensor: Int, time: Nanoseconds, velocity: Double) {
        self.sensor = sensor
        self.time = time
        self.velocity = velocity
    }
}
