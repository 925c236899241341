import Events

/// The commands that simulate one device: shared options and device-specific ones.
extension CommandCatalogue {
    static func simulate(_ name: CommandName, _ device: DeviceFamily) -> CommandSpecification {
        CommandSpecification(
            name: name, summary: summary(of: device), options: options(of: device), details: details(of: device),
            examples: examples(of: device))
    }

    private static func summary(of device: DeviceFamily) -> String {
        switch device {
        case .amgCommander: "Simulate an AMG Commander shot timer."
        case .bt50: "Simulate a BT50 sensor on a target."
        case .esp32Heart: "Simulate one ESP32 heart-rate board, optionally at its serial port."
        case .heartStrap: "Simulate a Bluetooth heart-rate strap."
        case .pressureMat: "Simulate a pressure mat at its serial port."
        case .sensorLogger: "Simulate a phone with the Sensor Logger app."
        case .sgTimer: "Simulate an SG Timer."
        case .specialPie: "Simulate a SpecialPie timer."
        }
    }

    private static func options(of device: DeviceFamily) -> [OptionSpecification] {
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
        if !device.simulatedVariants.isEmpty {
            options.append(
                OptionSpecification(
                    "form", value: "NAME",
                    "The form of the data: \(device.simulatedVariants.joined(separator: ", ")). Default: the first."))
        }
        if device.hasSerialPort {
            options.append(OptionSpecification("binary", "Write raw bytes instead of lines of hex."))
            options.append(OptionSpecification("pty", "Write to a new pseudo terminal and print its path."))
        }
        switch device {
        case .bt50:
            options.append(
                OptionSpecification("sensor", value: "NUMBER", "The target that it is mounted on. Default: 1."))
            options.append(OptionSpecification("now-data", "Measure momentary values instead of amplitudes."))
        case .sensorLogger:
            options.append(
                OptionSpecification("to", value: "URL", "Post the messages to this URL instead of writing them."))
        default: break
        }
        return options
    }

    private static func details(of device: DeviceFamily) -> [String] {
        let output =
            device == .sensorLogger
            ? "Writes the messages as lines of JSON, which decode reads."
            : """
            Writes what a connection would deliver as lines of hex, each with its time in a comment; decode reads them. \
            A lost connection is written as a comment too.
            """
        let script: String
        switch device {
        case .amgCommander, .sgTimer, .specialPie:
            script = "A script has lines such as \"at 3 s: string of 6 shots, first after 1.2 s, every 350 ms\"."
        case .bt50:
            script = """
                A script has lines such as "at 3 s: string of 6 shots, hits 480 ms later on sensor 2" and "at 9 s: hit \
                on sensor 1 with 90 mm/s". A timer and its sensors can play the same script; with the same seed they \
                match even without a script.
                """
        case .sensorLogger: script = "A script has lines such as \"at 4 s: swing\" and \"at 9 s: fault late\"."
        case .esp32Heart, .heartStrap, .pressureMat:
            let fault = device == .heartStrap ? "no-contact" : device == .pressureMat ? "half-frame" : "finger"
            script = "A script has lines such as \"at 9 s: fault \(fault) for 4 s\"."
        }
        let listing = "After each string the timer's shots are requested again, as a gateway does to recover lost ones."
        let reference = "docs/simulation-scripts.md describes all statements of a script."
        return [output] + (device == .amgCommander ? [listing] : []) + ["\(script) \(reference)"]
    }

    private static func examples(of device: DeviceFamily) -> [CommandSpecification.Example] {
        let name = "simulate \(device.rawValue)"
        let all = [CommandSpecification.Example("\(name) --seed 7 --seconds 10", "simulates it for ten seconds")]
        switch device {
        case .pressureMat:
            return all + [.init("\(name) --form jq-32x32 --pty", "serves a serial port for other programs")]
        case .esp32Heart: return all + [.init("\(name) --pty --fault reboot", "restarts occasionally")]
        case .sensorLogger: return all + [.init("\(name) --to http://127.0.0.1:8000/data", "posts as the app does")]
        case .bt50:
            return all + [.init("\(name) --fault dropped-bytes --fast --seconds 60", "writes one damaged minute")]
        default: return all + [.init("\(name) --script evening.txt", "plays a script")]
        }
    }
}
