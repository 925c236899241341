/// A supported mat model: its encoding and baud rates.
package struct KnownMat: Hashable, Sendable {
    package enum Encoding: Hashable, Sendable {
        case framed(MatLayout)
        /// The layout of one half; left and right halves of every row alternate.
        case halves(MatLayout)
        case runLength(rows: Int, columns: Int, MatScale)
        case text(MatTextDecoder.Scales)
    }

    package let name: String
    package let summary: String
    package private(set) var encoding: Encoding
    /// The usual baud rates of such mats, most common first. Ignored by native USB.
    package let baudRates: [Int]

    package static func named(_ name: String) -> KnownMat? {
        all.first { $0.name == name }
    }

    /// The bytes that make the mat start sending; empty if it starts by itself.
    package var startCommand: [UInt8] {
        if case .framed(let layout) = encoding { layout.startCommand } else { [] }
    }
}

extension KnownMat {
    /// The same mat with another range. A stated range is not learned.
    package func with(_ range: MatRange) -> KnownMat {
        guard !range.isEmpty else { return self }
        func scaled(_ layout: MatLayout) -> MatLayout {
            var layout = layout
            layout.scale = layout.scale.with(range)
            layout.learnsRange = false
            return layout
        }
        var mat = self
        mat.encoding =
            switch encoding {
            case .framed(let layout): .framed(scaled(layout))
            case .halves(let layout): .halves(scaled(layout))
            case .runLength(let rows, let columns, let scale):
                .runLength(rows: rows, columns: columns, scale.with(range))
            case .text(let scales): .text(scales.with(range))
            }
        return mat
    }
}

extension KnownMat {
    /// Each with the source of its format. No entry rests on a recording of the mat itself.
    package static let all: [KnownMat] = [
        // The insole's published firmware, which sends this size; decoded recordings of it have both sizes.
        KnownMat(
            name: "grid-12x8", summary: "EF BE, a counter, 12 rows of 8 cells in ohms: original insole firmware",
            encoding: .framed(grid(rows: 12, columns: 8)), baudRates: [115_200]),
        // The defaults of the insole's published host programs.
        KnownMat(
            name: "grid-13x9", summary: "the same with 13 rows of 9 cells",
            encoding: .framed(grid(rows: 13, columns: 9)), baudRates: [115_200]),
        // The five JQ entries: format descriptions in the published software of a distributor, which states frame, speed,
        // width and height for each.
        KnownMat(
            name: "jq-16x16", summary: "256 bytes and AA 55 03 99: small seat mats",
            encoding: .framed(jq(rows: 16, columns: 16)), baudRates: [921_600]),
        KnownMat(
            name: "jq-32x32", summary: "1,024 bytes and AA 55 03 99: seat, back and foot mats",
            encoding: .framed(jq(rows: 32, columns: 32)), baudRates: [1_000_000, 921_600]),
        KnownMat(
            name: "jq-32x64", summary: "1,024 bytes, a half number, and AA 55 03 99: large beds",
            encoding: .halves(halvedJQ), baudRates: [1_000_000]),
        KnownMat(
            name: "jq-64x64", summary: "4,096 bytes and AA 55 03 99: beds",
            encoding: .framed(jq(rows: 64, columns: 64)), baudRates: [3_000_000]),
        KnownMat(
            name: "jq-32x32-12bit", summary: "1,024 16-bit cells and AA 00 55 00 03 00 99 00: small beds",
            encoding: .framed(fineJQ), baudRates: [1_500_000]),
        // A viewer that a buyer of the mat published; it knows no firmware.
        KnownMat(
            name: "m1616", summary: "AA AB AC and 256 16-bit cells: 16 rows of 16 cells",
            encoding: .framed(m1616), baudRates: [115_200]),
        // The mat's published firmware and host program, which agree on rows of 28. The name is width and height.
        KnownMat(
            name: "pico-28x56", summary: "56 rows of 28 bytes and FF FE FE FF, after a start command",
            encoding: .framed(pico), baudRates: [115_200]),
        // A published tutorial and several sketches derived from it.
        KnownMat(
            name: "run-length-16x16", summary: "run-length encoded cells at rest; FF ends a frame",
            encoding: .runLength(rows: 16, columns: 16, .counts(to: RunLengthMatDecoder.maximumCellValue)),
            baudRates: [115_200]),
        // The insole's first published firmware (R lines), and published sketches (the other two).
        KnownMat(
            name: "text", summary: "lines of numbers: R0:, R1: …, or CFG and F, or rows and flag",
            encoding: .text(MatTextDecoder.Scales()), baudRates: [115_200, 921_600]),
    ]

    /// Layout of any size; only the number of cells differs.
    package static func grid(
        rows: Int, columns: Int, leastOhms: Double = -1, greatestOhms: Double = 6_000
    ) -> MatLayout {
        var layout = MatLayout(
            rows: rows, columns: columns, cell: .littleEndian,
            scale: .resistance(from: leastOhms, to: greatestOhms))
        layout.header = [0xEF, 0xBE]
        layout.counterOffset = 2
        layout.offset = 4
        layout.allowsText = true
        return layout
    }

    private static func jq(rows: Int, columns: Int) -> MatLayout {
        var layout = MatLayout(rows: rows, columns: columns, cell: .byte, scale: .counts(to: 255))
        layout.trailer = [0xAA, 0x55, 0x03, 0x99]
        return layout
    }

    private static var halvedJQ: MatLayout {
        var layout = jq(rows: 32, columns: 32)
        layout.padding = 1
        layout.halfOffset = layout.cellCount
        return layout
    }

    private static var fineJQ: MatLayout {
        var layout = MatLayout(rows: 32, columns: 32, cell: .littleEndian, scale: .counts(to: 4_095))
        layout.trailer = [0xAA, 0, 0x55, 0, 0x03, 0, 0x99, 0]
        layout.largestCell = 4_095
        return layout
    }

    private static var m1616: MatLayout {
        var layout = MatLayout(rows: 16, columns: 16, cell: .bigEndian, scale: .counts(to: 512))
        layout.header = [0xAA, 0xAB, 0xAC]
        layout.offset = 3
        layout.padding = 4
        layout.learnsRange = true
        return layout
    }

    private static var pico: MatLayout {
        var layout = MatLayout(rows: 56, columns: 28, cell: .byte, scale: .counts(to: 207))
        layout.trailer = [0xFF, 0xFE, 0xFE, 0xFF]
        layout.startCommand = Array("start_reading\n".utf8)
        return layout
    }
}
