import Bluetooth
import Clocks
import Devices
import Events
import Reactor

@testable import Drivers

/// Records the events of timers and sensors.
@ReactorActor
final class RecordingRangeSink: RangeEventSink {
    private(set) var statements: [(timer: DeviceID, statement: TimerReport, moment: Moment)] = []
    private(set) var samples: [DeviceID: Int] = [:]
    private(set) var notifications: [DeviceID: [[UInt8]]] = [:]
    private(set) var changes: [String] = []
    private(set) var count = 0
    /// Called for each report of a timer.
    var reaction: (TimerReport) -> Void = { _ in }

    func timer(_ timer: DeviceID, reported statement: TimerReport, at moment: Moment) {
        count += 1
        statements.append((timer, statement, moment))
        reaction(statement)
    }

    func timerReady(_ timer: DeviceID, at _: Moment) { changes.append("timer ready") }
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

    var actions: [TimerEvent.Action] { statements.map(\.statement.action) }

    var shots: [Nanoseconds] {
        actions.compactMap { if case .shot(let shot) = $0 { shot.time } else { nil } }
    }
}
