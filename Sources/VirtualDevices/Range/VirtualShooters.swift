import Clocks
import Reactor

/// Simulated shooters on a virtual range: about two strings per minute, strings for remote starts of the timer, and the
/// resulting hits on the targets.
@ReactorActor
package final class VirtualShooters {
    private let timer: VirtualRadioPeripheral<VirtualAMGCommander>
    private let sensors: [VirtualRadioPeripheral<VirtualBT50>]
    private let timers: TimerQueue
    private var random: SeededRandom
    private var nextString: MonotonicTime
    private var handledBeepCount = 0
    private var token: TimerQueue.Token?

    /// The interval at which the timer is checked; shorter than the time from beep to first shot.
    private static let pollInterval = Nanoseconds.milliseconds(200)
    private static let firstString = Nanoseconds.seconds(5)
    /// From the end of a string to the next beep, in milliseconds.
    private static let pause: ClosedRange<Int64> = 12_000...20_000

    package init(
        _ timer: VirtualRadioPeripheral<VirtualAMGCommander>, _ sensors: [VirtualRadioPeripheral<VirtualBT50>],
        seed: UInt64, timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.timer = timer
        self.sensors = sensors
        self.timers = timers
        random = SeededRandom(seed: seed)
        nextString = timers.now + Self.firstString
    }

    package func start() {
        update()
    }

    package func stop() {
        token.map(timers.cancel)
        token = nil
    }

    private func update() {
        // Devices without a link are not advanced by a connection.
        for sensor in sensors { sensor.advance() }
        timer.advance()
        if timers.now >= nextString { addStrings() }
        strikeTargets()
        token = timers.after(Self.pollInterval) { [weak self] in self?.update() }
    }

    private func addStrings() {
        var string = RangeString.random(shots: 3...8, sensors: sensors.count, using: &random)
        let next = RangeString.random(shots: 3...8, sensors: sensors.count, using: &random)
        nextString =
            timers.now + (string.stop ?? .zero) + .milliseconds(.random(in: Self.pause, using: &random))
        timer.perform { timer, time in
            // A running string is not interrupted.
            if !timer.isRunning {
                string.beep = time
                timer.add(string)
            }
            if !timer.hasStringForCommand { timer.add(next) }
            return timer.tick(until: time)
        }
    }

    /// Passes the hits of new strings to the targets.
    private func strikeTargets() {
        let (count, recent) = (timer.peripheral.beepCount, timer.peripheral.beeps)
        for beep in recent.suffix(count - handledBeepCount) {
            for hit in beep.string.hits where sensors.indices.contains(hit.sensor) {
                sensors[hit.sensor].perform { sensor, _ in
                    sensor.strike(at: beep.time + hit.time, velocity: hit.velocity)
                    return []
                }
            }
        }
        handledBeepCount = count
    }
}
