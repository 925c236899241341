import Events
import JSON

extension DeviceFamily {
    package static let sensorLogger = DeviceFamily(rawValue: "sensor-logger")
}

/// A phone with the Sensor Logger app.
package struct SensorLoggerDriver: DeviceDriver {
    package let family = DeviceFamily.sensorLogger
    package let role = DeviceRoleKind.phone

    package var simulation: SimulationProfile {
        var profile = SimulationProfile(
            "Simulate a phone with the Sensor Logger app.",
            script: "A script has lines such as \"at 4 s: swing\" and \"at 9 s: fault late\".",
            example: ("--to http://127.0.0.1:8000/data", "posts as the app does"))
        profile.options = [.destination]
        return profile
    }

    package let variants: [DecoderVariant] = [
        DecoderVariant(.sensorLogger, "message", "messages of the app, one JSON object each", .textMessages) {
            Decoder()
        }
    ]

    private struct Decoder: LoggingDecoder {
        mutating func feed(_ bytes: ArraySlice<UInt8>, into log: inout ReadingLog) {
            do throws(PhoneMessageError) {
                log.message(try PhoneMessage(parsing: bytes))
            } catch {
                log.reject(error.reason.rawValue, error.description, byteCount: bytes.count)
            }
        }
    }
}

extension ReadingLog {
    fileprivate mutating func message(_ message: PhoneMessage) {
        reading("message") { writer in
            if let messageID = message.messageID { writer.member("message", messageID) }
            if let sessionID = message.sessionID { writer.member("session", sessionID) }
            if let deviceID = message.deviceID { writer.member("device", deviceID) }
            if let userID = message.userID { writer.member("user", userID) }
            writer.member("readings", message.readings.count)
        }
        for reading in message.readings { self.phone(reading) }
        for error in message.rejectedReadings { reject(error.reason.rawValue, error.description) }
    }

    private mutating func phone(_ reading: PhoneReading) {
        self.reading("sensor") { writer in
            writer.member("sensor", reading.sensor.rawValue)
            writer.member("time", reading.time.nanoseconds)
            if let accuracy = reading.accuracy { writer.member("accuracy", accuracy) }
            for (field, value) in zip(reading.sensor.fields, reading.values) {
                guard let value else { continue }
                writer.key(field)
                switch value {
                case .number(let number):
                    if let whole = Int64(exactly: number) { writer.integer(whole) } else { writer.number(number) }
                case .text(let text): writer.string(text)
                case .boolean(let truth): writer.boolean(truth)
                }
            }
        }
    }
}
