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
                writer.state(push.state)
                writer.member("shot", push.shot)
                writer.member("total", push.total)
                writer.times(push.time, push.split, push.first, push.last)
                writer.member("string", push.string)
            }
        case .screen(let screen):
            log.reading("screen") { writer in
                writer.state(screen.state)
                writer.member("shot", screen.shot)
                writer.member("total", screen.total)
                writer.times(screen.time, screen.split, screen.first, screen.last)
            }
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

extension JSONWriter {
    fileprivate mutating func state(_ state: AMGState) {
        switch state {
        case .shot: member("state", "shot")
        case .started: member("state", "started")
        case .stopped: member("state", "stopped")
        case .other(let code):
            member("state", "unknown")
            member("code", code)
        }
    }

    fileprivate mutating func times(
        _ time: Nanoseconds, _ split: Nanoseconds, _ first: Nanoseconds, _ last: Nanoseconds
    ) {
        member("time", seconds: time)
        member("split", seconds: split)
        member("first", seconds: first)
        member("last", seconds: last)
    }
}
