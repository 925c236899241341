import Events
import JSON

extension DeviceFamily {
    package static let sgTimer = DeviceFamily(rawValue: "sg-timer")
}

/// SG Timers.
package struct SGTimerDriver: DeviceDriver {
    package let family = DeviceFamily.sgTimer
    package let role = DeviceRoleKind.timer

    package let bluetoothRules: [BluetoothRule] = [
        .init(
            .sgTimer, .certain, "it has the timer's service",
            service: .init(high: 0x7520_FFFF_14D2_4CDA, low: 0x8B6B_697C_554C_9311)),
        .init(.sgTimer, .likely, "its name begins with SG-SST4", name: "SG-SST4"),
    ]

    package var simulation: SimulationProfile {
        SimulationProfile("Simulate an SG Timer.", script: SimulationProfile.stringScript)
    }

    package let variants: [DecoderVariant] = [
        DecoderVariant(.sgTimer, "event", "unprompted events (75200001)", .messages) {
            LoggingDecoderAdapter(SGDecoder(.event))
        },
        DecoderVariant(.sgTimer, "command", "answers to commands (75200000)", .messages) {
            LoggingDecoderAdapter(SGDecoder(.command))
        },
        DecoderVariant(.sgTimer, "shot-list", "shots of a saved session, one per read (75200004)", .messages) {
            LoggingDecoderAdapter(SGDecoder(.shotList))
        },
    ]
}

extension SGReading: LoggableReading {
    func write(to log: inout ReadingLog) {
        switch self {
        case .started(let session, let delay):
            log.reading("started") { writer in
                writer.member("session", session)
                writer.member("delay", seconds: delay)
            }
        case .suspended(let session, let shots): log.session("suspended", session, shots: shots)
        case .resumed(let session, let shots): log.session("resumed", session, shots: shots)
        case .stopped(let session, let shots): log.session("stopped", session, shots: shots)
        case .began(let session): log.reading("began") { $0.member("session", session) }
        case .shot(let shot):
            log.reading("shot") { writer in
                writer.member("session", shot.session)
                writer.member("number", shot.number)
                writer.member("raw_number", shot.rawNumber)
                writer.member("time", seconds: shot.time)
                writer.member("split", seconds: shot.split)
            }
        case .answered(let command, let isAccepted):
            log.reading("answered") { writer in
                writer.member("command", command)
                writer.member("accepted", isAccepted)
            }
        case .saved(let shot):
            log.reading(shot == nil ? "saved_end" : "saved") { writer in
                guard let shot else { return }
                writer.member("raw_number", shot.rawNumber)
                writer.member("time", seconds: shot.time)
            }
        case .rejected(let reject): log.reject(reject)
        }
    }
}

extension ReadingLog {
    fileprivate mutating func session(_ kind: StaticString, _ session: UInt32, shots: Int) {
        reading(kind) { writer in
            writer.member("session", session)
            writer.member("shots", shots)
        }
    }
}
