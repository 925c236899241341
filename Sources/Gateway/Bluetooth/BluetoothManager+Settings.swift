import Devices
import Events
import Surfaces

/// Settings of sensors as people ask for them.
extension BluetoothManager: SensorConfigurator {
    func apply(_ wish: SensorSettingsRequest, to id: String) throws(SensorSettingsError) {
        var settings: [BT50Setting] = []
        if let rate = wish.samplesPerSecond {
            guard let known = BT50Rate.allCases.first(where: { abs($0.hertz - rate) < 0.001 }) else {
                throw .invalid("rate_hz must be one of 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100 and 200")
            }
            settings.append(.rate(known))
        }
        if let isMomentary = wish.isMomentary { settings.append(.nowData(isMomentary)) }
        do throws(SensorControlError) {
            for setting in settings { try apply(setting, to: DeviceID(id)) }
        } catch {
            switch error {
            case .noSensor: throw .unknown
            case .notConnected: throw .unavailable("the sensor is not connected")
            case .queueFull: throw .unavailable("too much is being set already")
            case .invalidValue(let refusal): throw .invalid("\(refusal)")
            }
        }
    }
}
