import Devices

/// However the bytes of a port are cut, they are taken for the same; and nobody is more certain than certain.
enum SerialSnifferFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        var whole = SerialSniffer(baudRate: 115_200)
        whole.feed(input)
        var cut = SerialSniffer(baudRate: 115_200)
        for piece in Pieces(input) { cut.feed(piece) }
        try promise(whole.findings == cut.findings, "\(whole.findings), but cut: \(cut.findings)")
        for finding in whole.findings {
            try promise((0...1).contains(finding.confidence), "\(finding): \(finding.confidence)")
            try promise(OneLine.holds(finding.description), "no line: \(finding)")
        }
        if case .unsure(let reason) = SerialVerdict([whole]) {
            try promise(OneLine.holds(reason), "no line: \(reason)")
        }
    }
}
