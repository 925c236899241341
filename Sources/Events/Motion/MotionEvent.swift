import Clocks

/// One message of a phone's motion sensors.
package struct MotionEvent: Hashable, Sendable {
    package let phone: DeviceID
    /// The recording on the phone; nil when it has not said.
    package let session: String?
    /// The phone's count of messages. They can arrive out of order.
    package let message: Int?
    package let readings: [Reading]

    /// One sample of one sensor, by the phone's clock.
    package struct Reading: Hashable, Sendable {
        package let quantity: Quantity
        package let time: WallTime
        /// In the unit of the quantity.
        package let vector: Vector3

        package init(quantity: Quantity, time: WallTime, vector: Vector3) {
            self.quantity = quantity
            self.time = time
            self.vector = vector
        }
    }

    package enum Quantity: String, CaseIterable, Sendable {
        /// m/s², without gravity.
        case acceleration
        /// With gravity: in g from an iPhone, in m/s² from Android, unless the app standardises its units.
        case rawAcceleration = "raw_acceleration"
        /// rad/s.
        case rotation
        /// rad/s, without the phone's correction for drift.
        case rawRotation = "raw_rotation"
        /// rad/s, of a watch.
        case wristRotation = "wrist_rotation"
    }

    package init(phone: DeviceID, session: String?, message: Int?, readings: [Reading]) {
        self.phone = phone
        self.session = session
        self.message = message
        self.readings = readings
    }
}
