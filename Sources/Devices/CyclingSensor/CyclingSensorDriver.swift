import Events
import JSON

extension DeviceFamily {
    package static let cyclingSensor = DeviceFamily(rawValue: "cycling-sensor")
}

/// Bicycle speed and cadence sensors with the standard Bluetooth service.
package struct CyclingSensorDriver: DeviceDriver {
    package let family = DeviceFamily.cyclingSensor
    package let role = DeviceRoleKind.meter

    package let bluetoothRules: [BluetoothRule] = [
        .init(
            .cyclingSensor, .certain, "it has the Cycling Speed and Cadence service", service: .init(short: 0x1816))
    ]

    package var simulation: SimulationProfile {
        SimulationProfile(
            "Simulate a Bluetooth cycling speed and cadence sensor.",
            script: SimulationProfile.faultScript("standstill"))
    }

    package let variants: [DecoderVariant] = [
        DecoderVariant(.cyclingSensor, "measurement", "revolutions (0x2A5B), one per notification", .messages) {
            LoggingDecoderAdapter(CyclingSensorDecoder(.measurement))
        },
        DecoderVariant(.cyclingSensor, "feature", "supported features (0x2A5C), one per read", .messages) {
            LoggingDecoderAdapter(CyclingSensorDecoder(.features))
        },
        DecoderVariant(.cyclingSensor, "battery", "battery levels (0x2A19), one per notification", .messages) {
            LoggingDecoderAdapter(CyclingSensorDecoder(.battery))
        },
    ]
}

extension CyclingSensorReading: LoggableReading {
    func write(to log: inout ReadingLog) {
        switch self {
        case .measurement(let measurement):
            log.reading("measurement") { writer in
                if let wheel = measurement.wheel {
                    writer.key("wheel")
                    wheel.write(to: &writer)
                }
                if let crank = measurement.crank {
                    writer.key("crank")
                    crank.write(to: &writer)
                }
            }
        case .features(let features):
            log.reading("features") { writer in
                writer.member("wheel", features.contains(.wheel))
                writer.member("crank", features.contains(.crank))
                writer.member("several_locations", features.contains(.severalLocations))
            }
        case .battery(let percent): log.reading("battery") { $0.member("percent", percent) }
        case .rejected(let reject): log.reject(reject)
        }
    }
}

extension CyclingSensorMeasurement.Revolutions {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("total", total)
        writer.member("event_time", eventTime.inSeconds, decimals: 4)
        if let perMinute { writer.member("rpm", perMinute, decimals: 2) }
        writer.endObject()
    }
}
