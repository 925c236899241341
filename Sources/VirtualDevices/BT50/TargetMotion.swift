import Clocks

/// How a target moves when it is hit: it swings at its own frequency, and calms down.
struct TargetMotion: Sendable {
    private var impulses: [(time: Nanoseconds, velocity: Double)] = []

    /// A heavy plate loses half of its motion in this time.
    private static let halfLife = Nanoseconds.milliseconds(38)
    private static let frequency = 58.0
    /// After this a blow is forgotten.
    private static let impulseLifetime = Nanoseconds.seconds(1)
    /// A blow comes along Z, mostly.
    static let axes = (x: 0.35, y: 0.2, z: 1.0)

    mutating func strike(at time: Nanoseconds, velocity: Double) {
        impulses.append((time, velocity))
    }

    mutating func discard(before time: Nanoseconds) {
        impulses.removeAll { $0.time + Self.impulseLifetime < time }
    }

    /// The largest velocity of the swing that is under way, in mm/s.
    func amplitude(at time: Nanoseconds) -> Double {
        impulses.reduce(0) { $0 + $1.velocity * Self.decay(after: time - $1.time) }
    }

    /// The velocity at this moment, to both sides of zero.
    func velocity(at time: Nanoseconds) -> Double {
        impulses.reduce(0) { sum, blow in
            let turns = (time - blow.time).inSeconds * Self.frequency + 0.25
            return sum + blow.velocity * Self.decay(after: time - blow.time) * Self.wave(turns - turns.rounded(.down))
        }
    }

    /// From 1 at the blow down to 0: halvings, with a straight line within each.
    private static func decay(after time: Nanoseconds) -> Double {
        guard time >= .zero, time <= impulseLifetime else { return 0 }
        let halvings = time.inSeconds / halfLife.inSeconds
        let whole = halvings.rounded(.down)
        return Double(sign: .plus, exponent: -Int(whole), significand: 1 - (halvings - whole) / 2)
    }

    /// Close to a sine for a phase from 0 to 1: two parabolas.
    private static func wave(_ phase: Double) -> Double {
        let half = phase < 0.5 ? phase * 2 : phase * 2 - 1
        let arch = 4 * half * (1 - half)
        return phase < 0.5 ? arch : -arch
    }
}
