import Clocks
import Reactor

/// People who shoot on a virtual range, for as long as nobody stops them: a string every half minute or so, also when
/// somebody starts the timer from afar, and the blows that the targets get from it.
@ReactorActor
package final class VirtualShooters {
    private let timer: VirtualAirPeripheral<VirtualAMGCommander>
    private let sensors: [VirtualAirPeripheral<VirtualBT50>]
    private let timers: TimerQueue
    private var random: SeededRandom
    private var nextString: MonotonicTime
    private var beeps = 0
    private var token: TimerQueue.Token?

    /// How often they look at the timer: a first shot comes later than this after the beep.
    private static let attention = Nanoseconds.milliseconds(200)
    private static let firstString = Nanoseconds.seconds(5)
    /// From the end of a string to the next beep, in milliseconds.
    private static let pause: ClosedRange<Int64> = 12_000...20_000

    package init(
        _ timer: VirtualAirPeripheral<VirtualAMGCommander>, _ sensors: [VirtualAirPeripheral<VirtualBT50>],
        seed: UInt64, timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.timer = timer
        self.sensors = sensors
        self.timers = timers
        random = SeededRandom(seed: seed)
        nextString = timers.now + Self.firstString
    }

    package func begin() {
        live()
    }

    package func stop() {
        token.map(timers.cancel)
        token = nil
    }

    private func live() {
        // Without a link nobody else keeps their time.
        for sensor in sensors { sensor.live() }
        timer.live()
        if timers.now >= nextString { shoot() }
        strike()
        token = timers.after(Self.attention) { [weak self] in self?.live() }
    }

    private func shoot() {
        var string = RangeString.random(shots: 3...8, sensors: sensors.count, using: &random)
        let next = RangeString.random(shots: 3...8, sensors: sensors.count, using: &random)
        nextString =
            timers.now + (string.stop ?? .zero) + .milliseconds(.random(in: Self.pause, using: &random))
        timer.act { timer, time in
            // Somebody else's string is not disturbed.
            if !timer.isRunning {
                string.beep = time
                timer.add(string)
            }
            if !timer.hasStringForCommand { timer.add(next) }
            return timer.tick(until: time)
        }
    }

    /// What was fired since the last look is on its way to the targets.
    private func strike() {
        let (count, recent) = (timer.peripheral.beepCount, timer.peripheral.beeps)
        for beep in recent.suffix(count - beeps) {
            for hit in beep.string.hits where sensors.indices.contains(hit.sensor) {
                sensors[hit.sensor].act { sensor, _ in
                    sensor.strike(at: beep.time + hit.time, velocity: hit.velocity)
                    return []
                }
            }
        }
        beeps = count
    }
}
