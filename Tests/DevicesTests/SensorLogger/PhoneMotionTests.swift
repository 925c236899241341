import Clocks
import Events
import Testing

@testable import Devices

@Suite("Motion of a phone's message") struct PhoneMotionTests {
    private func motion(_ readings: String...) throws -> PhoneMotion {
        let text = #"{"messageId":1,"sessionId":"s","deviceId":"d","payload":[\#(readings.joined(separator: ","))]}"#
        return PhoneMotion(of: try PhoneMessage(parsing: Array(text.utf8)[...]))
    }

    private func reading(_ sensor: String, _ time: Int, _ values: String) -> String {
        #"{"name":"\#(sensor)","time":\#(time),"values":{\#(values)}}"#
    }

    private func motion(_ quantity: MotionEvent.Quantity, _ time: Int64, _ x: Double, _ y: Double, _ z: Double)
        -> MotionEvent.Reading
    {
        MotionEvent.Reading(
            quantity: quantity, time: WallTime(nanoseconds: time), vector: Vector3(x: x, y: y, z: z))
    }

    @Test("readings of each kind, in the order of their times; other sensors are no motion")
    func order() throws {
        let motion = try motion(
            reading("gyroscope", 30, #""x":4,"y":5,"z":6"#), reading("microphone", 5, #""dBFS":-20"#),
            reading("accelerometer", 10, #""x":1,"y":2,"z":3"#), reading("gravity", 20, #""x":0,"y":0,"z":9.8"#))
        #expect(
            motion.readings == [
                self.motion(.acceleration, 10, 1, 2, 3), self.motion(.rotation, 30, 4, 5, 6),
            ])
        #expect(motion.incomplete == 0)
    }

    @Test("a reading without an axis is left out and counted; a watch omits an axis that it does not turn about")
    func missingAxes() throws {
        let motion = try motion(
            reading("accelerometer", 10, #""x":1,"z":3"#),
            reading("wrist motion", 20, #""rotationRateX":1,"rotationRateZ":3"#),
            reading("gyroscope", 30, #""y":5"#), reading("gyroscope", 40, #""x":4,"y":5,"z":6"#))
        #expect(
            motion.readings == [
                self.motion(.wristRotation, 20, 1, 0, 3), self.motion(.rotation, 40, 4, 5, 6),
            ])
        #expect(motion.incomplete == 2)
    }
}
