import Clocks
import Devices
import Events
import Reactor

/// Receives the reports of timers and sensors, each once and in order of arrival.
@ReactorActor
package protocol RangeEventSink: AnyObject {
    func receive(_ event: TimerEvent, at moment: Moment)
    /// The timer is connected and its reports follow. Returns a command for it, if one is needed.
    func timerReady(_ timer: DeviceID, at moment: Moment) -> AMGCommand?
    func timerDisconnected(_ timer: DeviceID, at moment: Moment)

    /// - Parameters:
    ///   - readings: the content of the notification, in order.
    ///   - notification: its bytes; the buffer belongs to the link and is reused.
    func sensor(
        _ sensor: DeviceID, measured readings: [BT50Reading], in notification: ArraySlice<UInt8>, at moment: Moment)
    func sensorReady(_ sensor: DeviceID, at moment: Moment)
    func sensorDisconnected(_ sensor: DeviceID, at moment: Moment)
}
