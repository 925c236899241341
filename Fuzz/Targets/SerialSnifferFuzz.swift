import Devices

/// However the bytes of a port are cut, they are taken for the same; and nobody is more certain than certain.
enum SerialSnifferFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        var whole = SerialSniffer(baudRate: 115_200)
        whole.feed(input)
        var cut = SerialSniffer(baudRate: 115_200)
        for piece in Chunks(input) { cut.feed(piece) }
        try require(whole.matches == cut.matches, "\(whole.matches), but cut: \(cut.matches)")
        for finding in whole.matches {
            try require((0...1).contains(finding.confidence), "\(finding): \(finding.confidence)")
            try require(PrintableLine.isValid(finding.description), "no line: \(finding)")
        }
        if case .unsure(let reason) = SerialIdentification([whole]) {
            try require(PrintableLine.isValid(reason), "no line: \(reason)")
        }
    }
}
