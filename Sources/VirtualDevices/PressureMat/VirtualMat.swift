import Clocks
import Devices

/// A look-alike of a pressure mat with a foot on it: the bytes that its firmware writes, when it would write them, with
/// the faults that were asked for. `firmware-protocols/pressure-mat` describes what is imitated.
///
/// Time counts from the moment the mat is switched on.
package struct VirtualMat: Sendable {
    /// What the mat writes at once.
    package struct Emission: Hashable, Sendable {
        /// When the first byte leaves the mat, and when the last one has left.
        package let start: Nanoseconds
        package let end: Nanoseconds
        package let bytes: [UInt8]
        /// What the cells felt: 0...100, or `MatReading.noSensor`. Empty for a greeting.
        package let cells: [Double]
        /// Whether the frame left as it should. One that did not may still be understood, and must not be misunderstood.
        package let isIntact: Bool
    }

    package let format: VirtualMatFormat
    package let foot: VirtualFoot
    private let baudRate: Int
    private let interval: Nanoseconds
    private let faults: [ScheduledMatFault]
    private let printsText: Bool
    private var random: SeededRandom
    private var now = Nanoseconds.zero
    private var number = 0
    private var hasGreeted = false
    private var faultsCheckedUntil = Nanoseconds(-1)
    private var lastTextTime = Nanoseconds.zero

    /// The cells of the insole that have no sensor.
    private static let cellsWithoutSensor: Set<[Int]> = [
        [0, 0], [0, 1], [0, 7], [1, 0], [6, 7], [7, 7], [8, 6], [8, 7], [9, 6], [9, 7], [10, 6], [10, 7], [11, 6],
        [11, 7],
    ]
    /// USB carries so many bytes at once.
    private static let usbPacketSize = 64

    /// - Parameters:
    ///   - rate: frames a second; fewer leave if the port is too slow for them.
    ///   - seed: mats with the same seed and settings write the same bytes at the same times.
    ///   - printsText: whether it also writes what people may like to read, where such mats do.
    package init(
        _ form: VirtualMatFormat, seed: UInt64, rate: Double = 20, baudRate: Int = 115_200,
        script: [ScheduledMatFault] = [], printsText: Bool = true
    ) {
        self.format = form
        self.printsText = printsText
        self.baudRate = max(1, baudRate)
        interval = Nanoseconds(seconds: 1 / max(rate, 0.01))
        faults = script
        random = SeededRandom(seed: seed)
        foot = VirtualFoot(seed: random.next())
    }

    /// The next that the mat writes: its greeting, then frame after frame.
    package mutating func next() -> Emission {
        let mustReset = faults.contains { $0.fault == .reset && $0.start > faultsCheckedUntil && $0.start <= now }
        faultsCheckedUntil = now
        if !hasGreeted || mustReset {
            hasGreeted = true
            number = 0
            return emit(printsText ? format.greeting() : [], cells: [], isSound: true)
        }
        let cells = measure()
        var bytes = format.frame(cells, number: number & 0xFFFF, at: now)
        let sound = bytes
        number += 1
        for scheduled in faults where scheduled.isActive(at: now) { damage(&bytes, by: scheduled.fault) }
        let isSound = bytes == sound
        if printsText, case .framed(let layout) = format, layout.allowsText, now - lastTextTime >= .seconds(1) {
            lastTextTime = now
            bytes += Array("Loop rate (Hz): \(interval.count > 0 ? 1_000_000_000 / interval.count : 0).00\r\n".utf8)
        }
        return emit(bytes, cells: cells, isSound: isSound)
    }

    /// The same in the pieces in which USB delivers it, each with its time.
    package static func packets(of emission: Emission) -> [(time: Nanoseconds, bytes: ArraySlice<UInt8>)] {
        let count = max(1, emission.bytes.count)
        return stride(from: 0, to: emission.bytes.count, by: usbPacketSize).map { first in
            let last = min(emission.bytes.count, first + usbPacketSize)
            let span = (emission.end - emission.start).count
            return (emission.start + Nanoseconds(span * Int64(last) / Int64(count)), emission.bytes[first..<last])
        }
    }

    private mutating func emit(_ bytes: [UInt8], cells: [Double], isSound: Bool) -> Emission {
        // Ten bits go over the line for each byte.
        let end = now + Nanoseconds(Int64(bytes.count) * 10_000_000_000 / Int64(baudRate))
        let emission = Emission(start: now, end: end, bytes: bytes, cells: cells, isIntact: isSound)
        now = max(end, now + interval)
        return emission
    }
}

/// Cells and faults.
extension VirtualMat {
    private mutating func measure() -> [Double] {
        let (rows, columns) = format.size
        var cells: [Double] = []
        for row in 0..<rows {
            for column in 0..<columns {
                let pressure = foot.pressure(
                    along: (Double(row) + 0.5) / Double(rows), across: (Double(column) + 0.5) / Double(columns), at: now
                )
                // Cells at rest say just that; under pressure no two readings are quite the same.
                let noise = pressure > 0 ? random.normal(mean: 0, deviation: 0.4) : 0
                cells.append(lacksSensor(row, column) ? MatReading.noSensor : min(100, max(0, pressure + noise)))
            }
        }
        for scheduled in faults where scheduled.isActive(at: now) {
            switch scheduled.fault {
            case .deadCell(let row, let column): cells[row * columns + column] = 0
            case .stuckCell(let row, let column): cells[row * columns + column] = 100
            case .droppedBytes, .noise, .halfFrame, .reset, .falseHeaders: break
            }
        }
        return cells
    }

    private func lacksSensor(_ row: Int, _ column: Int) -> Bool {
        guard case .framed(let layout) = format, layout.allowsText, layout.rows == 12, layout.columns == 8 else {
            return false
        }
        return Self.cellsWithoutSensor.contains([row, column])
    }

    private mutating func damage(_ bytes: inout [UInt8], by fault: VirtualMatFault) {
        switch fault {
        case .droppedBytes(let count):
            let first = Int.random(in: 0..<max(1, bytes.count - count), using: &random)
            bytes.removeSubrange(first..<min(bytes.count, first + count))
        case .noise(let count):
            bytes = (0..<count).map { _ in .random(in: 0...255, using: &random) } + bytes
        case .halfFrame: bytes.removeLast(bytes.count / 2)
        case .falseHeaders:
            guard case .framed(let layout) = format else { return }
            let mark = layout.header.isEmpty ? layout.trailer : layout.header
            bytes.replaceSubrange(layout.offset..<layout.offset + mark.count, with: mark)
        case .reset, .deadCell, .stuckCell: break
        }
    }
}
