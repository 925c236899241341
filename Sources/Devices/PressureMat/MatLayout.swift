/// How a mat writes a frame of a fixed length: where the cells are, and by which bytes a frame is known.
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
    /// The bytes with which every frame begins. There is a header, or a trailer, or both.
    package var header: [UInt8] = []
    /// The bytes with which every frame ends.
    package var trailer: [UInt8] = []
    /// Where in the frame the first cell stands.
    package var offset = 0
    /// Bytes between the last cell and the trailer.
    package var padding = 0
    /// Where in the frame a little-endian 16-bit number stands that grows by one from frame to frame.
    package var counterOffset: Int?
    /// Where in the frame a byte stands that says which half of every row this is, 0 for the left one.
    package var halfOffset: Int?
    /// Whether the mat's firmware may print a line of text between two frames.
    package var allowsText = false
    /// No converter of this mat says more; a frame that does is damaged.
    package var largestCell = Int(UInt16.max)
    package var scale: MatScale
    /// What makes the mat begin to send, if it waits for that.
    package var startCommand: [UInt8] = []

    package init(rows: Int, columns: Int, cell: Cell, scale: MatScale) {
        self.rows = rows
        self.columns = columns
        self.cell = cell
        self.scale = scale
    }

    package var cellCount: Int { rows * columns }

    /// The whole frame, in bytes.
    package var frameLength: Int { offset + cellCount * cell.size + padding + trailer.count }

    /// How much of the next frame must be seen before this one is believed.
    var confirmationLength: Int {
        header.isEmpty ? 0 : counterOffset.map { $0 + 2 } ?? header.count
    }

    /// What makes this no layout of any mat; nil when all is well.
    package var problem: String? {
        let sides = 1...MatReading.longestSide
        if !sides.contains(rows) || !sides.contains(columns) { return "a side has 1 to 64 cells" }
        if header.isEmpty && trailer.isEmpty { return "a frame needs a header or a trailer to be known by" }
        if header.count > 16 || trailer.count > 16 { return "a header or trailer has at most 16 bytes" }
        if offset < header.count { return "the cells begin inside of the header" }
        if !(0...Self.maximumExtraBytes).contains(padding) || offset > Self.maximumExtraBytes {
            return "at most 256 bytes stand before or behind the cells"
        }
        if let counterOffset, header.isEmpty || counterOffset < header.count || counterOffset + 2 > offset {
            return "the counter stands between the header and the cells"
        }
        let end = offset + cellCount * cell.size
        if let halfOffset, !(end..<end + padding).contains(halfOffset) {
            return "what says which half it is stands behind the cells"
        }
        return nil
    }

    private static let maximumExtraBytes = 256
}
