import Devices

/// What every decoder promises, whatever it is fed: each byte is accepted, refused for a reason, or held back; what it
/// gives is counted; and a stream reads the same however it is cut.
enum DecoderFuzz {
    /// Messages with a length before each: from 0 to 254 bytes, and 255 for a silence.
    static func messages<Decoder: DeviceDecoder>(
        _ input: ArraySlice<UInt8>, to decoder: Decoder, check: (Decoder.Reading) throws -> Void = { _ in }
    ) throws {
        var decoder = decoder
        var rest = input
        var fed = 0
        var readings: [Decoder.Reading] = []
        while let length = rest.popFirst() {
            if length == 255 {
                decoder.flush { readings.append($0) }
            } else {
                let message = rest.prefix(Int(length))
                rest = rest.dropFirst(message.count)
                fed += message.count
                decoder.feed(message) { readings.append($0) }
            }
            try checkByteCounts(of: decoder, fed: fed)
        }
        decoder.flush { readings.append($0) }
        try checkByteCounts(of: decoder, fed: fed)
        try require(decoder.pendingByteCount == 0, "\(decoder.pendingByteCount) bytes are held back for ever")
        for reading in readings { try check(reading) }
    }

    static func stream<Decoder: DeviceDecoder>(_ input: ArraySlice<UInt8>, to decoder: Decoder) throws {
        var whole = decoder
        var expected: [Decoder.Reading] = []
        whole.feed(input) { expected.append($0) }
        try checkByteCounts(of: whole, fed: input.count)
        whole.flush { expected.append($0) }
        try checkByteCounts(of: whole, fed: input.count)
        var cut = decoder
        var readings: [Decoder.Reading] = []
        for piece in Chunks(input) { cut.feed(piece) { readings.append($0) } }
        cut.flush { readings.append($0) }
        try require(readings == expected, "\(expected), but cut: \(readings)")
        try require(cut.counters == whole.counters, "\(whole.counters), but cut: \(cut.counters)")
    }

    private static func checkByteCounts<Decoder: DeviceDecoder>(of decoder: Decoder, fed: Int) throws {
        let tally = decoder.counters
        let known = Int(tally.acceptedBytes + tally.rejectedBytes) + decoder.pendingByteCount
        try require(known == fed, "\(known) bytes on the books, but \(fed) were fed")
        try require(decoder.pendingByteCount <= 8_192, "\(decoder.pendingByteCount) bytes are held back")
    }
}
