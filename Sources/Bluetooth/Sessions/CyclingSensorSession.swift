import Clocks
import Devices

/// The session of a cycling speed and cadence sensor: revolutions, features and the battery level.
///
/// Sensors stop notifying when the bicycle stands still, so silence does not end the session.
package struct CyclingSensorSession: DeviceSession {
    package enum Output: Hashable, Sendable {
        case sessionEvent(SessionEvent)
        /// A measurement or the features, or a rejected packet.
        case reading(CyclingSensorReading)
    }

    package var core = SessionCore(
        SetupPlan(
            mtu: nil, service: BluetoothUUID(short: 0x1816), required: [measurement], optional: [feature, battery]))
    private var measurements = CyclingSensorDecoder(.measurement)
    private var features = CyclingSensorDecoder(.features)
    private var batteries = CyclingSensorDecoder(.battery)

    private static let measurement = BluetoothUUID(short: 0x2A5B)
    private static let feature = BluetoothUUID(short: 0x2A5C)
    private static let battery = SetupPlan.batteryLevel

    package init() {}

    package static func output(_ event: SessionEvent) -> Output { .sessionEvent(event) }

    package var ownDeadline: MonotonicTime? { nil }

    package mutating func handle(_ event: SessionCore.Event, at now: MonotonicTime, _ emit: (Output) -> Void) {
        switch event {
        case .sessionEvent: break
        case .ready:
            core.read(Self.feature)
            core.read(Self.battery)
        case .value(Self.battery, let value):
            batteries.feed(value) { reading in
                if case .battery(let percent) = reading {
                    emit(.sessionEvent(.battery(percent)))
                } else {
                    emit(.reading(reading))
                }
            }
        case .value(Self.feature, let value): features.feed(value) { emit(.reading($0)) }
        case .value(_, let value): measurements.feed(value) { emit(.reading($0)) }
        }
    }

    package mutating func performDueActions(at now: MonotonicTime, _ emit: (Output) -> Void) {}

    package mutating func linkDidClose(at now: MonotonicTime, _ emit: (Output) -> Void) {
        measurements.flush { _ in }
    }
}
