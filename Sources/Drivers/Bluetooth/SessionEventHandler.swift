import Bluetooth
import Clocks
import Reactor

/// Handles the outputs of one kind of session.
@ReactorActor
protocol SessionEventHandler: AnyObject {
    associatedtype Session: DeviceSession

    /// Returns a common event, which the connection handles.
    func handle(_ output: Session.Output, at moment: Moment) -> SessionEvent?

    /// Returns a command to send to the device, if one is needed.
    func sessionBecameReady(at moment: Moment) -> DeviceCommand?

    /// The link of a session that was ready has ended.
    func sessionEnded(at moment: Moment)
}

/// The services that connections and event handlers share.
@ReactorActor
struct BluetoothContext {
    let registry: DeviceRegistry
    let metrics: BluetoothMetrics
    let timers: TimerQueue
    /// The wall clock at `timers.now`.
    let wall: () -> WallTime

    /// The time of the current loop iteration, which is the arrival time of all its packets.
    var moment: Moment { Moment(monotonic: timers.now, wall: wall()) }
}
