/// From lines to frames.
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
        case .damaged: rejectFrame(.range, "a line holds what is no number", byteCount: byteCount, emit)
        case .other: ignoredLines += 1
        }
    }

    /// `R0`, `R1` and so on. Nothing marks the end of a frame but the beginning of the next, or the last row of a mat
    /// whose size is known.
    private mutating func handle(row: Int, _ byteCount: Int, _ emit: (MatItem) -> Void) {
        if row == 0 {
            if dialect == .rows { endFrame(emit) } else { skipFrame(emit) }
            dialect = .rows
        } else if dialect != .rows || row != reading.rows {
            // A row behind the last one: the mat is larger than was thought.
            if dialect == nil, row == sizeConfirmation.rows { sizeConfirmation = MatSizeConfirmation() }
            guard dialect == .rows else {
                skippedBytes += byteCount
                return
            }
            return rejectFrame(.truncated, "a row is missing", byteCount: byteCount, emit)
        }
        appendRow(byteCount, emit)
        if sizeConfirmation.isConfirmed, reading.rows == sizeConfirmation.rows { endFrame(emit) }
    }

    private mutating func appendRow(_ byteCount: Int, _ emit: (MatItem) -> Void) {
        if reading.rows > 0, reading.columns != values.count {
            return rejectFrame(.length, "the rows of a frame are not equally long", byteCount: byteCount, emit)
        }
        if reading.rows == MatReading.longestSide || values.count > MatReading.longestSide {
            return rejectFrame(.length, "a frame has more rows or columns than any mat", byteCount: byteCount, emit)
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
            size = (rows, columns)
            ignoredLines += 1
        } else {
            rejectFrame(.range, "CFG tells of a size that no mat has", byteCount: byteCount, emit)
        }
    }

    private mutating func decodeFrame(_ byteCount: Int, _ emit: (MatItem) -> Void) {
        guard let size = size ?? MatSizes.size(ofCells: values.count) else {
            return rejectFrame(
                .unknown, "a frame before any CFG line, and no mat has so many cells", byteCount: byteCount, emit)
        }
        guard size.rows * size.columns == values.count else {
            return rejectFrame(.length, "a frame does not have as many cells as the mat", byteCount: byteCount, emit)
        }
        reportSkipped(emit)
        (reading.rows, reading.columns) = size
        reading.cells += values
        reading.scale(by: scales.frames)
        counters.accept(byteCount: byteCount)
        emit(.frame(reading))
        beginFrame(in: nil)
    }
}

/// Beginning and ending.
extension MatTextDecoder {
    mutating func endFrame(_ emit: (MatItem) -> Void) {
        reading.scale(by: dialect == .rows ? scales.rows : scales.lines)
        sizeConfirmation.receive(&reading, byteCount: byteCount, &counters, emit)
        beginFrame(in: nil)
    }

    mutating func beginFrame(in dialect: Dialect?) {
        self.dialect = dialect
        byteCount = 0
        reading.rows = 0
        reading.columns = 0
        reading.time = nil
        reading.cells.removeAll(keepingCapacity: true)
    }

    /// Refuses a line, and with it the frame it belongs to.
    mutating func rejectFrame(
        _ reason: DecoderReject.Reason, _ detail: String, byteCount: Int, _ emit: (MatItem) -> Void
    ) {
        reportSkipped(emit)
        counters.reject(reason, detail, byteCount: self.byteCount + byteCount, emit)
        beginFrame(in: nil)
    }

    /// What has come of a frame in another dialect.
    private mutating func skipFrame(_ emit: (MatItem) -> Void) {
        skippedBytes += byteCount
        beginFrame(in: nil)
    }

    mutating func reportSkipped(_ emit: (MatItem) -> Void) {
        guard skippedBytes > 0 else { return }
        counters.reject(.resynchronised, "lines whose frame has lost its beginning", byteCount: skippedBytes, emit)
        skippedBytes = 0
    }
}

extension MatReading {
    fileprivate mutating func scale(by scale: MatScale) {
        for index in cells.indices { cells[index] = scale.percent(cells[index]) }
    }
}
