/// A reading that can be written down for people.
protocol LoggableReading {
    func write(to log: inout ReadingLog)
}

/// Any decoder whose readings can be written down, for the registry.
struct LoggingDecoderAdapter<Decoder: DeviceDecoder>: LoggingDecoder where Decoder.Reading: LoggableReading {
    private var decoder: Decoder

    init(_ decoder: Decoder) {
        self.decoder = decoder
    }

    mutating func feed(_ bytes: ArraySlice<UInt8>, into log: inout ReadingLog) {
        decoder.feed(bytes) { $0.write(to: &log) }
    }

    mutating func finish(into log: inout ReadingLog) {
        decoder.flush { $0.write(to: &log) }
    }
}
