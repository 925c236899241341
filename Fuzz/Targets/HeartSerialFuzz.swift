import Devices

/// However the text of a serial port is cut, it says the same; and no line is longer than allowed. The first byte of the
/// input says how to cut.
enum HeartSerialFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        guard let first = input.first else { return }
        let text = input.dropFirst()
        let whole = decode(text, inPiecesOf: max(1, text.count))
        let cut = decode(text, inPiecesOf: Int(first) + 1)
        try require(whole.items == cut.items, "\(whole.items), but cut: \(cut.items)")
        try require(whole.ignored == cut.ignored, "\(whole.ignored) lines ignored, but cut: \(cut.ignored)")
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
