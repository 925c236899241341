import Bluetooth
import Clocks
import Devices
import Events
import Reactor
import Testing
import VirtualDevices

@Suite("A whole range at once") @ReactorActor
struct AllDevicesTests {
    @Test("six sensors at 100 Hz, a timer and a strap: nobody loses anything")
    func everybody() async throws {
        let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
        let string = RangeString.even(
            beep: .seconds(2), shots: 6, first: .milliseconds(1_500), split: .milliseconds(400), hitting: 0,
            after: .zero)
        let timer = try SessionTestBed(
            AMGSession(), VirtualAMGCommander(RangeScript([string]), seed: 1), timers: timers)
        let strap = try SessionTestBed(HeartStrapSession(), VirtualHeartStrap(seed: 2), timers: timers)
        let sensors = try (0..<6 as Range<UInt64>).map { seed in
            try SessionTestBed(BT50Session(), VirtualBT50(seed: seed), timers: timers)
        }
        for _ in 0..<40 { await runLoopBriefly() }
        let end = MonotonicTime(nanoseconds: 8_000_000_000)
        while let next = timers.nextDeadline, next <= end {
            timers.advance(to: next)
            for _ in 0..<8 { await Task.yield() }
        }
        for sensor in sensors {
            let samples = sensor.readings.count { if case .vibration = $0 { true } else { false } }
            // What is missing is on its way, or was measured before anybody listened.
            #expect(samples >= 780 && samples <= 800)
            #expect(sensor.link.session.counters.rejectCount == 0 && sensor.errors.isEmpty)
            #expect(sensor.outputs.contains { if case .sessionEvent(.battery) = $0.output { true } else { false } })
        }
        let shots = timer.outputs.compactMap { entry -> Nanoseconds? in
            guard case .action(.shot(let shot), string: _, .pushed, frame: _) = entry.output else { return nil }
            return shot.time
        }
        #expect(shots == string.shots && timer.errors.isEmpty)
        let rates = strap.outputs.count { if case .reading(.measurement) = $0.output { true } else { false } }
        #expect(rates >= 7 && strap.errors.isEmpty)
        timer.close()
        strap.close()
        for sensor in sensors { sensor.close() }
        #expect(timers.count == 0)
    }
}
