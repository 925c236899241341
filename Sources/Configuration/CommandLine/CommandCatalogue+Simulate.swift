import Devices
import Events

/// The commands that simulate one device: shared options and those of the device's driver.
extension CommandCatalogue {
    static func simulate(_ device: DeviceFamily) -> CommandSpecification {
        guard let profile = DeviceDrivers.driver(of: device)?.simulation else {
            preconditionFailure("no driver for \(device)")
        }
        let name = CommandName.simulateDevice(device)
        return CommandSpecification(
            name: name, summary: profile.summary, options: options(profile), details: details(profile),
            examples: [
                .init("\(name.rawValue) --seed 7 --seconds 10", "simulates it for ten seconds"),
                .init("\(name.rawValue) \(profile.example.arguments)", profile.example.explanation),
            ])
    }

    private static func options(_ profile: SimulationProfile) -> [OptionSpecification] {
        var options = [
            OptionSpecification("seed", value: "NUMBER", "Send the same bytes as another run with this number."),
            OptionSpecification(
                "seconds", value: "NUMBER", "Stop after this time. Default: at the end of the script, or at Ctrl-C."),
            OptionSpecification("script", value: "FILE", "What happens, and when. Without it, events are random."),
            OptionSpecification(
                "fault", value: "NAME", canRepeat: true, "A fault to play repeatedly or all the time."),
            OptionSpecification("list", "List the available faults and exit."),
            OptionSpecification("fast", "Write as fast as possible instead of at the device's pace."),
        ]
        if !profile.variants.isEmpty {
            options.append(
                OptionSpecification(
                    "form", value: "NAME", choices: profile.variants,
                    "The form of the data: \(profile.variants.joined(separator: ", ")). Default: the first."))
        }
        if profile.serialPort != .none {
            options.append(OptionSpecification("binary", "Write raw bytes instead of lines of hex."))
            options.append(OptionSpecification("pty", "Write to a new pseudo terminal and print its path."))
        }
        if profile.options.contains(.sensor) {
            options.append(
                OptionSpecification("sensor", value: "NUMBER", "The target that it is mounted on. Default: 1."))
        }
        if profile.options.contains(.nowData) {
            options.append(OptionSpecification("now-data", "Measure momentary values instead of amplitudes."))
        }
        if !profile.sensorTypes.isEmpty {
            options.append(
                OptionSpecification(
                    "type", value: "NAME", choices: profile.sensorTypes,
                    "The type of sensor: \(profile.sensorTypes.joined(separator: ", ")). Default: the first."))
        }
        if profile.options.contains(.destination) {
            options.append(
                OptionSpecification("to", value: "URL", "Post the messages to this URL instead of writing them."))
        }
        return options
    }

    private static func details(_ profile: SimulationProfile) -> [String] {
        let output =
            profile.options.contains(.destination)
            ? "Writes the messages as lines of JSON, which decode reads."
            : """
            Writes what a connection would deliver as lines of hex, each with its time in a comment; decode reads them. \
            A lost connection is written as a comment too.
            """
        let reference = "docs/simulation-scripts.md describes all statements of a script."
        return [output] + profile.details + ["\(profile.script) \(reference)"]
    }
}
