import Clocks
import Events
import TestSupport
import Testing

@testable import Signals

@Suite("Motion buffer") struct MotionBufferTests {
    private static func reading(
        _ milliseconds: Int64, _ quantity: MotionEvent.Quantity = .acceleration, x: Double = 0
    ) -> MotionEvent.Reading {
        MotionEvent.Reading(
            quantity: quantity, time: WallTime(nanoseconds: 1_000_000_000_000 + milliseconds * 1_000_000),
            vector: Vector3(x: x, y: -x, z: 1))
    }

    private static func times(_ buffer: MotionBuffer) -> [Int64] {
        buffer.samples(of: .acceleration).map { ($0.time.nanoseconds - 1_000_000_000_000) / 1_000_000 }
    }

    @Test("late, repeated and reordered messages are merged by time")
    func merges() {
        var random = SeededGenerator(seed: 11)
        var buffer = MotionBuffer()
        var messages = stride(from: Int64(0), to: 1_000, by: 10).map { start in
            (0..<10).map { Self.reading(start + $0, x: Double(start + $0)) }
        }
        messages += messages.prefix(20)
        messages.shuffle(using: &random)
        let inserted = messages.reduce(0) { $0 + buffer.insert($1) }
        #expect(inserted == 1_000)
        #expect(Self.times(buffer) == Array(0..<1_000))
        #expect(buffer.samples(of: .acceleration).map(\.vector.x) == (0..<1_000).map(Double.init))
    }

    @Test("quantities are independent")
    func quantities() {
        var buffer = MotionBuffer()
        buffer.insert([Self.reading(5), Self.reading(5, .rotation), Self.reading(3, .rotation)])
        #expect(buffer.quantities == [.acceleration, .rotation])
        #expect(buffer.samples(of: .rotation).count == 2)
        #expect(buffer.samples(of: .rotation, after: Self.reading(3).time).count == 1)
    }

    @Test("the oldest samples make room, by number and by age")
    func limits() {
        var limits = MotionBuffer.Limits()
        limits.samples = 80
        limits.age = .seconds(1)
        var buffer = MotionBuffer(limits)
        for time in 0..<Int64(1_000) {
            buffer.insert([Self.reading(time)])
            #expect(buffer.samples(of: .acceleration).count <= 80)
        }
        #expect(Self.times(buffer).last == 999)
        #expect(Self.times(buffer).count >= 70)
        for time in stride(from: Int64(2_000), to: 12_000, by: 100) { buffer.insert([Self.reading(time)]) }
        #expect(Self.times(buffer).count <= 10 + 80 / 8 + 1)
    }

    @Test("a late sample finds its place after older ones were removed")
    func late() {
        var limits = MotionBuffer.Limits()
        limits.samples = 80
        var buffer = MotionBuffer(limits)
        for time in stride(from: Int64(0), to: 2_000, by: 2) {
            buffer.insert([Self.reading(time)])
            guard time > 200 else { continue }
            #expect(buffer.insert([Self.reading(time - 21)]) == 1)
            #expect(buffer.insert([Self.reading(time - 21)]) == 0)
            let times = Self.times(buffer)
            #expect(times == times.sorted() && times.count <= 80 && times.count >= 70)
            #expect(buffer.samples(of: .acceleration, after: Self.reading(time - 22).time).count == 12)
        }
    }

    @Test("a clock that is set back begins a new buffer instead of blocking all that follows")
    func clockSetBack() {
        var buffer = MotionBuffer()
        buffer.insert([Self.reading(3_600_000)])
        buffer.insert([Self.reading(10), Self.reading(20)])
        #expect(Self.times(buffer) == [10, 20])
        #expect(buffer.clockResets == 1)
    }

    @Test("decimation keeps every peak and at most two samples per bucket")
    func decimation() {
        var buffer = MotionBuffer()
        buffer.insert((0..<5_000).map { Self.reading($0, x: $0 == 1_234 ? 57 : $0 == 4_321 ? -58 : 0) })
        let samples = buffer.samples(of: .acceleration)
        let drawn = MotionBuffer.decimate(samples, buckets: 50)
        #expect(drawn.count == 100)
        #expect(drawn.map(\.vector.x).max() == 57 && drawn.map(\.vector.x).min() == -58)
        #expect(drawn.map(\.vector.y).max() == 58 && drawn.map(\.vector.y).min() == -57)
        #expect(zip(drawn, drawn.dropFirst()).allSatisfy { $0.time <= $1.time })
        #expect(MotionBuffer.decimate(samples.prefix(100), buckets: 50) == Array(samples.prefix(100)))
    }
}

@Suite("Clock of a phone") struct PhoneClockTests {
    @Test("the offset is the median of the arrivals, the error half of their middle spread")
    func median() throws {
        var clock = PhoneClock()
        #expect(clock.estimate == nil)
        let hour = Nanoseconds.seconds(3_600)
        // One message is delayed by a minute.
        for delay in [20, 30, 25, 60_000, 22, 28, 24, 26] as [Int64] {
            let newest = WallTime(nanoseconds: 1_000_000_000_000)
            clock.receive(newest: newest, arrived: newest + hour + .milliseconds(delay))
        }
        let estimate = try #require(clock.estimate)
        #expect(estimate.offset - hour == .milliseconds(26))
        #expect(estimate.error == .milliseconds(3))
    }

    @Test("the first and the last time that a phone can send are no problem")
    func extremes() throws {
        var clock = PhoneClock()
        let now = WallTime(nanoseconds: 1_790_000_000_000_000_000)
        clock.receive(newest: WallTime(nanoseconds: .max), arrived: now)
        clock.receive(newest: WallTime(nanoseconds: 0), arrived: now + .seconds(1))
        #expect(try #require(clock.estimate).error == Nanoseconds(.max / 2))
    }
}
