import Clocks
import Devices

/// The frame format of a virtual mat.
package enum VirtualMatFormat: Hashable, Sendable {
    case framed(MatLayout)
    /// Two frames: the left halves of all rows, then the right halves.
    case halves(MatLayout)
    case runLength(rows: Int, columns: Int)
    /// Lines of `R0:…` with resistances in ohms.
    case textRows(rows: Int, columns: Int)
    /// `CFG` once, then `F,…` per frame.
    case textFrames(rows: Int, columns: Int)
    /// Rows of numbers, followed by `flag`.
    case textLines(rows: Int, columns: Int)

    /// The format of a known mat; `text` becomes rows of ohms, as its firmware prints.
    package init(_ mat: KnownMat) {
        self =
            switch mat.encoding {
            case .framed(let layout): .framed(layout)
            case .halves(let layout): .halves(layout)
            case .runLength(let rows, let columns, _): .runLength(rows: rows, columns: columns)
            case .text: .textRows(rows: 12, columns: 8)
            }
    }

    package var size: (rows: Int, columns: Int) {
        switch self {
        case .framed(let layout): (layout.rows, layout.columns)
        case .halves(let layout): (layout.rows, 2 * layout.columns)
        case .runLength(let rows, let columns), .textRows(let rows, let columns), .textFrames(let rows, let columns),
            .textLines(let rows, let columns):
            (rows, columns)
        }
    }

    /// The output at power-on.
    func greeting() -> [UInt8] {
        switch self {
        case .framed(let layout) where layout.allowsText: Array("Serial ready\r\nBLE advertising started\r\n".utf8)
        case .textRows: Array("Serial ready\r\n".utf8)
        case .textFrames(let rows, let columns): Array("CFG,\(rows),\(columns)\r\n".utf8)
        case .framed, .halves, .runLength, .textLines: []
        }
    }

    /// Encodes a frame. `cells` are 0...100, or `MatReading.noSensor`.
    func frame(_ cells: [Double], number: Int, at time: Nanoseconds) -> [UInt8] {
        switch self {
        case .framed(let layout): Self.framed(cells, number: number, layout)
        case .halves(let layout): Self.halves(cells, number: number, layout)
        case .runLength: Self.runLength(cells)
        case .textRows(_, let columns):
            Self.lines(cells, columns) { row, values in
                "R\(row):" + values.map { Self.tenths(Self.ohms($0)) }.joined(separator: ",")
            }
        case .textFrames:
            Array("F,\(time.count / 1_000),\(Self.counts(cells[...], to: 4_095))\r\n".utf8)
        case .textLines(_, let columns):
            Self.lines(cells, columns) { Self.counts($1, to: 1_023) } + Array("flag\r\n".utf8)
        }
    }
}

/// Encoding.
extension VirtualMatFormat {
    private static func halves(_ cells: [Double], number: Int, _ layout: MatLayout) -> [UInt8] {
        (0..<2).flatMap { side in
            let half = (0..<layout.rows).flatMap { row in
                let first = (2 * row + side) * layout.columns
                return cells[first..<first + layout.columns]
            }
            var frame = framed(half, number: number, layout)
            if let offset = layout.halfOffset { frame[offset] = UInt8(side) }
            return frame
        }
    }

    private static func framed(_ cells: [Double], number: Int, _ layout: MatLayout) -> [UInt8] {
        var frame = layout.header
        frame += [UInt8](repeating: 0, count: layout.offset - frame.count)
        if let offset = layout.counterOffset {
            frame[offset] = UInt8(number & 0xFF)
            frame[offset + 1] = UInt8(number >> 8 & 0xFF)
        }
        for cell in cells {
            let raw = raw(of: cell, by: layout.scale, to: layout.cell.size == 1 ? 0xFF : layout.largestCell)
            switch layout.cell {
            case .byte: frame.append(UInt8(raw))
            case .littleEndian: frame += [UInt8(raw & 0xFF), UInt8(raw >> 8)]
            case .bigEndian: frame += [UInt8(raw >> 8), UInt8(raw & 0xFF)]
            }
        }
        return frame + [UInt8](repeating: 0, count: layout.padding) + layout.trailer
    }

    private static func raw(of cell: Double, by scale: MatScale, to maximum: Int) -> Int {
        guard cell >= 0 else { return 0 }
        // A resistance at rest has the largest value that the format allows.
        if cell == 0, scale.full < scale.rest { return maximum }
        return min(maximum, max(0, Int((scale.rest + cell / 100 * (scale.full - scale.rest)).rounded())))
    }

    private static func runLength(_ cells: [Double]) -> [UInt8] {
        var frame: [UInt8] = []
        var resting: UInt8 = 0
        for cell in cells {
            let raw = UInt8(min(254, max(0, (cell * 2.54).rounded())))
            if raw == 0, resting < 254 {
                resting += 1
                continue
            }
            if resting > 0 { frame += [0, resting] }
            resting = raw == 0 ? 1 : 0
            if raw > 0 { frame.append(raw) }
        }
        if resting > 0 { frame += [0, resting] }
        return frame + [255]
    }

    private static func lines(
        _ cells: [Double], _ columns: Int, _ line: (Int, ArraySlice<Double>) -> String
    ) -> [UInt8] {
        stride(from: 0, to: cells.count, by: columns).flatMap { start in
            Array((line(start / columns, cells[start..<start + columns]) + "\r\n").utf8)
        }
    }

    private static func counts(_ cells: ArraySlice<Double>, to full: Double) -> String {
        cells.map { $0 < 0 ? "-1" : "\(Int(($0 / 100 * full).rounded()))" }.joined(separator: ",")
    }

    private static func ohms(_ cell: Double) -> Double {
        cell < 0 ? -1 : 5_000 - cell * 40
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value.magnitude * 10).rounded())
        return "\(value < 0 ? "-" : "")\(tenths / 10).\(tenths % 10)"
    }
}
