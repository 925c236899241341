/// Decodes mats that write text, in three dialects: rows `R0:…`, `R1:…` of ohms; one line `F,time,…` for a frame, whose
/// size an earlier line `CFG,rows,columns` tells; and rows of bare numbers with a line `flag` behind each frame.
///
/// What else the firmware prints is skipped, wherever it stands between whole lines.
package struct MatTextDecoder: Sendable {
    /// How the raw values of each dialect are meant.
    package struct Scales: Hashable, Sendable {
        package var rows = MatScale.resistance
        package var frames = MatScale.counts(to: 4_095)
        package var lines = MatScale.counts(to: 1_023)

        package init() {}
    }

    /// A dialect in which a frame takes several lines.
    enum Dialect {
        case rows
        case lines
    }

    package internal(set) var counters = DecoderCounters()
    /// Lines that were meant for people.
    package internal(set) var ignoredLines = 0
    let scales: Scales

    /// The unfinished line, or the length of one that is too long to keep.
    private var line: [UInt8] = []
    private var oversizedLineBytes = 0
    /// The raw values of the latest line.
    var values: [Double] = []

    /// The frame that is coming in, its bytes so far, and the dialect in which it comes.
    var reading = MatReading()
    var byteCount = 0
    var dialect: Dialect?
    var sizeConfirmation = MatSizeConfirmation()
    /// As `CFG` told it.
    var size: (rows: Int, columns: Int)?
    /// Bytes of lines that belong to no frame, because the beginning of theirs is missing.
    var skippedBytes = 0

    /// Longer than the greatest mat in one line.
    package static let longestLine = 64 << 10

    package init(scales: Scales = Scales()) {
        self.scales = scales
    }

    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ emit: (MatItem) -> Void) {
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            extendLine(rest[...end])
            rest = rest[(end + 1)...]
            if oversizedLineBytes > 0 {
                rejectFrame(.length, "a line is longer than any frame", byteCount: oversizedLineBytes, emit)
            } else {
                let kind = MatTextLine(line.dropLast(), into: &values)
                if kind == .other, !Self.isText(line) {
                    counters.reject(.unknown, "a line that is no text", byteCount: line.count, emit)
                } else {
                    handle(kind, byteCount: line.count, emit)
                }
                values.removeAll(keepingCapacity: true)
            }
            line.removeAll(keepingCapacity: true)
            oversizedLineBytes = 0
        }
        extendLine(rest)
    }

    /// Nothing more will come. What is unfinished or unconfirmed is refused, and the decoder begins anew.
    package mutating func finish(_ emit: (MatItem) -> Void) {
        if dialect == .rows, reading.rows == sizeConfirmation.rows { endFrame(emit) }
        sizeConfirmation.dropHeld(&counters, emit)
        let rest = byteCount + line.count + oversizedLineBytes
        reportSkipped(emit)
        if rest > 0 {
            counters.reject(.truncated, "the stream ended in the middle of a frame", byteCount: rest, emit)
        }
        (oversizedLineBytes, size, sizeConfirmation) = (0, nil, MatSizeConfirmation())
        line.removeAll(keepingCapacity: true)
        beginFrame(in: nil)
    }

    /// Whether people could read it; what comes at the wrong speed is not.
    private static func isText(_ line: [UInt8]) -> Bool {
        line.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
    }

    private mutating func extendLine(_ bytes: ArraySlice<UInt8>) {
        if oversizedLineBytes > 0 || line.count + bytes.count > Self.longestLine {
            oversizedLineBytes += line.count + bytes.count
            line.removeAll(keepingCapacity: true)
        } else {
            line += bytes
        }
    }
}
