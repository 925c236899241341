import Clocks
import Events
import Testing

@testable import Signals

@Suite("Gaps in motion") struct MotionGapTests {
    private static func time(_ milliseconds: Int64) -> WallTime { WallTime(nanoseconds: milliseconds * 1_000_000) }

    private static func samples(_ times: [Int64]) -> ArraySlice<MotionBuffer.Sample> {
        times.map { MotionBuffer.Sample(time: time($0), vector: Vector3(x: 0, y: 0, z: 0)) }[...]
    }

    private static func gap(_ begin: Int64, _ end: Int64) -> MotionGap {
        MotionGap(begin: time(begin), end: time(end))
    }

    @Test("is an interval that is much longer than usual")
    func gaps() {
        let steady = Array(stride(from: Int64(0), to: 300, by: 10))
        #expect(MotionGap.find(in: Self.samples(steady)).isEmpty)
        let lost = steady.filter { !(100..<150).contains($0) }
        #expect(MotionGap.find(in: Self.samples(lost)) == [Self.gap(90, 150)])
        // Three samples in a row may be late or lost without being a gap.
        let short = steady.filter { !(100..<130).contains($0) }
        #expect(MotionGap.find(in: Self.samples(short)).isEmpty)
    }

    @Test("depends on the rate, and is longer than a phone's scheduling")
    func rates() {
        let slow = Array(stride(from: Int64(0), to: 20_000, by: 1_000))
        #expect(MotionGap.find(in: Self.samples(slow)).isEmpty)
        let fast = Array(Int64(0)..<200)
        #expect(MotionGap.find(in: Self.samples(fast.filter { !(50..<69).contains($0) })).isEmpty)
        #expect(MotionGap.find(in: Self.samples(fast.filter { !(50..<70).contains($0) })) == [Self.gap(49, 70)])
    }

    @Test("is found again in a part only if it ends there")
    func parts() {
        let samples = Self.samples(Array(Int64(0)..<50).map { $0 * 10 } + [900, 910, 920, 2_000, 2_010])
        #expect(MotionGap.find(in: samples) == [Self.gap(490, 900), Self.gap(920, 2_000)])
        #expect(MotionGap.find(in: samples, from: 51) == [Self.gap(920, 2_000)])
        #expect(MotionGap.find(in: samples, from: 53) == [Self.gap(920, 2_000)])
        #expect(MotionGap.find(in: samples, from: 54).isEmpty)
        #expect(MotionGap.find(in: samples, from: samples.endIndex).isEmpty)
    }

    @Test("needs two samples", arguments: [[], [5], [5, 100_000]])
    func few(times: [Int64]) {
        #expect(MotionGap.find(in: Self.samples(times)).isEmpty)
    }
}
