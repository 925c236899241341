import Devices

/// Whatever a message says, its readings are finite, each has the fields of its sensor, and what is refused is told in one
/// line.
enum PhoneMessageFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        let message: PhoneMessage
        do throws(PhoneRefusal) {
            message = try PhoneMessage(parsing: input)
        } catch {
            return try promise(OneLine.holds(error.description), "no line: \(error)")
        }
        for reading in message.readings {
            try promise(reading.values.count == reading.sensor.fields.count, "\(reading)")
            try promise(reading.values.contains { $0 != nil }, "\(reading)")
            try promise(reading.values.allSatisfy { $0?.number?.isFinite ?? true }, "\(reading)")
            try promise(reading.time.nanoseconds >= 0, "\(reading)")
        }
        for refusal in message.refusals { try promise(OneLine.holds(refusal.description), "no line: \(refusal)") }
    }
}
