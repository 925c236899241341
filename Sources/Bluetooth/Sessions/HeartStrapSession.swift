import Clocks
import Devices

/// The session of a heart-rate strap: heart rates and the battery level.
package struct HeartStrapSession: DeviceSession {
    package enum Output: Hashable, Sendable {
        case sessionEvent(SessionEvent)
        /// A measurement, or a rejected packet.
        case reading(HeartStrapReading)
    }

    package var core = SessionCore(
        SetupPlan(mtu: nil, service: BluetoothUUID(short: 0x180D), required: [measurement], optional: [battery]))
    private var measurements = HeartStrapDecoder(.measurement)
    private var batteries = HeartStrapDecoder(.battery)
    private var lastReceived: MonotonicTime?

    /// A strap notifies every second.
    package static let silenceTimeout = Nanoseconds.seconds(10)
    private static let measurement = BluetoothUUID(short: 0x2A37)
    private static let battery = SetupPlan.batteryLevel

    package init() {}

    package static func output(_ event: SessionEvent) -> Output { .sessionEvent(event) }

    package var ownDeadline: MonotonicTime? { lastReceived.map { $0 + Self.silenceTimeout } }

    package mutating func handle(_ event: SessionCore.Event, at now: MonotonicTime, _ emit: (Output) -> Void) {
        switch event {
        case .sessionEvent: break
        case .ready:
            lastReceived = now
            core.read(Self.battery)
        case .value(Self.battery, let value):
            batteries.feed(value) { reading in
                if case .battery(let percent) = reading {
                    emit(.sessionEvent(.battery(percent)))
                } else {
                    emit(.reading(reading))
                }
            }
        case .value(_, let value):
            if core.isReady { lastReceived = now }
            measurements.feed(value) { emit(.reading($0)) }
        }
    }

    package mutating func performDueActions(at now: MonotonicTime, _ emit: (Output) -> Void) {
        guard let deadline = ownDeadline, now >= deadline else { return }
        lastReceived = nil
        terminate(.silent, emit)
    }

    package mutating func linkDidClose(at now: MonotonicTime, _ emit: (Output) -> Void) {
        lastReceived = nil
    }
}
