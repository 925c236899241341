import Bluetooth
import Clocks
import Devices
import Events
import Reactor

/// Whoever keeps the range's books. Those who hold the links tell it what timers and sensors say, each thing once and in
/// the order in which it came.
@ReactorActor
protocol RangeDesk: AnyObject {
    func timer(_ timer: DeviceID, said statement: TimerStatement, at moment: Moment)
    /// It is connected, and what it says will be told from now on.
    func timerIsReady(_ timer: DeviceID, at moment: Moment)
    func timerIsLost(_ timer: DeviceID, at moment: Moment)

    /// - Parameters:
    ///   - readings: what the notification holds, in order.
    ///   - notification: the bytes as they came, which are the link's and will be overwritten.
    func sensor(
        _ sensor: DeviceID, measured readings: [BT50Reading], in notification: ArraySlice<UInt8>, at moment: Moment)
    func sensorIsReady(_ sensor: DeviceID, at moment: Moment)
    func sensorIsLost(_ sensor: DeviceID, at moment: Moment)
}

/// What a timer has told, and how that was learnt.
struct TimerStatement: Hashable, Sendable {
    let action: TimerEvent.Action
    /// The timer's own count of strings, where it is known.
    let string: Int?
    let source: AMGSession.Source
    /// The bytes in which the timer said so; empty when it was concluded from several packets.
    let frame: [UInt8]
}

/// Whoever can tell a timer what to do.
@ReactorActor
protocol TimerRemote: AnyObject {
    /// Passes a command on to a timer; nil stands for the only one that is connected.
    func command(_ command: AMGCommand, to timer: DeviceID?) throws(TimerRemoteRefusal)
}

/// Why a timer was not told.
enum TimerRemoteRefusal: Error, Hashable, Sendable {
    case noTimer
    /// More than one is connected, and none was named.
    case ambiguous
    case refused(AMGCommandRefusal)
}
