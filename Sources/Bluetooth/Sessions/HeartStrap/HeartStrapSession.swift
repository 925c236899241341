import Clocks
import Devices

/// A session with a heart-rate strap: its heart rates, and how full its battery is.
package struct HeartStrapSession: DeviceSession {
    package enum Output: Hashable, Sendable {
        case notice(SessionNotice)
        /// A heart rate, or why there is none.
        case reading(HeartStrapReading)
    }

    package var core = SessionCore(
        SetupPlan(mtu: nil, service: BluetoothUUID(short: 0x180D), required: [measurement], optional: [battery]))
    private var measurements = HeartStrapDecoder(.measurement)
    private var batteries = HeartStrapDecoder(.battery)
    private var lastHeard: MonotonicTime?

    /// A strap speaks every second as long as the link is good for anything.
    package static let greatestSilence = Nanoseconds.seconds(10)
    private static let measurement = BluetoothUUID(short: 0x2A37)
    private static let battery = SetupPlan.batteryLevel

    package init() {}

    package static func output(_ notice: SessionNotice) -> Output { .notice(notice) }

    package var ownDeadline: MonotonicTime? { lastHeard.map { $0 + Self.greatestSilence } }

    package mutating func handle(_ event: SessionCore.Event, at now: MonotonicTime, _ emit: (Output) -> Void) {
        switch event {
        case .notice: break
        case .ready:
            lastHeard = now
            core.read(Self.battery)
        case .value(Self.battery, let value):
            batteries.feed(value) { reading in
                if case .battery(let percent) = reading {
                    emit(.notice(.battery(percent)))
                } else {
                    emit(.reading(reading))
                }
            }
        case .value(_, let value):
            if core.isReady { lastHeard = now }
            measurements.feed(value) { emit(.reading($0)) }
        }
    }

    package mutating func act(at now: MonotonicTime, _ emit: (Output) -> Void) {
        guard let deadline = ownDeadline, now >= deadline else { return }
        lastHeard = nil
        for case .notice(let notice) in core.giveUp(.silent) { emit(.notice(notice)) }
    }

    package mutating func linkLost(at now: MonotonicTime, _ emit: (Output) -> Void) {
        lastHeard = nil
    }
}
