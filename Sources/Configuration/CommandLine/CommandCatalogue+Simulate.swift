import Events

/// Playing single devices: what they have in common, and what each has for itself.
extension CommandCatalogue {
    static func simulate(_ name: CommandName, _ device: DeviceFamily) -> CommandSpecification {
        CommandSpecification(
            name: name, summary: summary(of: device), options: options(of: device), details: details(of: device),
            examples: examples(of: device))
    }

    private static func summary(of device: DeviceFamily) -> String {
        switch device {
        case .amgCommander: "Play an AMG Commander, the shot timer."
        case .bt50: "Play a BT50, the sensor on a target."
        case .esp32Heart: "Play one ESP32 heart-rate board, also at its serial port."
        case .heartStrap: "Play a Bluetooth heart-rate strap."
        case .pressureMat: "Play a pressure mat at its serial port."
        case .sensorLogger: "Play a phone that runs the Sensor Logger app."
        case .sgTimer: "Play an SG Timer."
        case .specialPie: "Play a SpecialPie timer."
        }
    }

    private static func options(of device: DeviceFamily) -> [OptionSpecification] {
        var options = [
            OptionSpecification("seed", value: "NUMBER", "Send the same bytes as the last time with this number."),
            OptionSpecification(
                "seconds", value: "NUMBER", "Stop after so long. Default: when the script is over, or at Ctrl-C."),
            OptionSpecification("script", value: "FILE", "What happens, and when. Without it, chance writes one."),
            OptionSpecification(
                "fault", value: "NAME", canRepeat: true, "What goes wrong, again and again or all the time."),
            OptionSpecification("list", "Say which faults there are, and end."),
            OptionSpecification("fast", "Write as fast as can be, instead of at the device's pace."),
        ]
        if !device.simulatedVariants.isEmpty {
            options.append(
                OptionSpecification(
                    "form", value: "NAME",
                    "How it speaks: \(device.simulatedVariants.joined(separator: ", ")). Default: the first."))
        }
        if device.hasSerialPort {
            options.append(OptionSpecification("binary", "Write the bytes themselves, not lines of hex."))
            options.append(
                OptionSpecification("pty", "Make a pseudo terminal, say where it is, and write the bytes there."))
        }
        switch device {
        case .bt50:
            options.append(
                OptionSpecification("sensor", value: "NUMBER", "On which of the targets it hangs. Default: 1."))
            options.append(OptionSpecification("now-data", "Measure momentary values instead of amplitudes."))
        case .sensorLogger:
            options.append(
                OptionSpecification("to", value: "URL", "Post the messages there instead of writing them."))
        default: break
        }
        return options
    }

    private static func details(of device: DeviceFamily) -> [String] {
        let output =
            device == .sensorLogger
            ? "Writes the messages as lines of JSON, which decode reads."
            : """
            Writes what a connection would deliver as lines of hex, each with its time behind a #; decode reads them. \
            A lost link is such a comment as well.
            """
        let script: String
        switch device {
        case .amgCommander, .sgTimer, .specialPie:
            script = "A script has lines such as \"at 3 s: string of 6 shots, first after 1.2 s, every 350 ms\"."
        case .bt50:
            script = """
                A script has lines such as "at 3 s: string of 6 shots, hits 480 ms later on sensor 2" and "at 9 s: hit \
                on sensor 1 with 90 mm/s". A timer and its sensors can play the same script; with the same seed they \
                belong together also without one.
                """
        case .sensorLogger: script = "A script has lines such as \"at 4 s: swing\" and \"at 9 s: fault late\"."
        case .esp32Heart, .heartStrap, .pressureMat:
            let fault = device == .heartStrap ? "no-contact" : device == .pressureMat ? "half-frame" : "finger"
            script = "A script has lines such as \"at 9 s: fault \(fault) for 4 s\"."
        }
        let asking = "After each string the timer is asked for its shots, as a gateway asks that trusts no radio."
        let reference = "All that a script can say is in docs/simulation-scripts.md."
        return [output] + (device == .amgCommander ? [asking] : []) + ["\(script) \(reference)"]
    }

    private static func examples(of device: DeviceFamily) -> [CommandSpecification.Example] {
        let name = "simulate \(device.rawValue)"
        let all = [CommandSpecification.Example("\(name) --seed 7 --seconds 10", "plays it for ten seconds")]
        switch device {
        case .pressureMat:
            return all + [.init("\(name) --form jq-32x32 --pty", "is a serial port that any program can open")]
        case .esp32Heart: return all + [.init("\(name) --pty --fault reboot", "restarts now and then")]
        case .sensorLogger: return all + [.init("\(name) --to http://127.0.0.1:8000/data", "posts as the app does")]
        case .bt50:
            return all + [.init("\(name) --fault dropped-bytes --fast --seconds 60", "damages a minute of it")]
        default: return all + [.init("\(name) --script evening.txt", "plays what a file says")]
        }
    }
}
