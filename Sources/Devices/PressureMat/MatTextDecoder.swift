/// Decodes mats that send text, in three dialects: rows `R0:…`, `R1:…` of ohms; one line `F,time,…` per frame, with a
/// size from an earlier line `CFG,rows,columns`; and rows of bare numbers with a line `flag` after each frame.
///
/// Other lines are skipped.
package struct MatTextDecoder: Sendable {
    /// How each dialect scales raw values.
    package struct Scales: Hashable, Sendable {
        package var rows = MatScale.resistance
        package var frames = MatScale.counts(to: 4_095)
        package var lines = MatScale.counts(to: 1_023)
        /// Whether larger values widen the range of frames and lines.
        package private(set) var learnsRange = true

        package init() {}

        /// The same with the range of one mat, whichever dialect it uses.
        func with(_ range: MatRange) -> Self {
            var scales = self
            scales.rows = rows.with(range)
            scales.frames = frames.with(range)
            scales.lines = lines.with(range)
            scales.learnsRange = false
            return scales
        }
    }

    /// A dialect with several lines per frame.
    enum Dialect {
        case rows
        case lines
    }

    package internal(set) var counters = DecoderCounters()
    /// The number of skipped lines.
    package internal(set) var ignoredLines = 0
    let scales: Scales
    private var frameScale: LearntScale
    private var lineScale: LearntScale

    /// The incomplete line, or the length of one that exceeds `longestLine`.
    private var line: [UInt8] = []
    private var oversizedLineBytes = 0
    /// The raw values of the latest line.
    var values: [Double] = []

    /// The current frame, its bytes so far, and its dialect.
    var reading = MatReading()
    var byteCount = 0
    var dialect: Dialect?
    var sizeConfirmation = MatSizeConfirmation()
    /// From the latest `CFG` line.
    var announcedSize: MatSize?
    /// A row beyond the last one followed the latest frame, and how many frames in a row had one.
    var hasSurplusRow = false
    var framesWithSurplus = 0
    /// Bytes of lines that belong to no frame, because its beginning is missing.
    var skippedBytes = 0

    /// Longer than the largest mat in one line.
    package static let longestLine = 64 << 10

    package init(scales: Scales = Scales()) {
        self.scales = scales
        frameScale = LearntScale(scales.frames)
        lineScale = LearntScale(scales.lines)
    }

    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ emit: (MatItem) -> Void) {
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            extendLine(rest[...end])
            rest = rest[(end + 1)...]
            if oversizedLineBytes > 0 {
                rejectFrame(.length, "line longer than any frame", byteCount: oversizedLineBytes, emit)
            } else {
                handleLine(emit)
            }
            line.removeAll(keepingCapacity: true)
            oversizedLineBytes = 0
        }
        extendLine(rest)
    }

    /// Ends the stream: accepts a last frame that has all its rows, rejects what is incomplete or unconfirmed, and resets
    /// the decoder.
    package mutating func finish(_ emit: (MatItem) -> Void) {
        if MatTextLine(line[...], into: &values) == .flag {
            handle(.flag, byteCount: line.count, emit)
            line.removeAll(keepingCapacity: true)
        }
        values.removeAll(keepingCapacity: true)
        let size = MatSize(of: reading)
        if dialect != nil, size == sizeConfirmation.expectedSize || MatSizes.contains(size) { endFrame(emit) }
        sizeConfirmation.finish(&counters, emit)
        let rest = byteCount + line.count + oversizedLineBytes
        reportSkipped(emit)
        if rest > 0 {
            counters.reject(.truncated, "stream ended inside a frame", byteCount: rest, emit)
        }
        (oversizedLineBytes, announcedSize, sizeConfirmation) = (0, nil, MatSizeConfirmation())
        (hasSurplusRow, framesWithSurplus) = (false, 0)
        line.removeAll(keepingCapacity: true)
        beginFrame(in: nil)
    }

    /// Whether the line is text. Bytes received at the wrong baud rate are not.
    private static func isText(_ line: ArraySlice<UInt8>) -> Bool {
        line.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
    }

    private mutating func handleLine(_ emit: (MatItem) -> Void) {
        var rest = line.dropLast()
        var kind = MatTextLine(rest, into: &values)
        if kind == .damaged || kind == .other, let place = MatTextLine.beginning(inside: rest) {
            values.removeAll(keepingCapacity: true)
            let next = MatTextLine(rest[place...], into: &values)
            if next != .damaged, next != .other {
                rejectFrame(.range, "line without its end", byteCount: place, emit)
                (rest, kind) = (rest[place...], next)
            } else {
                values.removeAll(keepingCapacity: true)
            }
        }
        if kind == .other, !Self.isText(rest) {
            counters.reject(.unknown, "line that is not text", byteCount: rest.count + 1, emit)
        } else {
            handle(kind, byteCount: rest.count + 1, emit)
        }
        values.removeAll(keepingCapacity: true)
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

/// Assembling frames from lines.
extension MatTextDecoder {
    mutating func handle(_ line: MatTextLine, byteCount: Int, _ emit: (MatItem) -> Void) {
        switch line {
        case .row(let row): handle(row: row, byteCount, emit)
        case .cells:
            if dialect != .lines { skipFrame(emit) }
            dialect = .lines
            appendRow(byteCount, emit)
        case .flag:
            if dialect == .lines {
                self.byteCount += byteCount
                endFrame(emit)
            } else {
                skippedBytes += byteCount
            }
        case .size(let rows, let columns): setSize(rows: rows, columns: columns, byteCount, emit)
        case .frame(let time):
            skipFrame(emit)
            reading.time = time
            decodeFrame(byteCount, emit)
        case .damaged: rejectFrame(.range, "line with something other than numbers", byteCount: byteCount, emit)
        case .other: ignoredLines += 1
        }
    }

    /// `R0`, `R1` and so on. A frame ends where the next one begins or, if the size is known, at the last row.
    private mutating func handle(row: Int, _ byteCount: Int, _ emit: (MatItem) -> Void) {
        if row == 0 {
            if dialect == .rows { endFrame(emit) } else { skipFrame(emit) }
            dialect = .rows
            if !hasSurplusRow { framesWithSurplus = 0 }
            hasSurplusRow = false
        } else if dialect != .rows || row != reading.rows {
            guard dialect == .rows else {
                skippedBytes += byteCount
                return handleSurplus(row: row)
            }
            return rejectFrame(.truncated, "row missing", byteCount: byteCount, emit)
        }
        appendRow(byteCount, emit)
        if let size = sizeConfirmation.size, reading.rows == size.rows { endFrame(emit) }
    }

    /// A row beyond the last one, twice: the mat is larger than assumed.
    private mutating func handleSurplus(row: Int) {
        guard dialect == nil, !hasSurplusRow, row == sizeConfirmation.size?.rows else { return }
        hasSurplusRow = true
        framesWithSurplus += 1
        if framesWithSurplus == 2 { (sizeConfirmation, framesWithSurplus) = (MatSizeConfirmation(), 0) }
    }

    private mutating func appendRow(_ byteCount: Int, _ emit: (MatItem) -> Void) {
        if reading.rows > 0, reading.columns != values.count {
            return rejectFrame(.length, "rows of different length", byteCount: byteCount, emit)
        }
        // When only a flag is lost, two whole frames follow each other.
        let limit = dialect == .lines ? sizeConfirmation.size.map { 2 * $0.rows } : nil
        if reading.rows >= limit ?? MatReading.longestSide || values.count > MatReading.longestSide {
            return rejectFrame(.length, "more rows or columns than any mat has", byteCount: byteCount, emit)
        }
        reportSkipped(emit)
        reading.rows += 1
        reading.columns = values.count
        reading.cells += values
        self.byteCount += byteCount
    }

    private mutating func setSize(rows: Int, columns: Int, _ byteCount: Int, _ emit: (MatItem) -> Void) {
        let sides = 1...MatReading.longestSide
        if sides.contains(rows), sides.contains(columns) {
            announcedSize = MatSize(rows, columns)
            ignoredLines += 1
        } else {
            rejectFrame(.range, "CFG line with an unsupported size", byteCount: byteCount, emit)
        }
    }

    private mutating func decodeFrame(_ byteCount: Int, _ emit: (MatItem) -> Void) {
        guard let size = size(ofCells: values.count) else {
            let isSizeKnown = announcedSize != nil || sizeConfirmation.size != nil
            return rejectFrame(
                isSizeKnown ? .length : .unknown,
                isSizeKnown
                    ? "frame with a wrong number of cells"
                    : "frame before any CFG line, with a cell count of no known mat", byteCount: byteCount, emit)
        }
        reportSkipped(emit)
        (reading.rows, reading.columns) = (size.rows, size.columns)
        reading.cells += values
        if sizeConfirmation.size == nil || size == announcedSize { sizeConfirmation.set(size) }
        reading.scale(by: &frameScale, learns: scales.learnsRange)
        sizeConfirmation.receive(&reading, byteCount: byteCount, &counters, emit)
        beginFrame(in: nil)
    }

    /// The announced size, the one so far, or that of an existing mat: a `CFG` line may be damaged too.
    private func size(ofCells count: Int) -> MatSize? {
        for size in [announcedSize, sizeConfirmation.size] {
            if let size, size.cellCount == count { return size }
        }
        return MatSizes.size(ofCells: count)
    }
}

/// Beginning and ending a frame.
extension MatTextDecoder {
    mutating func endFrame(_ emit: (MatItem) -> Void) {
        if dialect == .lines, let size = sizeConfirmation.size, reading.rows == 2 * size.rows {
            // Two whole frames without the flag between them.
            var second = reading
            second.rows = size.rows
            second.cells.removeFirst(size.rows * reading.columns)
            reading.rows = size.rows
            reading.cells.removeLast(second.cells.count)
            let firstBytes = byteCount / 2
            emitFrame(byteCount: firstBytes, emit)
            reading = second
            byteCount -= firstBytes
        }
        emitFrame(byteCount: byteCount, emit)
        beginFrame(in: nil)
    }

    private mutating func emitFrame(byteCount: Int, _ emit: (MatItem) -> Void) {
        if dialect == .rows {
            reading.scale(by: scales.rows)
        } else {
            reading.scale(by: &lineScale, learns: scales.learnsRange)
        }
        sizeConfirmation.receive(&reading, byteCount: byteCount, &counters, emit)
    }

    mutating func beginFrame(in dialect: Dialect?) {
        self.dialect = dialect
        byteCount = 0
        reading.rows = 0
        reading.columns = 0
        reading.time = nil
        reading.cells.removeAll(keepingCapacity: true)
    }

    /// Rejects a line together with the frame it belongs to.
    mutating func rejectFrame(
        _ reason: DecoderReject.Reason, _ detail: String, byteCount: Int, _ emit: (MatItem) -> Void
    ) {
        reportSkipped(emit)
        counters.reject(reason, detail, byteCount: self.byteCount + byteCount, emit)
        beginFrame(in: nil)
    }

    /// Skips the part of a frame in another dialect.
    private mutating func skipFrame(_ emit: (MatItem) -> Void) {
        skippedBytes += byteCount
        beginFrame(in: nil)
    }

    mutating func reportSkipped(_ emit: (MatItem) -> Void) {
        guard skippedBytes > 0 else { return }
        counters.reject(.resynchronised, "lines of a frame without its beginning", byteCount: skippedBytes, emit)
        skippedBytes = 0
    }
}

extension MatReading {
    fileprivate mutating func scale(by scale: inout LearntScale, learns: Bool) {
        if learns { scale.record(greatest: cells.max() ?? 0) }
        self.scale(by: scale.scale)
    }

    fileprivate mutating func scale(by scale: MatScale) {
        for index in cells.indices { cells[index] = scale.percent(cells[index]) }
    }
}
