import Clocks
import Devices
import JSON
import Signals

/// Readings are finite and rates within range for any datagram; a rejected datagram has no effect.
enum HeartDatagramFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        guard let reading = try? HeartReading(datagram: input) else { return }
        try require(reading.beatsPerMinute.doubleValue.isFinite, "a rate of \(reading.beatsPerMinute)")
        try require(reading == HeartReading(datagram: Array(input)[...]), "the same datagram decodes differently")
        var pipeline = HeartPipeline()
        for second in 0..<15 as Range<Int64> {
            let event = try pipeline.receive(
                reading, from: "", at: MonotonicTime(nanoseconds: second * 1_000_000_000))
            if let rate = event.rate.beatsPerMinute { try require((40...200).contains(rate), "a rate of \(rate)") }
            guard let statistics = event.statistics else { continue }
            try require((40...200).contains(statistics.mean), "a mean of \(statistics.mean)")
            try require(statistics.standardDeviation < 1e-6, "equal readings deviate")
        }
        try require(pipeline.users.entries.map(\.user) == [reading.user], "one user became \(pipeline.users.entries)")
    }
}

/// Chunk boundaries do not affect the decoded lines. The first byte is the chunk size.
enum HeartSerialFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        guard let first = input.first else { return }
        let text = input.dropFirst()
        let whole = decode(text, inPiecesOf: max(1, text.count))
        let cut = decode(text, inPiecesOf: Int(first) + 1)
        try require(whole.items == cut.items, "\(whole.items), in chunks: \(cut.items)")
        try require(whole.ignored == cut.ignored, "\(whole.ignored) lines ignored, in chunks: \(cut.ignored)")
    }

    private static func decode(
        _ text: ArraySlice<UInt8>, inPiecesOf size: Int
    ) -> (items: [HeartSerialItem], ignored: Int) {
        var decoder = HeartSerialDecoder()
        var items: [HeartSerialItem] = []
        var rest = text
        while !rest.isEmpty {
            decoder.feed(rest.prefix(size), into: &items)
            rest = rest.dropFirst(size)
        }
        return (items, decoder.ignoredLines)
    }
}

/// Readings are finite and have the fields of their sensor, and rejects are described in a printable line.
enum PhoneMessageFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        let message: PhoneMessage
        do throws(PhoneMessageError) {
            message = try PhoneMessage(parsing: input)
        } catch {
            return try require(PrintableLine.isValid(error.description), "not a printable line: \(error)")
        }
        for reading in message.readings {
            try require(reading.values.count == reading.sensor.fields.count, "\(reading)")
            try require(reading.values.contains { $0 != nil }, "\(reading)")
            try require(reading.values.allSatisfy { $0?.number?.isFinite ?? true }, "\(reading)")
            try require(reading.time.nanoseconds >= 0, "\(reading)")
        }
        for refusal in message.rejectedReadings {
            try require(PrintableLine.isValid(refusal.description), "not a printable line: \(refusal)")
        }
        try requireSameAlone(message, input)
    }

    /// A reading alone gives what it gives after others, in its message or in earlier ones.
    private static func requireSameAlone(_ message: PhoneMessage, _ input: ArraySlice<UInt8>) throws {
        let text = input.starts(with: [0xEF, 0xBB, 0xBF]) ? input.dropFirst(3) : input
        guard let members = try? JSONMembers(parsing: text, limits: PhoneMessage.limits),
            let payload = members["payload"],
            var elements = try JSONArrayScanner(members.raw(payload), limits: PhoneMessage.limits)
        else { return }
        var readings: [PhoneReading] = []
        var rejects: [PhoneMessageReject] = []
        var patterns = PhoneReadingPatterns()
        while let element = try elements.next() {
            let alone = Array(#"{"payload":["#.utf8) + elements.raw(element) + Array("]}".utf8)
            let part = try PhoneMessage(parsing: alone[...])
            let later = try PhoneMessage(parsing: alone[...], &patterns)
            try require(later == part, "\(later) later, \(part) alone")
            readings += part.readings
            rejects += part.rejectedReadings.map(\.reason)
        }
        try require(readings == message.readings, "\(readings) alone, \(message.readings)")
        try require(rejects == message.rejectedReadings.map(\.reason), "\(rejects) alone")
        let later = try PhoneMessage(parsing: input, &patterns)
        try require(later == message, "\(later) later, \(message)")
    }
}
