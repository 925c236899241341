import Clocks

/// A command to the timer: ASCII words without a terminator, written to its RX characteristic.
///
/// The timer acknowledges nothing. It accepts settings only while stopped and needs `spacing` between commands.
package enum AMGCommand: Hashable, Sendable {
    /// Starts a string after the configured delay.
    case start
    /// Stops the timer.
    case stop
    /// 1 to 10.
    case setSensitivity(Int)
    /// 5 to 100 centiseconds. A second bang within this time counts as an echo.
    case setEchoDelay(Int)
    /// 0 (silent) to 3.
    case setBeepVolume(Int)
    /// 1 to 5.
    case setPreset(Int)
    /// The delay from the command to the beep: a fixed part of up to four digits and a random part of up to three.
    case setDelay(DelayKind, fixed: Int, random: Int)
    /// 0 to 3.
    case setParType(Int)
    /// One of three par times, in up to five digits.
    case setParTime(Int, Int)
    case requestScreenText
    case requestScreen
    case requestStringText
    case requestString
    /// The answer is a single packet of undocumented content.
    case requestSettings

    package enum DelayKind: Int, CaseIterable, Sendable {
        case none
        case instant
        case random
    }

    /// The minimum time between two commands.
    package static let spacing = Nanoseconds.milliseconds(100)

    package var needsStoppedTimer: Bool {
        switch self {
        case .setSensitivity, .setEchoDelay, .setBeepVolume, .setPreset, .setDelay, .setParType, .setParTime: true
        default: false
        }
    }

    package func bytes() throws(DeviceCommandError) -> [UInt8] {
        Array(try text().utf8)
    }

    private func text() throws(DeviceCommandError) -> String {
        switch self {
        case .start: "COM START"
        case .stop: "COM STOP"
        case .setSensitivity(let value): "SET SENSITIVITY " + (try digits(2, value, "sensitivity", 1...10))
        case .setEchoDelay(let value): "SET ECHO DELAY " + (try digits(3, value, "echo delay", 5...100))
        case .setBeepVolume(let value): "SET BEEP VOLUME " + (try digits(1, value, "beep volume", 0...3))
        case .setPreset(let value): "SET PRESET " + (try digits(1, value, "preset", 1...5))
        case .setDelay(let kind, let fixed, let random):
            "SET DELAY \(kind.rawValue) " + (try digits(4, fixed, "fixed delay", 0...9_999)) + " "
                + (try digits(3, random, "random delay", 0...999))
        case .setParType(let value): "SET PAR TYPE " + (try digits(1, value, "par type", 0...3))
        case .setParTime(let number, let time):
            "SET PAR TIME " + (try digits(1, number, "par number", 1...3)) + " "
                + (try digits(5, time, "par time", 0...99_999))
        case .requestScreenText: "REQ SCREEN TEXT"
        case .requestScreen: "REQ SCREEN HEX"
        case .requestStringText: "REQ STRING TEXT"
        case .requestString: "REQ STRING HEX"
        case .requestSettings: "REQ SETTINGS"
        }
    }

    /// The number as the timer expects it, padded with zeros.
    private func digits(
        _ count: Int, _ value: Int, _ field: String, _ allowed: ClosedRange<Int>
    ) throws(DeviceCommandError) -> String {
        let text = String(try DeviceCommandError.check(value, as: field, in: allowed))
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
}
