import Clocks
import Events

/// The motion in a message: the readings of the sensors that measure it, in the order of the phone's clock.
package struct PhoneMotion {
    package let readings: [MotionEvent.Reading]
    /// How many readings lack an axis and are left out.
    package let incomplete: Int

    package init(of message: PhoneMessage) {
        var isSorted = true
        var incomplete = 0
        let source = message.readings
        let readings = [MotionEvent.Reading](unsafeUninitializedCapacity: source.count) { readings, count in
            var last = WallTime(nanoseconds: .min)
            // Read in place: a copy of a reading would be counted as a reference.
            source.withUnsafeBufferPointer { source in
                for index in source.indices {
                    guard let quantity = MotionEvent.Quantity(source[index].sensor), let axes = source[index].axes
                    else {
                        continue
                    }
                    guard let vector = Vector3(axes, of: quantity) else {
                        incomplete += 1
                        continue
                    }
                    let time = source[index].time
                    if time < last { isSorted = false }
                    last = time
                    readings.initializeElement(
                        at: count, to: MotionEvent.Reading(quantity: quantity, time: time, vector: vector))
                    count += 1
                }
            }
        }
        self.readings = isSorted ? readings : readings.sorted { $0.time < $1.time }
        self.incomplete = incomplete
    }
}

extension Vector3 {
    fileprivate init?(_ axes: (x: Double?, y: Double?, z: Double?), of quantity: MotionEvent.Quantity) {
        if let x = axes.x, let y = axes.y, let z = axes.z {
            self.init(x: x, y: y, z: z)
        } else if case .wristRotation = quantity {
            // A watch that does not turn about an axis omits it; for other sensors a missing axis is unknown.
            self.init(x: axes.x ?? 0, y: axes.y ?? 0, z: axes.z ?? 0)
        } else {
            return nil
        }
    }
}

extension MotionEvent.Quantity {
    fileprivate init?(_ sensor: PhoneSensor) {
        switch sensor {
        case .accelerometer: self = .acceleration
        case .accelerometerUncalibrated, .totalAcceleration: self = .rawAcceleration
        case .gyroscope: self = .rotation
        case .gyroscopeUncalibrated: self = .rawRotation
        case .wristMotion: self = .wristRotation
        default: return nil
        }
    }
}
