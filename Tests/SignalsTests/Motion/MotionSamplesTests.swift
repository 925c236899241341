import Clocks
import Events
import Testing

@testable import Signals

@Suite("Stored samples") struct MotionSamplesTests {
    @Test("come back exactly, whatever the numbers")
    func roundTrip() throws {
        let values = [0, -0.0, 1.5, .pi, .leastNonzeroMagnitude, -.greatestFiniteMagnitude, 1e-7]
        var series: [MotionEvent.Quantity: [MotionBuffer.Sample]] = [:]
        for (index, quantity) in MotionEvent.Quantity.allCases.enumerated() where index != 3 {
            series[quantity] = values.enumerated().map { position, value in
                MotionBuffer.Sample(
                    time: WallTime(nanoseconds: 1_795_219_084_867_250_001 + Int64(position)),
                    vector: Vector3(x: value, y: -value, z: Double(index)))
            }
        }
        let stored = MotionSamples { series[$0, default: []][...] }
        #expect(stored.count == 4 * values.count)
        let read = MotionSamples(bytes: stored.bytes)
        #expect(read.byQuantity == series)
        let first = try #require(read[0])
        #expect(first.quantity == .acceleration)
        #expect(first.sample == series[.acceleration]?.first)
    }

    @Test("have a form that does not change")
    func form() {
        let sample = MotionBuffer.Sample(time: WallTime(nanoseconds: 0x0102), vector: Vector3(x: 1, y: 0, z: -2))
        let stored = MotionSamples { $0 == .wristRotation ? [sample][...] : [] }
        let expected: [UInt8] =
            [5, 2, 1, 0, 0, 0, 0, 0, 0] + [0, 0, 0, 0, 0, 0, 0xF0, 0x3F] + [UInt8](repeating: 0, count: 8)
            + [0, 0, 0, 0, 0, 0, 0, 0xC0]
        #expect(stored.bytes == expected)
    }

    @Test("bytes that are no samples give none")
    func damaged() {
        #expect(MotionSamples(bytes: [1, 2, 3]).count == 0)
        let unknown = MotionSamples(bytes: [9] + [UInt8](repeating: 0, count: 40))
        #expect(unknown.count == 1)
        #expect(unknown[0] == nil)
    }
}
