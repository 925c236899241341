import Bluetooth
import Clocks
import Devices
import Events
import Reactor

@testable import Drivers

/// Records the calls.
@ReactorActor
final class RecordingRangeSink: RangeEventSink {
    private(set) var reports: [(event: TimerEvent, moment: Moment)] = []
    private(set) var samples: [DeviceID: Int] = [:]
    private(set) var notifications: [DeviceID: [[UInt8]]] = [:]
    private(set) var changes: [String] = []
    private(set) var count = 0
    /// Called with every timer event.
    var reaction: (TimerEvent) -> Void = { _ in }

    func receive(_ event: TimerEvent, at moment: Moment) {
        count += 1
        reports.append((event, moment))
        reaction(event)
    }

    func timerReady(_ timer: DeviceID, at _: Moment) -> AMGCommand? {
        changes.append("timer ready")
        return nil
    }

    func timerDisconnected(_ timer: DeviceID, at _: Moment) { changes.append("timer lost") }

    func sensor(
        _ sensor: DeviceID, measured readings: [BT50Reading], in notification: ArraySlice<UInt8>, at _: Moment
    ) {
        count += 1
        notifications[sensor, default: []].append(Array(notification))
        samples[sensor, default: 0] += readings.count {
            switch $0 {
            case .vibration, .motion: true
            default: false
            }
        }
    }

    func sensorReady(_ sensor: DeviceID, at _: Moment) { changes.append("\(sensor) ready") }
    func sensorDisconnected(_ sensor: DeviceID, at _: Moment) { changes.append("\(sensor) lost") }

    var actions: [TimerEvent.Action] { reports.map(\.event.action) }

    var shots: [Nanoseconds] {
        actions.compactMap { if case .shot(let shot) = $0 { shot.time } else { nil } }
    }
}
