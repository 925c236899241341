import Clocks

/// The sensor's registers: values, write protection and persistence.
struct BT50RegisterFile: Sendable {
    private var values: [UInt16]
    private var saved: [UInt16]
    private var unlockedUntil: Nanoseconds?

    private static let unlockKey: UInt16 = 0xB588
    private static let unlockTime = Nanoseconds.seconds(10)

    init(rateCode: UInt16, nowData: Bool) {
        values = [UInt16](repeating: 0, count: 256)
        values[0x03] = rateCode
        values[0x5D] = 10
        values[0x5F] = 100
        values[0x96] = nowData ? 1 : 0
        (values[0x2E], values[0x2F]) = (0x4207, 0x89D2)
        saved = values
    }

    subscript(register: Int) -> UInt16 {
        get { values[register & 0xFF] }
        set { values[register & 0xFF] = newValue }
    }

    func eight(from first: UInt8) -> [UInt16] {
        (0..<8).map { values[(Int(first) + $0) & 0xFF] }
    }

    mutating func write(_ register: UInt8, _ value: UInt16, at time: Nanoseconds) {
        if register == 0x69 {
            unlockedUntil = value == Self.unlockKey ? time + Self.unlockTime : nil
            return
        }
        guard let unlockedUntil, time <= unlockedUntil else { return }
        if register == 0x00 {
            if value == 0 { saved = values }
        } else {
            values[Int(register)] = value
        }
    }

    /// Simulates a power cycle, which discards unsaved values.
    mutating func restart() {
        values = saved
        unlockedUntil = nil
    }
}

/// An amplitude that a sensor updates once in several samples and repeats in between.
struct HeldAmplitude: Sendable {
    private let period: Int
    private var count = 0
    private var value = 0.0
    private var maximum = 0.0

    init(period: Int) {
        self.period = max(1, period)
    }

    /// The value to report: the largest amplitude until the latest update.
    mutating func report(_ amplitude: Double) -> Double {
        maximum = max(maximum, amplitude)
        count += 1
        if count >= period { (value, maximum, count) = (maximum, 0, 0) }
        return value
    }
}

/// The motion of a target after hits: a decaying oscillation at its natural frequency.
struct TargetMotion: Sendable {
    private var impulses: [(time: Nanoseconds, velocity: Double)] = []

    /// The half-life of the motion of a heavy plate.
    private static let halfLife = Nanoseconds.milliseconds(38)
    private static let frequency = 58.0
    /// The time after which an impulse has no effect.
    private static let impulseLifetime = Nanoseconds.seconds(1)
    /// The direction of an impulse, mostly along Z.
    static let axes = (x: 0.35, y: 0.2, z: 1.0)

    mutating func strike(at time: Nanoseconds, velocity: Double) {
        impulses.append((time, velocity))
    }

    mutating func discard(before time: Nanoseconds) {
        impulses.removeAll { $0.time + Self.impulseLifetime < time }
    }

    /// The amplitude of the velocity in mm/s.
    func amplitude(at time: Nanoseconds) -> Double {
        impulses.reduce(0) { $0 + $1.velocity * Self.decay(after: time - $1.time) }
    }

    /// The largest amplitude of the velocity after one time and until another.
    func amplitude(after begin: Nanoseconds, through end: Nanoseconds) -> Double {
        impulses.reduce(amplitude(at: end)) { largest, impulse in
            impulse.time > begin && impulse.time <= end ? max(largest, amplitude(at: impulse.time)) : largest
        }
    }

    /// The momentary velocity in mm/s, positive or negative.
    func velocity(at time: Nanoseconds) -> Double {
        impulses.reduce(0) { sum, impulse in
            let cycles = (time - impulse.time).inSeconds * Self.frequency + 0.25
            return sum + impulse.velocity * Self.decay(after: time - impulse.time)
                * approximateSine(cycles - cycles.rounded(.down))
        }
    }

    /// Decays from 1 to 0: halved each half-life, with linear interpolation.
    private static func decay(after time: Nanoseconds) -> Double {
        guard time >= .zero, time <= impulseLifetime else { return 0 }
        let halvings = time.inSeconds / halfLife.inSeconds
        let whole = halvings.rounded(.down)
        return Double(sign: .plus, exponent: -Int(whole), significand: 1 - (halvings - whole) / 2)
    }
}
