import Devices
import Events
import JSON

/// Settings of sensors as people ask for them.
extension BluetoothManager {
    package func apply(_ wish: SensorSettingsRequest, to id: String) throws(SensorSettingsError) {
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

/// What a sensor shall be set to, for good: what is nil stays as it is.
package struct SensorSettingsRequest: Hashable, Sendable {
    package private(set) var samplesPerSecond: Double?
    /// Momentary values instead of amplitudes.
    package private(set) var isMomentary: Bool?

    /// `{"rate_hz":100,"mode":"amplitudes"}`. What is not understood is refused.
    package init(_ body: [UInt8]) throws(SensorSettingsError) {
        guard let value = try? JSONValue(parsing: body), let members = value.objectValue?.members, !members.isEmpty
        else { throw .invalid("send an object with rate_hz or mode") }
        for (key, value) in members {
            switch (key, value.doubleValue, value.stringValue) {
            case ("rate_hz", let rate?, _): samplesPerSecond = rate
            case ("mode", _, "amplitudes"): isMomentary = false
            case ("mode", _, "momentary"): isMomentary = true
            case ("rate_hz", _, _): throw .invalid("rate_hz must be a number")
            case ("mode", _, _): throw .invalid("mode must be amplitudes or momentary")
            default: throw .invalid("\(key.prefix(40)) is not known: send rate_hz or mode")
            }
        }
    }
}

/// Why a sensor was not told.
package enum SensorSettingsError: Error, Hashable, Sendable {
    case unknown
    case invalid(String)
    /// Not at the moment; why, for people.
    case unavailable(String)

    package var text: String {
        switch self {
        case .unknown: "there is no sensor of this id that is in use"
        case .invalid(let text), .unavailable(let text): text
        }
    }
}
