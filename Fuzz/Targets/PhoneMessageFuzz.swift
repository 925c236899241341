import Devices

/// Whatever a message says, its readings are finite, each has the fields of its sensor, and what is refused is told in one
/// line.
enum PhoneMessageFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        let message: PhoneMessage
        do throws(PhoneMessageError) {
            message = try PhoneMessage(parsing: input)
        } catch {
            return try require(PrintableLine.isValid(error.description), "no line: \(error)")
        }
        for reading in message.readings {
            try require(reading.values.count == reading.sensor.fields.count, "\(reading)")
            try require(reading.values.contains { $0 != nil }, "\(reading)")
            try require(reading.values.allSatisfy { $0?.number?.isFinite ?? true }, "\(reading)")
            try require(reading.time.nanoseconds >= 0, "\(reading)")
        }
        for refusal in message.rejectedReadings {
            try require(PrintableLine.isValid(refusal.description), "no line: \(refusal)")
        }
    }
}
