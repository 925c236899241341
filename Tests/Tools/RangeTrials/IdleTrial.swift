import Clocks
import Events
import Signals
import VirtualDevices

/// Hours without shots: a sensor with temperature drift, noise and occasional touches.
package enum IdleTrial {
    package struct Result: Sendable {
        package var samples = 0
        package var impacts = 0
        package var rejected: [ImpactReject: Int] = [:]
    }

    /// - Parameters:
    ///   - touches: the number of slow target movements, and of knocks on the cable, per hour.
    package static func run(
        hours: Double, seed: UInt64, nowData: Bool = false, touches: Int = 0, noise: Double = 1.5
    ) -> Result {
        var random = SeededRandom(seed: seed)
        var detector = ImpactDetector()
        var result = Result()
        let notifications = Int(hours * 3_600 * 25)
        let spacing = touches > 0 ? 90_000 / touches : .max
        var push = 0.0
        var goal = 0.0
        for notification in 0..<notifications {
            let phase = notification % spacing
            let isHandled = touches > 0 && phase > spacing / 2 && phase < spacing / 2 + 75
            let isKnocked = touches > 0 && phase == spacing / 4
            var samples: [ImpactSample] = []
            for index in 0..<4 {
                let hour = (Double(notification) + Double(index) / 4) / 90_000
                // The rest level drifts with the temperature.
                let drift = 6 * hour.truncatingRemainder(dividingBy: 2)
                if isHandled, random.chance(0.04) { goal = .random(in: 15...80, using: &random) }
                if !isHandled { goal = 0 }
                push += (goal - push) * 0.08
                let knock = isKnocked ? 22 / Double(1 << index) : 0
                samples.append(
                    sample(
                        drift: drift, motion: push + knock, noise, nowData: nowData, index: index,
                        chip: Int64(notification) * 4 + Int64(index), &random))
            }
            let arrival =
                Nanoseconds.milliseconds(40 * Int64(notification + 1) + 3)
                + .microseconds(.random(in: 0...11_000, using: &random))
            detector.receive(samples, at: MonotonicTime(nanoseconds: arrival.count)) { finding in
                if let reason = finding.reject { result.rejected[reason, default: 0] += 1 } else { result.impacts += 1 }
            }
            result.samples += 4
        }
        return result
    }

    private static func sample(
        drift: Double, motion: Double, _ noise: Double, nowData: Bool, index: Int, chip: Int64,
        _ random: inout SeededRandom
    ) -> ImpactSample {
        func sampleNoise(_ scale: Double = 1) -> Double { random.normal(mean: 0, deviation: noise * scale) }
        let age = Nanoseconds.milliseconds(10 * Int64(3 - index))
        guard nowData else {
            let velocity = Vector3(
                x: abs(drift + sampleNoise()).rounded(), y: abs(sampleNoise()).rounded(),
                z: abs(drift / 2 + motion + sampleNoise()).rounded())
            return ImpactSample(
                .amplitude(velocity: velocity, displacement: Vector3(x: 0, y: 0, z: motion * 2)), age: age)
        }
        // A drift of some mg per degree, and an oscillation of about 20 Hz while the target is touched.
        let swing = chip % 5 < 2 ? motion / 40 : -motion / 40
        let acceleration = Vector3(
            x: sampleNoise(0.003), y: 1 + drift * 0.002 + sampleNoise(0.003),
            z: swing + sampleNoise(0.003))
        return ImpactSample(
            .momentary(acceleration: acceleration, velocity: Vector3(x: 0, y: 0, z: swing * 40)), age: age,
            chipTime: .milliseconds(10 * chip))
    }
}
