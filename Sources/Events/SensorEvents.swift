import Clocks

/// One frame of a pressure mat or insole.
package struct PressureEvent: Hashable, Sendable {
    package let mat: DeviceID
    /// The device's frame counter, which wraps; nil if it does not count.
    package let frame: Int?
    package let matrix: PressureMatrix

    package init(mat: DeviceID, frame: Int?, matrix: PressureMatrix) {
        self.mat = mat
        self.frame = frame
        self.matrix = matrix
    }
}

/// A grid of pressures, row by row. Each cell is 0...100 (100: full pressure), or `PressureMatrix.noSensor` where the
/// grid has no sensor.
package struct PressureMatrix: Hashable, Sendable {
    package let rows: Int
    package let columns: Int
    package let cells: [Double]

    package static let noSensor = -1.0

    /// Nil unless there are `rows * columns` cells.
    package init?(rows: Int, columns: Int, cells: [Double]) {
        guard rows >= 0, columns >= 0, rows.multipliedReportingOverflow(by: columns) == (cells.count, false) else {
            return nil
        }
        self.rows = rows
        self.columns = columns
        self.cells = cells
    }

    package subscript(row: Int, column: Int) -> Double {
        cells[row * columns + column]
    }
}

/// One message from a phone's motion sensors.
package struct MotionEvent: Hashable, Sendable {
    package let phone: DeviceID
    /// The recording on the phone; nil if not reported.
    package let session: String?
    /// The phone's message counter. Messages can arrive out of order.
    package let message: Int?
    package let readings: [Reading]

    /// One sample of one sensor; the time is that of the phone's clock.
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
        /// rad/s, without drift correction by the phone.
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

/// Values of a device that the gateway passes on without interpreting them.
package struct MeasurementEvent: Hashable, Sendable {
    package let device: DeviceID
    package let family: DeviceFamily
    package let values: [Value]

    package struct Value: Hashable, Sendable {
        /// A stable name, such as `cadence`.
        package let quantity: String
        /// Always finite.
        package let value: Double
        /// Such as `rpm`.
        package let unit: String

        package init(_ quantity: String, _ value: Double, _ unit: String) {
            self.quantity = quantity
            self.value = value
            self.unit = unit
        }
    }

    package init(device: DeviceID, family: DeviceFamily, values: [Value]) {
        self.device = device
        self.family = family
        self.values = values
    }
}
