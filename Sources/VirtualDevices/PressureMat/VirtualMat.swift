import Clocks
import Devices

/// A virtual pressure mat with a foot on it, as described in `firmware-protocols/pressure-mat`: the firmware's bytes with
/// their times, including requested faults.
///
/// Time counts from power-on.
package struct VirtualMat: Sendable {
    /// A frame or greeting.
    package struct Emission: Hashable, Sendable {
        /// When the first byte is sent, and when the last one has been sent.
        package let start: Nanoseconds
        package let end: Nanoseconds
        package let bytes: [UInt8]
        /// The true pressures: 0...100, or `MatReading.noSensor`. Empty for a greeting.
        package let cells: [Double]
        /// Whether the frame is undamaged. A damaged frame may be decoded correctly or rejected, but not misread.
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
    /// The packet size of USB in bytes.
    private static let usbPacketSize = 64

    /// - Parameters:
    ///   - rate: frames per second; fewer if the port is too slow.
    ///   - seed: mats with the same seed and settings write the same bytes at the same times.
    ///   - printsText: whether the mat also prints log lines, if its firmware does.
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

    /// Returns the greeting first, then one frame after another.
    package mutating func next() -> Emission {
        let mustReset = faults.contains { $0.fault == .reset && $0.start > faultsCheckedUntil && $0.start <= now }
        faultsCheckedUntil = now
        if !hasGreeted || mustReset {
            hasGreeted = true
            number = 0
            return emit(printsText ? format.greeting() : [], cells: [], isIntact: true)
        }
        let cells = measure()
        var bytes = format.frame(cells, number: number & 0xFFFF, at: now)
        let intact = bytes
        number += 1
        for scheduled in faults where scheduled.isActive(at: now) { damage(&bytes, by: scheduled.fault) }
        let isIntact = bytes == intact
        if printsText, case .framed(let layout) = format, layout.allowsText, now - lastTextTime >= .seconds(1) {
            lastTextTime = now
            bytes += Array("Loop rate (Hz): \(interval.count > 0 ? 1_000_000_000 / interval.count : 0).00\r\n".utf8)
        }
        return emit(bytes, cells: cells, isIntact: isIntact)
    }

    /// Splits an emission into USB packets with their times.
    package static func packets(of emission: Emission) -> [(time: Nanoseconds, bytes: ArraySlice<UInt8>)] {
        let count = max(1, emission.bytes.count)
        return stride(from: 0, to: emission.bytes.count, by: usbPacketSize).map { first in
            let last = min(emission.bytes.count, first + usbPacketSize)
            let span = (emission.end - emission.start).count
            return (emission.start + Nanoseconds(span * Int64(last) / Int64(count)), emission.bytes[first..<last])
        }
    }

    private mutating func emit(_ bytes: [UInt8], cells: [Double], isIntact: Bool) -> Emission {
        // A byte takes ten bits on the line.
        let end = now + Nanoseconds(Int64(bytes.count) * 10_000_000_000 / Int64(baudRate))
        let emission = Emission(start: now, end: end, bytes: bytes, cells: cells, isIntact: isIntact)
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
                // Cells have noise only under pressure.
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

/// A fault of a virtual mat.
package enum VirtualMatFault: Hashable, Sendable {
    /// Bytes are missing within the frame, as after a buffer overflow.
    case droppedBytes(Int)
    /// Random bytes precede the frame.
    case noise(Int)
    /// The second half of the frame is missing.
    case halfFrame
    /// The mat restarts: it prints its greeting and counts frames from 0.
    case reset
    /// The first cells contain the bytes of the header or trailer.
    case falseHeaders
    /// A cell always reads no pressure.
    case deadCell(row: Int, column: Int)
    /// A cell always reads full pressure.
    case stuckCell(row: Int, column: Int)
}

package typealias ScheduledMatFault = ScheduledFault<VirtualMatFault>

/// A foot that steps on and off a mat, rolling from heel to toes. Its pressure at any time is known exactly, so that decoded
/// frames can be checked.
package struct VirtualFoot: Hashable, Sendable {
    /// The interval between steps, and the part of it during which the foot is down.
    package let stepInterval: Nanoseconds
    package let contactTime: Nanoseconds
    /// The pressure in the middle of the foot under full weight.
    package let weight: Double
    /// The middle of the foot, as a fraction of the mat's width.
    private let lateralCenter: Double

    package init(seed: UInt64, stepInterval: Nanoseconds = .milliseconds(1_100), weight: Double = 90) {
        var random = SeededRandom(seed: seed)
        self.stepInterval = max(stepInterval, .milliseconds(1))
        contactTime = Nanoseconds(self.stepInterval.count * 6 / 10)
        self.weight = weight
        lateralCenter = .random(in: 0.4...0.6, using: &random)
    }

    /// Whether the foot is on the mat. Each interval begins with a step.
    package func isDown(at time: Nanoseconds) -> Bool {
        phase(at: time) < 1
    }

    /// The pressure from 0 to 100 at a position, given as fractions of the mat's length (0 at the toes) and width.
    package func pressure(along length: Double, across width: Double, at time: Nanoseconds) -> Double {
        let phase = phase(at: time)
        guard phase < 1 else { return 0 }
        // The weight rolls from heel to toes and is greatest in between.
        let center = 0.9 - 0.8 * phase
        let roll = max(0, 1 - abs(length - center) * 1.6)
        let edge = max(0, 1 - abs(width - lateralCenter) * 2.5)
        let load = min(1, 4 * phase * (1 - phase) + 0.3)
        return min(100, weight * load * roll * edge)
    }

    /// From 0 to 1 while the foot is down, above 1 otherwise.
    private func phase(at time: Nanoseconds) -> Double {
        Double(max(0, time.count) % stepInterval.count) / Double(contactTime.count)
    }
}

extension PressureMatDriver: SimulatedDriver {
    package var faults: [SimulatedFault] {
        [.droppedBytes, .noise, .halfFrame, .falseHeaders, .deadCell, .stuckCell, .reset]
    }

    package func makeSource(_ device: SimulatedDevice, _ schedule: FaultSchedule) -> any DeliverySource {
        let known = KnownMat.named(device.variant ?? "") ?? KnownMat.all[0]
        var random = SeededRandom(seed: device.seed ^ 0x6D61_74)
        let format = VirtualMatFormat(known)
        var script: [ScheduledMatFault] = []
        for fault in faults {
            for span in schedule.spans(of: fault, every: .seconds(5), lasting: 0...0) {
                guard let matFault = Self.matFault(fault, format.size, &random) else { continue }
                // A frame takes fifty milliseconds; cell faults are permanent.
                let isPermanent = (fault == .deadCell || fault == .stuckCell) && device.faults.contains(fault)
                let minimum = isPermanent ? device.horizon : .milliseconds(50)
                script.append(ScheduledMatFault(matFault, at: span.start, for: max(span.end - span.start, minimum)))
                if isPermanent { break }
            }
        }
        return MatSource(
            VirtualMat(format, seed: device.seed, baudRate: known.baudRates.first ?? 115_200, script: script))
    }

    private static func matFault(
        _ fault: SimulatedFault, _ size: (rows: Int, columns: Int), _ random: inout SeededRandom
    ) -> VirtualMatFault? {
        let row = Int.random(in: 0..<size.rows, using: &random)
        let column = Int.random(in: 0..<size.columns, using: &random)
        return switch fault {
        case .droppedBytes: .droppedBytes(.random(in: 1...5, using: &random))
        case .noise: .noise(.random(in: 1...40, using: &random))
        case .halfFrame: .halfFrame
        case .falseHeaders: .falseHeaders
        case .reset: .reset
        case .deadCell: .deadCell(row: row, column: column)
        case .stuckCell: .stuckCell(row: row, column: column)
        default: nil
        }
    }
}

extension SimulatedFault {
    package static let noise = SimulatedFault("noise", "random bytes precede a frame", sequence: 10)
    package static let halfFrame = SimulatedFault(
        "half-frame", "the second half of a frame is missing", sequence: 11)
    package static let falseHeaders = SimulatedFault(
        "false-headers", "cells contain the bytes of a header or trailer", sequence: 12)
    package static let deadCell = SimulatedFault("dead-cell", "a cell always reads no pressure", sequence: 13)
    package static let stuckCell = SimulatedFault("stuck-cell", "a cell always reads full pressure", sequence: 14)
}
