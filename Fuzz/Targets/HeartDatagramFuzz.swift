import Clocks
import Devices
import Signals

/// Whatever a datagram says, nothing that is not finite and no rate out of range comes out of it; and a datagram that is
/// refused leaves no trace.
enum HeartDatagramFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        guard let reading = try? HeartReading(datagram: input) else { return }
        try require(reading.beatsPerMinute.doubleValue.isFinite, "a rate of \(reading.beatsPerMinute)")
        try require(reading == HeartReading(datagram: Array(input)[...]), "the same datagram reads differently")
        var pipeline = HeartPipeline()
        for second in 0..<15 as Range<Int64> {
            let event = try pipeline.receive(
                reading, from: "", at: MonotonicTime(nanoseconds: second * 1_000_000_000))
            if let rate = event.rate.beatsPerMinute { try require((40...200).contains(rate), "a rate of \(rate)") }
            guard let statistics = event.statistics else { continue }
            try require((40...200).contains(statistics.mean), "a mean of \(statistics.mean)")
            try require(statistics.standardDeviation < 1e-6, "equal readings deviate")
        }
        try require(pipeline.users.entries.map(\.user) == [reading.user], "one user became \(pipeline.users.entries)")
    }
}
