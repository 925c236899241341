/// A mat that is known: how it writes, and at which speed.
package struct KnownMat: Hashable, Sendable {
    package enum Form: Hashable, Sendable {
        case framed(MatLayout)
        /// The layout of one half: the left one and the right one of every row come in turn.
        case halves(MatLayout)
        case runLength(rows: Int, columns: Int)
        case text
    }

    package let name: String
    package let summary: String
    package let form: Form
    /// The speeds at which such mats are built, the most usual first. USB alone does not care.
    package let baudRates: [Int]

    package static func named(_ name: String) -> KnownMat? {
        all.first { $0.name == name }
    }

    /// What must be written to the port before the mat says anything; empty for those that just speak.
    package var startCommand: [UInt8] {
        if case .framed(let layout) = form { layout.startCommand } else { [] }
    }
}

extension KnownMat {
    package static let all: [KnownMat] = [
        KnownMat(
            name: "grid-12x8", summary: "EF BE, a count, 12 rows of 8 cells in ohms: the insole's own firmware",
            form: .framed(grid(rows: 12, columns: 8)), baudRates: [115_200]),
        KnownMat(
            name: "grid-13x9", summary: "the same with 13 rows of 9 cells",
            form: .framed(grid(rows: 13, columns: 9)), baudRates: [115_200]),
        KnownMat(
            name: "jq-16x16", summary: "256 bytes and AA 55 03 99: small seat mats",
            form: .framed(jq(rows: 16, columns: 16)), baudRates: [921_600]),
        KnownMat(
            name: "jq-32x32", summary: "1,024 bytes and AA 55 03 99: seat, back and foot mats",
            form: .framed(jq(rows: 32, columns: 32)), baudRates: [1_000_000, 921_600]),
        KnownMat(
            name: "jq-32x64", summary: "1,024 bytes, which half they are, and AA 55 03 99: large beds",
            form: .halves(halvedJQ), baudRates: [1_000_000]),
        KnownMat(
            name: "jq-64x64", summary: "4,096 bytes and AA 55 03 99: beds",
            form: .framed(jq(rows: 64, columns: 64)), baudRates: [3_000_000]),
        KnownMat(
            name: "jq-32x32-12bit", summary: "1,024 16-bit cells and AA 00 55 00 03 00 99 00: small beds",
            form: .framed(fineJQ), baudRates: [1_500_000]),
        KnownMat(
            name: "m1616", summary: "AA AB AC and 256 16-bit cells: a mat of 16 rows of 16 cells",
            form: .framed(m1616), baudRates: [115_200]),
        KnownMat(
            name: "pico-28x56", summary: "1,568 bytes and FF FE FE FF, once it was told to start",
            form: .framed(pico), baudRates: [115_200]),
        KnownMat(
            name: "run-length-16x16", summary: "cells at rest are counted instead of written; FF ends a frame",
            form: .runLength(rows: 16, columns: 16), baudRates: [115_200]),
        KnownMat(
            name: "text", summary: "lines of numbers: R0:, R1: …, or CFG and F, or rows and flag", form: .text,
            baudRates: [115_200, 921_600]),
    ]

    /// Of any size: only the count of cells differs.
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
        return layout
    }

    private static var pico: MatLayout {
        var layout = MatLayout(rows: 28, columns: 56, cell: .byte, scale: .counts(to: 207))
        layout.trailer = [0xFF, 0xFE, 0xFE, 0xFF]
        layout.startCommand = Array("start_reading\n".utf8)
        return layout
    }
}
