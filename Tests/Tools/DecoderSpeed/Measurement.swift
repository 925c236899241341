import CAllocationCounter
import Glibc

/// What a decoder did and what that took. The first round is left out: what grows once has grown then.
struct Measurement {
    /// Whole rounds are taken, until it is reached.
    enum Limit {
        /// Of the CPU's time: who else uses the machine does not matter.
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
        // Without optimisation an iterator would take memory for each piece.
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
