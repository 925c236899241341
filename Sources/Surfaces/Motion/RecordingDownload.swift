import Clocks
import Events
import JSON
import Reactor
import Signals
import Store
import Web

/// A recording as text, a piece at a time as the client receives it.
@ReactorActor
final class RecordingDownload {
    private let samples: MotionSamples
    private let gaps: [MotionEvent.Quantity: [MotionGap]]
    /// The length of the gap before each sample that has one.
    private let gapEnds: [MotionEvent.Quantity: [WallTime: Nanoseconds]]
    private let format: RunFormat
    private let head: [UInt8]
    private var position = 0
    private var hasBegun = false
    private var quantity: MotionEvent.Quantity?

    /// About 64 KiB.
    private static let samplesPerPiece = 1_000

    init(_ recording: StoredMotion, as format: RunFormat) {
        let samples = MotionSamples(bytes: recording.body)
        self.samples = samples
        gaps = samples.byQuantity.mapValues { MotionGap.find(in: $0[...]) }
        gapEnds = gaps.mapValues { gaps in
            Dictionary(gaps.map { ($0.end, $0.duration) }, uniquingKeysWith: max)
        }
        self.format = format
        switch format {
        case .csv: head = Array("time_ns,quantity,x,y,z,gap_seconds\r\n".utf8)
        case .json:
            var writer = JSONWriter()
            writer.beginObject()
            RecordingJSON.write(recording, to: &writer)
            writer.endObject()
            // The object continues after its last member.
            head = writer.finish().dropLast() + Array(#","data":{"#.utf8)
        }
    }

    func next() -> HTTPBodyStream.Piece {
        if !hasBegun {
            hasBegun = true
            return .bytes(head)
        }
        guard position < samples.count || format == .json && position == samples.count else { return .end }
        if position == samples.count {
            position += 1
            return .bytes(Array((quantity == nil ? "}," : "]},").utf8) + gapMember)
        }
        let end = min(samples.count, position + Self.samplesPerPiece)
        var text: [UInt8] = []
        while position < end {
            if let (quantity, sample) = samples[position] { append(quantity, sample, to: &text) }
            position += 1
        }
        return .bytes(text)
    }

    /// The end of the object, with its brace.
    private var gapMember: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        MotionJSON.write(gaps, to: &writer)
        writer.endObject()
        return Array(writer.finish().dropFirst())
    }

    private func append(_ quantity: MotionEvent.Quantity, _ sample: MotionBuffer.Sample, to text: inout [UInt8]) {
        var writer = JSONWriter()
        switch format {
        case .csv:
            text += "\(sample.time.nanoseconds),\(quantity.rawValue)".utf8
            for value in [sample.vector.x, sample.vector.y, sample.vector.z] {
                writer.number(value)
                text.append(UInt8(ascii: ","))
                text += writer.finish()
            }
            text.append(UInt8(ascii: ","))
            if let gap = gapEnds[quantity]?[sample.time] {
                writer.number(gap.inSeconds)
                text += writer.finish()
            }
            text += [0x0D, 0x0A]
        case .json:
            if quantity == self.quantity {
                text.append(UInt8(ascii: ","))
            } else {
                text += (self.quantity == nil ? "\"" : "],\"").utf8
                text += "\(quantity.rawValue)\":[".utf8
                self.quantity = quantity
            }
            MotionJSON.write(sample.time, sample.vector, to: &writer)
            text += writer.finish()
        }
    }
}
