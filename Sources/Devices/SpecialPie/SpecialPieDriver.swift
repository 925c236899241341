import Events
import JSON

extension DeviceFamily {
    package static let specialPie = DeviceFamily(rawValue: "specialpie")
}

/// SpecialPie timers, and tablets that relay one.
package struct SpecialPieDriver: DeviceDriver {
    package let family = DeviceFamily.specialPie
    package let role = DeviceRoleKind.timer

    package let bluetoothRules: [BluetoothRule] = [
        .init(.specialPie, .certain, "its name begins with SP M1A2", name: "SP M1A2"),
        .init(
            .specialPie, .certain, "it has the timer relay service",
            service: .init(high: 0xE5A1_0001_F1A2_4B63, low: 0x9F8C_D7B7_81E3_5E2A)),
        .init(.specialPie, .likely, "its name begins with ShotTimer Relay", name: "SHOTTIMER RELAY"),
        .init(
            .specialPie, .possible, "it has the timer's service, which many other devices have too",
            service: .init(short: 0xFFF0)),
    ]

    package var simulation: SimulationProfile {
        SimulationProfile("Simulate a SpecialPie timer.", script: SimulationProfile.stringScript)
    }

    package let variants: [DecoderVariant] = [
        DecoderVariant(.specialPie, "frames", "notifications of the timer or a relay", .stream) {
            LoggingDecoderAdapter(SpecialPieDecoder())
        }
    ]
}

extension SpecialPieReading: LoggableReading {
    func write(to log: inout ReadingLog) {
        switch self {
        case .started(let group): log.reading("started") { $0.member("group", group) }
        case .stopped(let group): log.reading("stopped") { $0.member("group", group) }
        case .shot(let shot):
            log.reading("shot") { writer in
                writer.member("number", shot.number)
                writer.member("raw_number", shot.rawNumber)
                writer.member("group", shot.group)
                writer.member("time", seconds: shot.time)
                writer.member("split", seconds: shot.split)
            }
        case .rejected(let reject): log.reject(reject)
        }
    }
}
