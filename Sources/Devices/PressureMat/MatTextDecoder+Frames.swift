/// From lines to frames.
extension MatTextDecoder {
    mutating func take(_ line: MatTextLine, byteCount: Int, _ emit: (MatItem) -> Void) {
        switch line {
        case .row(let row): take(row: row, byteCount, emit)
        case .cells:
            if dialect != .lines { giveUpFrame(emit) }
            dialect = .lines
            takeRow(byteCount, emit)
        case .flag:
            if dialect == .lines {
                self.byteCount += byteCount
                endFrame(emit)
            } else {
                lost += byteCount
            }
        case .size(let rows, let columns): take(rows: rows, columns: columns, byteCount, emit)
        case .frame(let time):
            giveUpFrame(emit)
            reading.time = time
            takeFrame(byteCount, emit)
        case .damaged: damage(.range, "a line holds what is no number", byteCount: byteCount, emit)
        case .other: ignoredLines += 1
        }
    }

    /// `R0`, `R1` and so on. Nothing marks the end of a frame but the beginning of the next, or the last row of a mat
    /// whose size is known.
    private mutating func take(row: Int, _ byteCount: Int, _ emit: (MatItem) -> Void) {
        if row == 0 {
            if dialect == .rows { endFrame(emit) } else { giveUpFrame(emit) }
            dialect = .rows
        } else if dialect != .rows || row != reading.rows {
            // A row behind the last one: the mat is larger than was thought.
            if dialect == nil, row == agreement.rows { agreement = MatAgreement() }
            guard dialect == .rows else {
                lost += byteCount
                return
            }
            return damage(.truncated, "a row is missing", byteCount: byteCount, emit)
        }
        takeRow(byteCount, emit)
        if agreement.isReached, reading.rows == agreement.rows { endFrame(emit) }
    }

    private mutating func takeRow(_ byteCount: Int, _ emit: (MatItem) -> Void) {
        if reading.rows > 0, reading.columns != values.count {
            return damage(.length, "the rows of a frame are not equally long", byteCount: byteCount, emit)
        }
        if reading.rows == MatReading.longestSide || values.count > MatReading.longestSide {
            return damage(.length, "a frame has more rows or columns than any mat", byteCount: byteCount, emit)
        }
        reportLoss(emit)
        reading.rows += 1
        reading.columns = values.count
        reading.cells += values
        self.byteCount += byteCount
    }

    private mutating func take(rows: Int, columns: Int, _ byteCount: Int, _ emit: (MatItem) -> Void) {
        let sides = 1...MatReading.longestSide
        if sides.contains(rows), sides.contains(columns) {
            size = (rows, columns)
            ignoredLines += 1
        } else {
            damage(.range, "CFG tells of a size that no mat has", byteCount: byteCount, emit)
        }
    }

    private mutating func takeFrame(_ byteCount: Int, _ emit: (MatItem) -> Void) {
        guard let size = size ?? MatSizes.size(ofCells: values.count) else {
            return damage(
                .unknown, "a frame before any CFG line, and no mat has so many cells", byteCount: byteCount, emit)
        }
        guard size.rows * size.columns == values.count else {
            return damage(.length, "a frame does not have as many cells as the mat", byteCount: byteCount, emit)
        }
        reportLoss(emit)
        (reading.rows, reading.columns) = size
        reading.cells += values
        reading.scale(by: scales.frames)
        tally.accept(byteCount: byteCount)
        emit(.frame(reading))
        beginFrame(in: nil)
    }
}

/// Beginning and ending.
extension MatTextDecoder {
    mutating func endFrame(_ emit: (MatItem) -> Void) {
        reading.scale(by: dialect == .rows ? scales.rows : scales.lines)
        agreement.take(&reading, byteCount: byteCount, &tally, emit)
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
    mutating func damage(
        _ reason: DecoderReject.Reason, _ detail: String, byteCount: Int, _ emit: (MatItem) -> Void
    ) {
        reportLoss(emit)
        tally.reject(reason, detail, byteCount: self.byteCount + byteCount, emit)
        beginFrame(in: nil)
    }

    /// What has come of a frame in another dialect.
    private mutating func giveUpFrame(_ emit: (MatItem) -> Void) {
        lost += byteCount
        beginFrame(in: nil)
    }

    mutating func reportLoss(_ emit: (MatItem) -> Void) {
        guard lost > 0 else { return }
        tally.reject(.resynchronised, "lines whose frame has lost its beginning", byteCount: lost, emit)
        lost = 0
    }
}

extension MatReading {
    fileprivate mutating func scale(by scale: MatScale) {
        for index in cells.indices { cells[index] = scale.percent(cells[index]) }
    }
}
