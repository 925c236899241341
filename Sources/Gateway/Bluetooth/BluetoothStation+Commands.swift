import Bluetooth
import Devices
import Events
import Reactor

/// Whoever can set something in a sensor.
@ReactorActor
protocol SensorRemote: AnyObject {
    /// Sets something for good. It takes the sensor half a second, and is read back; what it is then comes as a reading.
    func apply(_ setting: BT50Setting, to sensor: DeviceID) throws(SensorRemoteRefusal)
}

/// Why a sensor was not told.
enum SensorRemoteRefusal: Error, Hashable, Sendable {
    case noSensor
    case notConnected
    case value(CommandRefusal)
    case tooMany
}

extension BluetoothStation: TimerRemote {
    func command(_ command: AMGCommand, to timer: DeviceID?) throws(TimerRemoteRefusal) {
        let timers = devices.values.compactMap { $0 as? SessionKeeper<TimerVoice> }.filter {
            timer == nil ? $0.isReady : $0.id == timer
        }
        guard let first = timers.first else { throw .noTimer }
        guard timers.count == 1 else { throw .ambiguous }
        var refusal: AMGCommandRefusal? = .notConnected
        first.tell { (session: inout AMGSession) in
            do throws(AMGCommandRefusal) {
                try session.command(command)
                refusal = nil
            } catch {
                refusal = error
            }
        }
        if let refusal { throw .refused(refusal) }
    }
}

extension BluetoothStation: SensorRemote {
    func apply(_ setting: BT50Setting, to sensor: DeviceID) throws(SensorRemoteRefusal) {
        let keeper = devices.values.first { $0.id == sensor } as? SessionKeeper<SensorVoice>
        guard let keeper else { throw .noSensor }
        guard keeper.isReady else { throw .notConnected }
        var refusal: SensorRemoteRefusal?
        keeper.tell { (session: inout BT50Session) in
            do throws(CommandRefusal) {
                if try !session.apply(setting) { refusal = .tooMany }
            } catch {
                refusal = .value(error)
            }
        }
        if let refusal { throw refusal }
    }
}
