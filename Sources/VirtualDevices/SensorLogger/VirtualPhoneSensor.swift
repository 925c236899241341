import Clocks

/// The sensors that a virtual phone has: those that swings are told by. The raw value is the app's name.
enum VirtualPhoneSensor: String, CaseIterable {
    case accelerometer
    case accelerometerUncalibrated = "accelerometeruncalibrated"
    case gyroscope
    case wristMotion = "wrist motion"

    var axes: [String] {
        self == .wristMotion ? ["rotationRateX", "rotationRateY", "rotationRateZ"] : ["x", "y", "z"]
    }

    /// How much the sensor says when nothing moves.
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
