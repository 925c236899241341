import Events
import JSON

extension DeviceFamily {
    package static let heartStrap = DeviceFamily(rawValue: "heart-rate-strap")
}

/// Heart-rate straps, watches and bands with the standard Bluetooth services.
package struct HeartStrapDriver: DeviceDriver {
    package let family = DeviceFamily.heartStrap
    package let role = DeviceRoleKind.heart

    package let bluetoothRules: [BluetoothRule] = [
        .init(.heartStrap, .certain, "it has the Heart Rate service", service: .init(short: 0x180D))
    ]

    package var simulation: SimulationProfile {
        SimulationProfile(
            "Simulate a Bluetooth heart-rate strap.", script: SimulationProfile.faultScript("no-contact"))
    }

    package let variants: [DecoderVariant] = [
        DecoderVariant(.heartStrap, "measurement", "heart rates (0x2A37), one per notification", .messages) {
            LoggingDecoderAdapter(HeartStrapDecoder(.measurement))
        },
        DecoderVariant(.heartStrap, "battery", "battery levels (0x2A19), one per notification", .messages) {
            LoggingDecoderAdapter(HeartStrapDecoder(.battery))
        },
    ]
}

extension HeartStrapReading: LoggableReading {
    func write(to log: inout ReadingLog) {
        switch self {
        case .measurement(let measurement):
            log.reading("measurement") { writer in
                writer.member("bpm", measurement.beatsPerMinute)
                writer.member("contact", measurement.contact.rawValue)
                if let energy = measurement.energy { writer.member("energy", energy) }
                writer.key("intervals")
                writer.beginArray()
                for interval in measurement.intervals { writer.number(Double(interval) / 1_024, decimals: 4) }
                writer.endArray()
            }
        case .battery(let percent): log.reading("battery") { $0.member("percent", percent) }
        case .rejected(let reject): log.reject(reject)
        }
    }
}
