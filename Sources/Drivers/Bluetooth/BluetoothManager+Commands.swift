import Bluetooth
import Devices
import Events
import Reactor

/// Whoever can set something in a sensor.
@ReactorActor
protocol SensorController: AnyObject {
    /// Sets something for good. It takes the sensor half a second, and is read back; what it is then comes as a reading.
    func apply(_ setting: BT50Setting, to sensor: DeviceID) throws(SensorControlError)
}

/// Why a sensor was not told.
enum SensorControlError: Error, Hashable, Sendable {
    case noSensor
    case notConnected
    case invalidValue(DeviceCommandError)
    case queueFull
}

extension BluetoothManager: TimerController {
    package func send(_ command: AMGCommand, to timer: DeviceID?) throws(TimerControlError) {
        let timers = devices.values.compactMap { $0 as? DeviceConnection<TimerEventHandler> }.filter {
            timer == nil ? $0.isReady : $0.id == timer
        }
        guard let first = timers.first else { throw .noTimer }
        guard timers.count == 1 else { throw .ambiguous }
        var refusal: AMGCommandError? = .notConnected
        first.withSession { (session: inout AMGSession) in
            do throws(AMGCommandError) {
                try session.command(command)
                refusal = nil
            } catch {
                refusal = error
            }
        }
        if let refusal { throw .rejected(refusal) }
    }
}

extension BluetoothManager: SensorController {
    func apply(_ setting: BT50Setting, to sensor: DeviceID) throws(SensorControlError) {
        let keeper = devices.values.first { $0.id == sensor } as? DeviceConnection<SensorEventHandler>
        guard let keeper else { throw .noSensor }
        guard keeper.isReady else { throw .notConnected }
        var refusal: SensorControlError?
        keeper.withSession { (session: inout BT50Session) in
            do throws(DeviceCommandError) {
                if try !session.apply(setting) { refusal = .queueFull }
            } catch {
                refusal = .invalidValue(error)
            }
        }
        if let refusal { throw refusal }
    }
}
