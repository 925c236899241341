import Clocks
import Devices
import Events
import Signals
import VirtualDevices

/// Blows with a hammer on a plate, played by a virtual sensor that sends one sample per notification.
///
/// The displacements are those of a real session: peaks of 128 to 486 µm in a single notification, never more than 12 µm
/// at rest. The velocities follow from the frequency of the plate.
package struct HammerTrial: Sendable {
    package struct Result: Sendable {
        package var samples: UInt64 = 0
        package var blows = 0
        package var detected = 0
        package var falsePositives = 0
        package var insideErrorBar = 0
        package var decidedBy: [MotionQuantity: Int] = [:]

        package init() {}

        package static func + (left: Self, right: Self) -> Self {
            var sum = left
            sum.samples += right.samples
            sum.blows += right.blows
            sum.detected += right.detected
            sum.falsePositives += right.falsePositives
            sum.insideErrorBar += right.insideErrorBar
            sum.decidedBy.merge(right.decidedBy) { $0 + $1 }
            return sum
        }
    }

    /// The delays from the shot to the impact in the session, in seconds: the first blow was late.
    package static let delays = [0.63, 0.50, 0.47, 0.49, 0.43, 0.48]
    /// Displacements within the range that was measured, in µm.
    package static let displacements = [143.0, 486, 128, 260, 310, 205]

    private var sensor: VirtualBT50
    private var decoder: BT50Decoder
    package private(set) var detector: ImpactDetector
    package private(set) var findings: [(finding: ImpactFinding, arrival: MonotonicTime)] = []
    private let frequency: Double

    package init(
        seed: UInt64, _ amplitudes: VirtualBT50.Amplitudes = .single, thresholds: ImpactThresholds = .standard
    ) {
        var traits = VirtualBT50.Traits()
        traits.amplitudes = amplitudes
        sensor = VirtualBT50(seed: seed, traits: traits)
        sensor.mtu = 247
        decoder = BT50Decoder(sampleInterval: amplitudes.singleSampleInterval ?? .milliseconds(10))
        detector = ImpactDetector(thresholds)
        frequency = amplitudes.frequency ?? 15
    }

    package mutating func strike(at time: Nanoseconds, displacement: Double) {
        sensor.strike(at: time, velocity: displacement / 1_000 * 2 * Double.pi * frequency)
    }

    package mutating func play(until time: Nanoseconds) {
        for emission in sensor.tick(until: time) {
            guard let bytes = emission.bytes else { continue }
            var readings: [BT50Reading] = []
            decoder.feed(bytes[...]) { readings.append($0) }
            let arrival = MonotonicTime(nanoseconds: emission.time.count)
            detector.receive(readings, at: arrival) { findings.append(($0, arrival)) }
        }
    }

    package var impacts: [DetectedMotion] { findings.filter(\.finding.isImpact).map(\.finding.motion) }

    /// Many blows, some seconds apart.
    package static func run(blows: Int, seed: UInt64, _ amplitudes: VirtualBT50.Amplitudes = .single) -> Result {
        var random = SeededRandom(seed: seed)
        var trial = HammerTrial(seed: seed, amplitudes)
        var times: [Nanoseconds] = []
        var time = Nanoseconds.seconds(10)
        for _ in 0..<blows {
            time = time + Nanoseconds(seconds: .random(in: 2...6, using: &random))
            times.append(time)
            // From the smallest to the largest that was measured; small ones are as frequent as large ones.
            trial.strike(at: time, displacement: 128 * power(486 / 128, .random(in: 0...1, using: &random)))
        }
        trial.play(until: time + .seconds(5))
        return trial.evaluate(times)
    }

    private func evaluate(_ times: [Nanoseconds]) -> Result {
        var result = Result()
        result.samples = detector.sampleCount
        result.blows = times.count
        var open = Set(times.indices)
        for motion in impacts {
            func distance(_ index: Int) -> Double { abs(Double(motion.onset.nanoseconds - times[index].count) / 1e9) }
            guard let nearest = open.min(by: { distance($0) < distance($1) }), distance(nearest) < 0.3 else {
                result.falsePositives += 1
                continue
            }
            open.remove(nearest)
            result.detected += 1
            result.decidedBy[motion.decidedBy, default: 0] += 1
            // The minimum latency of the link, 3 ms, cannot be observed.
            if abs(distance(nearest)) <= motion.onsetError.inSeconds + 0.003 { result.insideErrorBar += 1 }
        }
        return result
    }

    /// The sensor at rest.
    package static func rest(hours: Int, seed: UInt64, _ amplitudes: VirtualBT50.Amplitudes = .single) -> Result {
        var trial = HammerTrial(seed: seed, amplitudes)
        for minute in 1...(hours * 60) { trial.play(until: .seconds(Int64(minute) * 60)) }
        return trial.evaluate([])
    }

    private static func power(_ base: Double, _ exponent: Double) -> Double {
        // Square roots for the binary digits of the exponent.
        var (result, root, rest) = (1.0, base, exponent)
        for _ in 0..<24 {
            root = root.squareRoot()
            rest *= 2
            if rest >= 1 {
                result *= root
                rest -= 1
            }
        }
        return result
    }
}
