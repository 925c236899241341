import Clocks
import Events
import Signals
import Testing

@Suite("Waveform") struct WaveformTests {
    private static func notification(at seconds: Double, _ velocities: Double...) -> DryRun.Notification {
        let samples = velocities.enumerated().map { index, velocity in
            ImpactSample(
                .amplitude(velocity: Vector3(x: velocity, y: 0, z: 0), displacement: Vector3(x: 0, y: 0, z: 0)),
                age: Nanoseconds(seconds: Double(velocities.count - 1 - index) * 0.01))
        }
        return DryRun.Notification(arrival: MonotonicTime(nanoseconds: Int64(seconds * 1e9)), samples: samples)
    }

    @Test("holds the largest deviation from rest in each interval, and nothing where nothing was measured")
    func values() {
        let rest = RestLevel(base: Vector3(x: 2, y: 0, z: 0), noise: 0)
        let waveform = Waveform(
            [Self.notification(at: 10.05, 2, 12, 7), Self.notification(at: 12.5, 1)], rest: rest, span: .seconds(4),
            until: MonotonicTime(nanoseconds: 14_000_000_000), count: 4)
        #expect(waveform.values == [10, nil, 0, nil])
        #expect(waveform.quantity == .velocity)
    }

    @Test("draws accelerations without gravity, and leaves out what is older or newer")
    func accelerations() {
        let zero = Vector3(x: 0, y: 0, z: 0)
        let sample = ImpactSample(.momentary(acceleration: Vector3(x: 0, y: 3, z: 5), velocity: zero))
        let times = [0.5, 1.5, 2.5]
        let waveform = Waveform(
            times.map { DryRun.Notification(arrival: MonotonicTime(nanoseconds: Int64($0 * 1e9)), samples: [sample]) },
            rest: RestLevel(base: Vector3(x: 0, y: 0, z: 1), noise: 0), span: .seconds(1),
            until: MonotonicTime(nanoseconds: 2_000_000_000), count: 1)
        #expect(waveform.values == [5])
        #expect(waveform.quantity == .acceleration)
    }
}
