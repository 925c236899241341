import Clocks
import Devices

/// What happens to a reading: it is counted, and looked at, so that nobody can leave out to decode it.
struct ReadingSink {
    private(set) var frames = 0
    private(set) var refused = 0
    private(set) var sum: Int64 = 0

    mutating func take(_ value: Int64) {
        frames += 1
        sum &+= value
    }

    mutating func refuse() {
        refused += 1
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
            if case .push(let push) = reading { sink.take(push.time.count) } else { sink.refuse() }
        }
    }

    mutating func endRound(into sink: inout ReadingSink) {
        flush { _ in sink.refuse() }
    }
}

extension BT50Decoder: MeasuredDecoder {
    mutating func decode(_ bytes: ArraySlice<UInt8>, into sink: inout ReadingSink) {
        feed(bytes) { reading in
            switch reading {
            case .vibration(let vibration): sink.take(Int64(vibration.velocity.z))
            case .motion(let motion): sink.take(Int64(motion.velocity.z))
            case .registers, .cutOff, .refused: sink.refuse()
            }
        }
    }

    mutating func endRound(into sink: inout ReadingSink) {
        flush { _ in sink.refuse() }
    }
}

extension MatDecoder: MeasuredDecoder {
    mutating func decode(_ bytes: ArraySlice<UInt8>, into sink: inout ReadingSink) {
        feed(bytes) { Self.take($0, into: &sink) }
    }

    mutating func endRound(into sink: inout ReadingSink) {
        finish { Self.take($0, into: &sink) }
    }

    private static func take(_ item: MatItem, into sink: inout ReadingSink) {
        if case .frame(let frame) = item {
            sink.take(Int64(frame.cells[(frame.cells.count + frame.columns) / 2]))
        } else {
            sink.refuse()
        }
    }
}
