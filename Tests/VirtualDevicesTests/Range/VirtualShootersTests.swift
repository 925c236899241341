import Clocks
import Devices
import Reactor
import Testing
import VirtualDevices

@Suite("Virtual shooters") @ReactorActor
struct VirtualShootersTests {
    private let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))

    private func run(for span: Nanoseconds) {
        let end = timers.now + span
        while let next = timers.nextDeadline, next <= end { timers.advance(to: next) }
        timers.advance(to: end)
    }

    @Test("shoots about two strings per minute, and one after a remote start")
    func strings() {
        let timer = VirtualRadioPeripheral(VirtualAMGCommander(RangeScript(), seed: 1), timers: timers)
        let sensor = VirtualRadioPeripheral(VirtualBT50(seed: 2), timers: timers)
        let shooters = VirtualShooters(timer, [sensor], seed: 3, timers: timers)
        shooters.start()
        run(for: .seconds(600))
        let strings = timer.peripheral.beepCount
        #expect(18...36 ~= strings)
        #expect(timer.peripheral.beeps.allSatisfy { 3...8 ~= $0.string.shots.count && !$0.string.hits.isEmpty })
        while timer.peripheral.isRunning { run(for: .seconds(1)) }
        timer.perform { $0.receive(write: Array("COM START".utf8)[...], at: $1) }
        run(for: .seconds(4))
        #expect(timer.peripheral.beepCount == strings + 1 && timer.peripheral.isRunning)
        shooters.stop()
        #expect(timers.count == 0)
    }

    @Test("hits reach the targets even without a connection")
    func hits() {
        let timer = VirtualRadioPeripheral(VirtualAMGCommander(RangeScript(), seed: 1), timers: timers)
        let sensor = VirtualRadioPeripheral(VirtualBT50(seed: 2), timers: timers)
        let shooters = VirtualShooters(timer, [sensor], seed: 3, timers: timers)
        shooters.start()
        while timer.peripheral.beeps.isEmpty { run(for: .milliseconds(100)) }
        guard let beep = timer.peripheral.beeps.last, let hit = beep.string.hits.first else {
            return #expect(Bool(false))
        }
        var decoder = BT50Decoder()
        var peak = 0
        let end = beep.time + hit.time + .milliseconds(200)
        sensor.perform { device, _ in
            device.mtu = 247
            return []
        }
        shooters.stop()
        sensor.perform { device, _ in
            for emission in device.tick(until: end) {
                decoder.feed((emission.bytes ?? [])[...]) {
                    if case .vibration(let sample) = $0 { peak = max(peak, Int(sample.velocity.z)) }
                }
            }
            return []
        }
        #expect(peak > 20)
    }
}
