import Devices

/// Chunk boundaries do not affect the decoded frames; every cell is a pressure or no sensor; and every byte is
/// accounted for. Where there are several mats, the first byte selects one.
enum MatFuzz {
    static func frames(_ input: ArraySlice<UInt8>) throws {
        guard let first = input.first else { return }
        let layout = layouts[Int(first) % layouts.count]
        let counters = try check(input.dropFirst()) { .framed(FramedMatDecoder(layout)) }
        try require(
            Int(counters.acceptedBytes + counters.rejectedBytes) == input.count - 1,
            "\(counters.acceptedBytes) and \(counters.rejectedBytes) of \(input.count - 1) bytes")
    }

    static func halves(_ input: ArraySlice<UInt8>) throws {
        guard var layout = layouts.first(where: { $0.header.isEmpty }) else { return }
        layout.padding = 1
        layout.halfOffset = layout.cellCount
        let counters = try check(input) { .halves(HalvedMatDecoder(layout)) }
        try require(Int(counters.acceptedBytes + counters.rejectedBytes) == input.count, "bytes are missing")
    }

    static func runLength(_ input: ArraySlice<UInt8>) throws {
        let counters = try check(input) { .runLength(RunLengthMatDecoder(rows: 2, columns: 4)) }
        try require(Int(counters.acceptedBytes + counters.rejectedBytes) == input.count, "bytes are missing")
    }

    static func text(_ input: ArraySlice<UInt8>) throws {
        let counters = try check(input) { .text(MatTextDecoder()) }
        try require(Int(counters.acceptedBytes + counters.rejectedBytes) <= input.count, "more bytes than there were")
    }

    /// Small mats, so that the fuzzer finds complete frames.
    private static let layouts: [MatLayout] = {
        let byte = MatScale(rest: 0, full: 255)
        let falling = MatScale(rest: 4_095, full: 100, noSensor: 3)
        guard let byte, let falling else { return [] }
        var trailer = MatLayout(rows: 2, columns: 3, cell: .byte, scale: byte)
        trailer.trailer = [0xAA, 0x55]
        var header = MatLayout(rows: 1, columns: 3, cell: .bigEndian, scale: falling)
        header.header = [0xAA]
        header.offset = 2
        header.padding = 1
        header.largestCell = 4_095
        var both = MatLayout(rows: 1, columns: 2, cell: .littleEndian, scale: falling)
        both.header = [0x01]
        both.offset = 1
        both.trailer = [0x02, 0x03]
        return [KnownMat.grid(rows: 1, columns: 2), trailer, header, both]
    }()

    private static func check(
        _ input: ArraySlice<UInt8>, _ makeDecoder: () -> MatDecoder
    ) throws -> DecoderCounters {
        var (whole, cut) = (makeDecoder(), makeDecoder())
        var (wholeItems, cutItems): ([MatItem], [MatItem]) = ([], [])
        whole.feed(input) { wholeItems.append($0) }
        whole.finish { wholeItems.append($0) }
        for piece in Chunks(input) { cut.feed(piece) { cutItems.append($0) } }
        cut.finish { cutItems.append($0) }
        try require(wholeItems == cutItems, "\(wholeItems), in chunks: \(cutItems)")
        try require(whole.counters == cut.counters, "\(whole.counters), in chunks: \(cut.counters)")
        for item in wholeItems {
            switch item {
            case .frame(let frame):
                try require(frame.cells.count == frame.rows * frame.columns, "\(frame)")
                try require(
                    frame.cells.allSatisfy { $0 == MatReading.noSensor || (0...100).contains($0) }, "\(frame)")
            case .rejected(let reject): try require(reject.byteCount > 0, "\(reject)")
            }
        }
        return whole.counters
    }
}
