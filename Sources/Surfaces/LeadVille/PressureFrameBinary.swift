import Clocks
import Events

/// A frame of a mat as a binary message, little-endian. docs/clients.md describes it.
enum PressureFrameBinary {
    static let version: UInt8 = 1
    /// For a mat that does not count its frames.
    static let noFrameNumber = UInt32.max

    /// Cells have the two decimals that they have in JSON: one byte each if all are whole numbers, or else two bytes.
    static func append(_ frame: PressureEvent, _ stamp: EventStamp, to output: inout [UInt8]) {
        let matrix = frame.matrix
        let mat = frame.mat.text.utf8.prefix(255)
        let isWhole = matrix.cells.allSatisfy { hundredths($0) % 100 == 0 && (-1...254).contains($0) }
        output.append(contentsOf: [UInt8(ascii: "P"), version, isWhole ? 1 : 2, UInt8(mat.count)])
        append(stamp.id, to: &output)
        append((Double(stamp.wall.nanoseconds / 1_000) / 1_000).bitPattern, to: &output)
        append(frame.frame.map { UInt32(truncatingIfNeeded: $0) } ?? noFrameNumber, to: &output)
        append(UInt16(clamping: matrix.rows), to: &output)
        append(UInt16(clamping: matrix.columns), to: &output)
        output.append(contentsOf: mat)
        for cell in matrix.cells {
            let value = hundredths(cell)
            if isWhole { output.append(UInt8(value / 100 + 1)) } else { append(UInt16(bitPattern: value), to: &output) }
        }
    }

    private static func hundredths(_ cell: Double) -> Int16 {
        Int16(min(max((cell * 100).rounded(), Double(Int16.min)), Double(Int16.max)))
    }

    private static func append(_ number: some FixedWidthInteger, to output: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { output.append(contentsOf: $0) }
    }
}
