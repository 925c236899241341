import Clocks
import Devices
import Events

/// A frame of a workout as it is stored: what was received, without what is computed from it.
package struct WorkoutFrame: Hashable, Sendable {
    package var received: WallTime
    /// The client's timestamp: any JSON, as it was sent; nil if the frame had none.
    package var timestamp: [UInt8]?
    /// Nil for statistics without a matrix.
    package var matrix: PressureMatrix?
    /// What the client says about single cells: any JSON, as it was sent.
    package var nodes: [UInt8]?
    package var events: [PressureThresholdEvent] = []
    /// Whether smoothing begins again with this frame.
    package var beginsSession = false
    /// Statistics that the client has computed itself, and the same smoothed, as JSON; nil if the gateway computes them.
    package var reported: Reported?

    package struct Reported: Hashable, Sendable {
        package var raw: [UInt8]
        package var smoothed: [UInt8]

        package init(raw: [UInt8], smoothed: [UInt8]) {
            self.raw = raw
            self.smoothed = smoothed
        }
    }

    package init(received: WallTime, matrix: PressureMatrix?) {
        self.received = received
        self.matrix = matrix
    }
}

/// Frames of a workout as bytes, to be stored in one row: smoothed statistics before the first frame, and the frames one
/// after the other.
package struct WorkoutFrameEncoder: Sendable {
    package private(set) var bytes: [UInt8]
    package private(set) var count = 0

    static let version: UInt8 = 1

    /// - Parameter smoothed: the smoothed statistics of the frame before the first one; nil if there are none.
    package init(after smoothed: PressureStatistics?) {
        bytes = [Self.version]
        let values = smoothed?.values ?? []
        bytes.append(variableLength: values.count)
        for value in values {
            for member in value.members { bytes.append(littleEndian: member.value.bitPattern) }
        }
    }

    package mutating func append(_ frame: WorkoutFrame) {
        count += 1
        bytes.append(FrameParts(of: frame).rawValue)
        bytes.append(littleEndian: frame.received.nanoseconds)
        for text in [frame.timestamp, frame.nodes, frame.reported?.raw, frame.reported?.smoothed] {
            if let text { append(text) }
        }
        if let matrix = frame.matrix {
            let encoding = CellEncoding(for: matrix.cells)
            bytes.append(variableLength: matrix.rows)
            bytes.append(variableLength: matrix.columns)
            bytes += [encoding.code, encoding.decimals]
            encoding.append(matrix.cells, to: &bytes)
        }
        if !frame.events.isEmpty {
            bytes.append(variableLength: frame.events.count)
            for event in frame.events {
                bytes.append(event.kind == .high ? 1 : 0)
                append(Array(event.region.utf8))
                bytes.append(littleEndian: event.value.bitPattern)
            }
        }
    }

    private mutating func append(_ text: [UInt8]) {
        bytes.append(variableLength: text.count)
        bytes += text
    }
}

/// What a frame consists of, besides its time.
private struct FrameParts: OptionSet {
    let rawValue: UInt8

    static let session = Self(rawValue: 1)
    static let timestamp = Self(rawValue: 2)
    static let matrix = Self(rawValue: 4)
    static let nodes = Self(rawValue: 8)
    static let events = Self(rawValue: 16)
    static let reported = Self(rawValue: 32)
    static let known: UInt8 = 63
}

extension FrameParts {
    init(of frame: WorkoutFrame) {
        self = []
        if frame.beginsSession { insert(.session) }
        if frame.timestamp != nil { insert(.timestamp) }
        if frame.matrix != nil { insert(.matrix) }
        if frame.nodes != nil { insert(.nodes) }
        if !frame.events.isEmpty { insert(.events) }
        if frame.reported != nil { insert(.reported) }
    }
}

/// Reads the frames of a row, one after the other.
package struct WorkoutFrameDecoder: Sendable {
    /// The bytes are damaged, or were written by a newer version.
    package struct Damage: Error, Equatable, Sendable {}

    private var reader: LittleEndianReader
    /// The smoothed statistics before the first frame, in the order of the regions; empty if there are none.
    package let smoothed: [RegionStatistics]

    package init(_ bytes: [UInt8]) throws(Damage) {
        var reader = LittleEndianReader(bytes[...])
        guard reader.next(UInt8.self) == WorkoutFrameEncoder.version, let count = reader.variableLength(),
            count <= PressureRegions.maximum
        else { throw Damage() }
        var values: [RegionStatistics] = []
        for _ in 0..<count {
            let numbers = (0..<6).compactMap { _ in reader.next(UInt64.self).map(Double.init(bitPattern:)) }
            guard numbers.count == 6 else { throw Damage() }
            values.append(
                RegionStatistics(
                    meanForce: numbers[0], maximum: numbers[1], sum: numbers[2], mean: numbers[3],
                    standardDeviation: numbers[4], minimum: numbers[5]))
        }
        smoothed = values
        self.reader = reader
    }

    /// Nil at the end.
    package mutating func next() throws(Damage) -> WorkoutFrame? {
        guard !reader.isAtEnd else { return nil }
        guard let code = reader.next(UInt8.self), code <= FrameParts.known, let received = reader.next(Int64.self)
        else {
            throw Damage()
        }
        let parts = FrameParts(rawValue: code)
        var frame = WorkoutFrame(received: WallTime(nanoseconds: received), matrix: nil)
        frame.beginsSession = parts.contains(.session)
        if parts.contains(.timestamp) { frame.timestamp = try text() }
        if parts.contains(.nodes) { frame.nodes = try text() }
        if parts.contains(.reported) { frame.reported = WorkoutFrame.Reported(raw: try text(), smoothed: try text()) }
        if parts.contains(.matrix) { frame.matrix = try matrix() }
        if parts.contains(.events) { frame.events = try events() }
        return frame
    }

    private mutating func text() throws(Damage) -> [UInt8] {
        guard let count = reader.variableLength(), let bytes = reader.bytes(count) else { throw Damage() }
        return Array(bytes)
    }

    private mutating func matrix() throws(Damage) -> PressureMatrix {
        guard let rows = reader.variableLength(), let columns = reader.variableLength(),
            let code = reader.next(UInt8.self), let decimals = reader.next(UInt8.self),
            let encoding = CellEncoding(code: code, decimals: decimals),
            case let (count, isTooLarge) = rows.multipliedReportingOverflow(by: columns), !isTooLarge,
            count <= 1 << 20, let cells = encoding.read(count, from: &reader),
            let matrix = PressureMatrix(rows: rows, columns: columns, cells: cells)
        else { throw Damage() }
        return matrix
    }

    private mutating func events() throws(Damage) -> [PressureThresholdEvent] {
        guard let count = reader.variableLength(), count <= 2 * PressureRegions.maximum else { throw Damage() }
        var events: [PressureThresholdEvent] = []
        for _ in 0..<count {
            guard let kind = reader.next(UInt8.self) else { throw Damage() }
            let region = String(decoding: try text(), as: UTF8.self)
            guard let value = reader.next(UInt64.self) else { throw Damage() }
            events.append(
                PressureThresholdEvent(
                    kind: kind == 1 ? .high : .low, region: region, value: Double(bitPattern: value)))
        }
        return events
    }
}
