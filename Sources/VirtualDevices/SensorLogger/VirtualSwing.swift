import Clocks

/// A swing of a bat, measured by a phone in the pocket and a watch on the wrist: heel strike, foot plant, hip rotation,
/// wrist rotation. The time of each peak is known exactly.
package struct VirtualSwing: Hashable, Sendable {
    /// Times since the start of the recording.
    package let heelStrike: Nanoseconds
    package let footPlant: Nanoseconds
    package let hipPeak: Nanoseconds
    package let wristPeak: Nanoseconds
    /// rad/s.
    package let hipSpeed: Double
    package let wristSpeed: Double

    package init(at heelStrike: Nanoseconds, random: inout SeededRandom) {
        func milliseconds(_ range: ClosedRange<Int64>) -> Nanoseconds {
            .milliseconds(.random(in: range, using: &random))
        }
        self.heelStrike = heelStrike
        hipPeak = heelStrike + milliseconds(40...170)
        footPlant = heelStrike + milliseconds(60...110)
        wristPeak = hipPeak + milliseconds(30...90)
        hipSpeed = .random(in: 8...14, using: &random)
        wristSpeed = .random(in: 18...30, using: &random)
    }

    /// The acceleration along the phone's x axis in g: negative at the heel strike, positive at the foot plant.
    func push(at time: Nanoseconds) -> Double {
        2.5 * bump(time, footPlant, width: 0.025) - 1.8 * bump(time, heelStrike, width: 0.02)
    }

    func hip(at time: Nanoseconds) -> Double { hipSpeed * bump(time, hipPeak, width: 0.06) }

    func wrist(at time: Nanoseconds) -> Double { wristSpeed * bump(time, wristPeak, width: 0.05) }

    /// 1 at the middle, and close to 0 a few widths (in seconds) away.
    private func bump(_ time: Nanoseconds, _ middle: Nanoseconds, width: Double) -> Double {
        let distance = (time - middle).inSeconds / width
        let shape = 1 + distance * distance
        return 1 / (shape * shape)
    }
}

/// The sensors of a virtual phone that swing detection needs. The raw value is the app's name.
enum VirtualPhoneSensor: String, CaseIterable {
    case accelerometer
    case accelerometerUncalibrated = "accelerometeruncalibrated"
    case gyroscope
    case wristMotion = "wrist motion"

    var axes: [String] {
        self == .wristMotion ? ["rotationRateX", "rotationRateY", "rotationRateZ"] : ["x", "y", "z"]
    }

    /// The standard deviation at rest.
    var noise: Double {
        switch self {
        case .accelerometer, .gyroscope, .wristMotion: 0.02
        case .accelerometerUncalibrated: 0.004
        }
    }

    /// In the sensor's unit: m/s², g, rad/s, rad/s. The phone stands upright in the pocket.
    func values(at time: Nanoseconds, swings: [VirtualSwing]) -> [Double] {
        var (push, hip, wrist) = (0.0, 0.0, 0.0)
        for swing in swings {
            push += swing.push(at: time)
            hip += swing.hip(at: time)
            wrist += swing.wrist(at: time)
        }
        return switch self {
        case .accelerometer: [push * 9.806_65, 0, 0]
        case .accelerometerUncalibrated: [push, -1, 0]
        case .gyroscope: [hip * 0.8, hip * 0.6, 0]
        case .wristMotion: [0, wrist * 0.6, wrist * 0.8]
        }
    }
}
