import Clocks

/// One reading of one of a phone's sensors.
package struct PhoneReading: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        /// Always finite.
        case number(Double)
        case text(String)
        case boolean(Bool)

        package var number: Double? {
            if case .number(let number) = self { number } else { nil }
        }
    }

    package let sensor: PhoneSensor
    /// By the phone's clock.
    package let time: WallTime
    /// 0...3, from Android.
    package let accuracy: Int?
    /// In the order of the sensor's fields. Nil where the phone did not say, or said it in an unusable way.
    package let values: [Value?]

    /// A field by the app's name for it.
    package subscript(field: String) -> Value? {
        sensor.fields.firstIndex(of: field).flatMap { values[$0] }
    }

    /// What turns or pulls, axis by axis: of the phone itself, or the rotation of what is worn. Nil for other sensors.
    /// An axis that is missing is nil; the others are none the worse for it.
    package var axes: (x: Double?, y: Double?, z: Double?)? {
        switch sensor {
        case .accelerometer, .accelerometerUncalibrated, .totalAcceleration, .gravity, .gyroscope,
            .gyroscopeUncalibrated, .magnetometer, .magnetometerUncalibrated, .watchMagnetometer, .wristMotion,
            .headphone:
            // In the table of fields these come first.
            (values[0]?.number, values[1]?.number, values[2]?.number)
        default: nil
        }
    }
}
