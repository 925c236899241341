import Bluetooth
import Clocks
import Reactor

/// What one kind of device says, passed on to those whom it concerns.
@ReactorActor
protocol SessionEventHandler: AnyObject {
    associatedtype Session: DeviceSession

    /// Gives a notice back: those are the same for all kinds, and looked after by whoever keeps the device.
    func handle(_ output: Session.Output, at moment: Moment) -> SessionEvent?

    func sessionBecameReady(at moment: Moment)

    /// Told only after it was ready.
    func sessionEnded(at moment: Moment)
}

/// What those who keep and hear devices need of the house.
@ReactorActor
struct BluetoothContext {
    let registry: DeviceRegistry
    let metrics: BluetoothMetrics
    let timers: TimerQueue
    /// The wall clock when it was `timers.now`.
    let wall: () -> WallTime

    /// Everything that arrives in one turn of the loop has arrived when it woke up.
    var moment: Moment { Moment(monotonic: timers.now, wall: wall()) }
}
