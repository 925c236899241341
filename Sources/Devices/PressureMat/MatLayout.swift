/// The layout of a fixed-length frame: where its cells are, and which bytes mark it.
package struct MatLayout: Hashable, Sendable {
    package enum Cell: String, Hashable, Sendable, CaseIterable {
        case byte = "u8"
        case littleEndian = "u16le"
        case bigEndian = "u16be"

        package var size: Int { self == .byte ? 1 : 2 }
    }

    package var rows: Int
    package var columns: Int
    package var cell: Cell
    /// The bytes at the start of every frame. A layout needs a header or a trailer.
    package var header: [UInt8] = []
    /// The bytes at the end of every frame.
    package var trailer: [UInt8] = []
    /// The offset of the first cell.
    package var offset = 0
    /// The number of bytes between the last cell and the trailer.
    package var padding = 0
    /// The offset of a little-endian 16-bit frame counter.
    package var counterOffset: Int?
    /// The offset of the byte that identifies the half of every row, 0 for the left one.
    package var halfOffset: Int?
    /// Whether the firmware may print a line of text between two frames.
    package var allowsText = false
    /// The largest raw value of the converter; a frame with a larger one is damaged.
    package var largestCell = Int(UInt16.max)
    package var scale: MatScale
    /// Whether the converter's range is an assumption, which larger values correct.
    package var learnsRange = false
    /// The bytes that make the mat start sending, if it needs any.
    package var startCommand: [UInt8] = []

    package init(rows: Int, columns: Int, cell: Cell, scale: MatScale) {
        self.rows = rows
        self.columns = columns
        self.cell = cell
        self.scale = scale
    }

    package var cellCount: Int { rows * columns }

    /// The length of the whole frame in bytes.
    package var frameLength: Int { offset + cellCount * cell.size + padding + trailer.count }

    /// How many bytes of the next frame are needed to confirm this one.
    var confirmationLength: Int {
        header.isEmpty ? 0 : counterOffset.map { $0 + 2 } ?? header.count
    }

    /// Whether the bytes that mark a frame hardly ever occur by chance where a frame is expected.
    var isMarkConclusive: Bool { header.count + trailer.count + (counterOffset == nil ? 0 : 2) >= 3 }

    /// Why this layout is invalid; nil if it is valid.
    package var problem: String? {
        let sides = 1...MatReading.longestSide
        if !sides.contains(rows) || !sides.contains(columns) { return "a side must have 1 to 64 cells" }
        if header.isEmpty && trailer.isEmpty { return "a frame needs a header or a trailer" }
        if header.count > 16 || trailer.count > 16 { return "a header or trailer must not exceed 16 bytes" }
        if offset < header.count { return "the cells overlap the header" }
        if !(0...Self.maximumExtraBytes).contains(padding) || offset > Self.maximumExtraBytes {
            return "at most 256 bytes are allowed before and after the cells"
        }
        if let counterOffset, header.isEmpty || counterOffset < header.count || counterOffset + 2 > offset {
            return "the counter must be between the header and the cells"
        }
        let end = offset + cellCount * cell.size
        if let halfOffset, !(end..<end + padding).contains(halfOffset) {
            return "the half number must follow the cells"
        }
        return nil
    }

    private static let maximumExtraBytes = 256
}

extension MatLayout {
    /// Decodes the cells of the frame that begins at `place`, and returns the largest raw value.
    func cells(of bytes: [UInt8], at place: Int, by scale: MatScale, into cells: inout [Double]) -> Int {
        let first = place + offset
        var greatest = 0
        switch cell {
        case .byte:
            for index in 0..<cellCount {
                let raw = Int(bytes[first + index])
                greatest = max(greatest, raw)
                cells[index] = scale.percent(Double(raw))
            }
        case .littleEndian, .bigEndian:
            let (low, high) = cell == .littleEndian ? (0, 1) : (1, 0)
            for index in 0..<cellCount {
                let place = first + 2 * index
                let raw = Int(bytes[place + low]) | Int(bytes[place + high]) << 8
                greatest = max(greatest, raw)
                cells[index] = scale.percent(Double(raw))
            }
        }
        return greatest
    }
}
