import Events

/// What the program can be asked to do, by the words that are typed.
package enum CommandName: String, CaseIterable, Sendable {
    case run
    case checkConfig = "check-config"
    case defaultConfig = "default-config"
    case scan
    case doctor
    case decode
    case explain
    case simulate
    case simulateHeart = "simulate heart"
    case simulateAMGCommander = "simulate amg-commander"
    case simulateBT50 = "simulate bt50"
    case simulateESP32Heart = "simulate esp32-heart"
    case simulateHeartStrap = "simulate heart-rate-strap"
    case simulatePressureMat = "simulate pressure-mat"
    case simulateSensorLogger = "simulate sensor-logger"
    case simulateSGTimer = "simulate sg-timer"
    case simulateSpecialPie = "simulate specialpie"
    case version
    case help

    /// The commands whose names begin with this one's.
    package var subcommands: [CommandName] {
        Self.allCases.filter { $0.rawValue.hasPrefix(rawValue + " ") }
    }

    /// The device that is played by this command, if it is one of those that play a single one.
    package var simulatedDevice: DeviceFamily? {
        rawValue.hasPrefix("simulate ") ? DeviceFamily(rawValue: lastWord) : nil
    }

    /// The last word of the name.
    var lastWord: String {
        String(rawValue[(rawValue.lastIndex(of: " ").map(rawValue.index(after:)) ?? rawValue.startIndex)...])
    }

    static var topLevel: [CommandName] { allCases.filter { !$0.rawValue.contains(" ") } }
}
