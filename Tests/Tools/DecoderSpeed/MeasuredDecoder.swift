import Clocks
import Devices

/// What happens to a reading: it is counted, and looked at, so that nobody can leave out to decode it.
struct ReadingSink {
    private(set) var frames = 0
    private(set) var rejected = 0
    private(set) var sum: Int64 = 0

    mutating func record(_ value: Int64) {
        frames += 1
        sum &+= value
    }

    mutating func reject() {
        rejected += 1
    }
}

/// The decoders as the gateway uses them.
protocol MeasuredDecoder {
    mutating func decode(_ bytes: ArraySlice<UInt8>, into sink: inout ReadingSink)

    /// The device has sent all it had, and begins again.
    mutating func endRound(into sink: inout ReadingSink)
}

extension AMGDecoder: MeasuredDecoder {
    mutating func decode(_ bytes: ArraySlice<UInt8>, into sink: inout ReadingSink) {
        feed(bytes) { reading in
            if case .push(let push) = reading { sink.record(push.time.count) } else { sink.reject() }
        }
    }

    mutating func endRound(into sink: inout ReadingSink) {
        flush { _ in sink.reject() }
    }
}

extension BT50Decoder: MeasuredDecoder {
    mutating func decode(_ bytes: ArraySlice<UInt8>, into sink: inout ReadingSink) {
        feed(bytes) { reading in
            switch reading {
            case .vibration(let vibration): sink.record(Int64(vibration.velocity.z))
            case .motion(let motion): sink.record(Int64(motion.velocity.z))
            case .registers, .cutOff, .rejected: sink.reject()
            }
        }
    }

    mutating func endRound(into sink: inout ReadingSink) {
        flush { _ in sink.reject() }
    }
}

extension MatDecoder: MeasuredDecoder {
    mutating func decode(_ bytes: ArraySlice<UInt8>, into sink: inout ReadingSink) {
        feed(bytes) { Self.record($0, into: &sink) }
    }

    mutating func endRound(into sink: inout ReadingSink) {
        finish { Self.record($0, into: &sink) }
    }

    private static func record(_ item: MatItem, into sink: inout ReadingSink) {
        if case .frame(let frame) = item {
            sink.record(Int64(frame.cells[(frame.cells.count + frame.columns) / 2]))
        } else {
            sink.reject()
        }
    }
}
