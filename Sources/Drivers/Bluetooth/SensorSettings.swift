import Devices
import JSON

/// Settings to store in a sensor. Nil leaves a setting unchanged.
package struct SensorSettingsRequest: Hashable, Sendable {
    package private(set) var samplesPerSecond: Double?
    /// Momentary values instead of amplitudes.
    package private(set) var isMomentary: Bool?

    /// From JSON such as `{"rate_hz":100,"mode":"amplitudes"}`. Unknown members are rejected.
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
            default: throw .invalid("\(key.prefix(40)) is unknown: send rate_hz or mode")
            }
        }
    }

    var settings: [BT50Setting] {
        get throws(SensorSettingsError) {
            var settings: [BT50Setting] = []
            if let samplesPerSecond {
                guard let rate = BT50Rate.allCases.first(where: { abs($0.hertz - samplesPerSecond) < 0.001 }) else {
                    throw .invalid("rate_hz must be one of 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100 and 200")
                }
                settings.append(.rate(rate))
            }
            if let isMomentary { settings.append(.nowData(isMomentary)) }
            return settings
        }
    }
}

/// Why settings were not stored.
package enum SensorSettingsError: Error, Hashable, Sendable {
    case unknown
    case invalid(String)
    /// Temporarily not possible, with the reason.
    case unavailable(String)

    package var text: String {
        switch self {
        case .unknown: "no sensor in use has this id"
        case .invalid(let text), .unavailable(let text): text
        }
    }
}
