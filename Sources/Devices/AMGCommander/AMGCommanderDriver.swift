import Clocks
import Events
import JSON

extension DeviceFamily {
    package static let amgCommander = DeviceFamily(rawValue: "amg-commander")
}

/// The AMG Commander, a shot timer.
package struct AMGCommanderDriver: DeviceDriver {
    package let family = DeviceFamily.amgCommander
    package let role = DeviceRoleKind.timer

    package let bluetoothRules: [BluetoothRule] = [
        .init(.amgCommander, .certain, "its name begins with AMG Lab COMM", name: "AMG LAB COMM"),
        .init(
            .amgCommander, .likely, "its name begins with Commander and it has the timer's service", name: "COMMANDER",
            service: .nordicUART),
        .init(.amgCommander, .possible, "its name begins with Commander", name: "COMMANDER"),
        .init(
            .amgCommander, .possible, "Nordic UART with the vendor prefix of the timer's radio", service: .nordicUART,
            oui: 0x60_09C3),
    ]

    package var simulation: SimulationProfile {
        var profile = SimulationProfile(
            "Simulate an AMG Commander shot timer.", script: SimulationProfile.stringScript)
        profile.details = [
            "After each string the timer's shots are requested again, as a gateway does to recover lost ones."
        ]
        return profile
    }

    package let variants: [DecoderVariant] = [
        DecoderVariant(.amgCommander, "notification", "notifications, one packet each", .messages) {
            LoggingDecoderAdapter(AMGDecoder())
        }
    ]
}

extension AMGReading: LoggableReading {
    func write(to log: inout ReadingLog) {
        switch self {
        case .push(let push):
            log.reading("push") { writer in
                push.status.write(to: &writer)
                writer.member("string", push.string)
            }
        case .screen(let status): log.reading("screen") { status.write(to: &$0) }
        case .list(let list):
            log.reading("list") { writer in
                writer.key("times")
                writer.beginArray()
                for time in list.times { writer.number(time.inSeconds) }
                writer.endArray()
                writer.member("end", list.end.rawValue)
            }
        case .text(let text): log.reading("text") { text.write(to: &$0) }
        case .rejected(let reject): log.reject(reject)
        }
    }
}

extension AMGText {
    fileprivate func write(to writer: inout JSONWriter) {
        switch self {
        case .shot(let shot, let total):
            writer.member("shot", shot)
            writer.member("of", total)
        case .time(let time): writer.member("time", seconds: time)
        case .split(let time): writer.member("split", seconds: time)
        case .firstShot(let time): writer.member("first", seconds: time)
        case .lastShot(let time): writer.member("last", seconds: time)
        case .other(let text): writer.member("text", text)
        }
    }
}

extension AMGStatus {
    fileprivate func write(to writer: inout JSONWriter) {
        switch state {
        case .shot: writer.member("state", "shot")
        case .started: writer.member("state", "started")
        case .stopped: writer.member("state", "stopped")
        case .other(let code):
            writer.member("state", "unknown")
            writer.member("code", code)
        }
        writer.member("shot", shot)
        writer.member("total", total)
        writer.member("time", seconds: time)
        writer.member("split", seconds: split)
        writer.member("first", seconds: first)
        writer.member("last", seconds: last)
    }
}
