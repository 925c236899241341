import CAllocationCounter
import Clocks
import Devices
import Glibc

/// The throughput of a decoder. The first round is excluded, so that buffers have grown.
struct Measurement {
    /// Whole rounds are decoded until the limit is reached.
    enum Limit {
        /// CPU time, which is independent of other processes.
        case seconds(Double)
        case rounds(Int)
    }

    private(set) var bytes = 0
    private(set) var seconds = 0.0
    private(set) var allocations: UInt64 = 0
    private(set) var sink = ReadingSink()

    init(of decoder: consuming some MeasuredDecoder, _ traffic: DeviceTraffic, _ limit: Limit) {
        var decoder = decoder
        var warmUp = ReadingSink()
        Self.play(traffic, to: &decoder, &warmUp)
        let allocated = allocation_count()
        let began = Self.cpuSeconds()
        var rounds = 0
        while !Self.isOver(limit, rounds: rounds, since: began) {
            Self.play(traffic, to: &decoder, &sink)
            rounds += 1
        }
        seconds = Self.cpuSeconds() - began
        allocations = allocation_count() - allocated
        bytes = rounds * traffic.bytes.count
    }

    var json: String {
        """
        {"frames":\(sink.frames),"refused":\(sink.rejected),"bytes":\(bytes),"seconds":\(seconds),\
        "allocations":\(allocations),"sum":\(sink.sum)}
        """
    }

    private static func play(
        _ traffic: DeviceTraffic, to decoder: inout some MeasuredDecoder, _ sink: inout ReadingSink
    ) {
        // In debug builds an iterator would allocate for each chunk.
        for index in 0..<traffic.pieces.count { decoder.decode(traffic.bytes[traffic.pieces[index]], into: &sink) }
        decoder.endRound(into: &sink)
    }

    private static func isOver(_ limit: Limit, rounds: Int, since began: Double) -> Bool {
        switch limit {
        case .seconds(let seconds): cpuSeconds() - began >= seconds
        case .rounds(let count): rounds >= count
        }
    }

    private static func cpuSeconds() -> Double {
        var used = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used)
        return Double(used.tv_sec) + Double(used.tv_nsec) / 1e9
    }
}

/// Counts readings and uses their values, so that decoding cannot be optimised away.
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

/// The decoders as used by the gateway.
protocol MeasuredDecoder {
    mutating func decode(_ bytes: ArraySlice<UInt8>, into sink: inout ReadingSink)

    /// Ends a round; the device starts again.
    mutating func endRound(into sink: inout ReadingSink)
}

extension AMGDecoder: MeasuredDecoder {
    mutating func decode(_ bytes: ArraySlice<UInt8>, into sink: inout ReadingSink) {
        feed(bytes) { reading in
            if case .push(let push) = reading { sink.record(push.status.time.count) } else { sink.reject() }
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
