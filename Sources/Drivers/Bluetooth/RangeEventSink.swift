import Bluetooth
import Clocks
import Devices
import Events
import Reactor

/// Whoever keeps the range's books. Those who hold the links tell it what timers and sensors say, each thing once and in
/// the order in which it came.
@ReactorActor
package protocol RangeEventSink: AnyObject {
    func timer(_ timer: DeviceID, reported statement: TimerReport, at moment: Moment)
    /// It is connected, and what it says will be told from now on.
    func timerReady(_ timer: DeviceID, at moment: Moment)
    func timerDisconnected(_ timer: DeviceID, at moment: Moment)

    /// - Parameters:
    ///   - readings: what the notification holds, in order.
    ///   - notification: the bytes as they came, which are the link's and will be overwritten.
    func sensor(
        _ sensor: DeviceID, measured readings: [BT50Reading], in notification: ArraySlice<UInt8>, at moment: Moment)
    func sensorReady(_ sensor: DeviceID, at moment: Moment)
    func sensorDisconnected(_ sensor: DeviceID, at moment: Moment)
}

/// What a timer has told, and how that was learnt.
package struct TimerReport: Hashable, Sendable {
    package let action: TimerEvent.Action
    /// The timer's own count of strings, where it is known.
    package let string: Int?
    package let source: AMGSession.Source
    /// The bytes in which the timer said so; empty when it was concluded from several packets.
    package let frame: [UInt8]
}

/// Whoever can tell a timer what to do.
@ReactorActor
package protocol TimerController: AnyObject {
    /// Passes a command on to a timer; nil stands for the only one that is connected.
    func send(_ command: AMGCommand, to timer: DeviceID?) throws(TimerControlError)
}

/// Why a timer was not told.
package enum TimerControlError: Error, Hashable, Sendable {
    case noTimer
    /// More than one is connected, and none was named.
    case ambiguous
    case rejected(SessionCommandError)
}
