import Clocks
import Events

extension SimulateDeviceOptions {
    init(_ arguments: ArgumentScanner, simulating device: DeviceFamily, in command: CommandName) throws(UsageError) {
        self.init(device, in: command)
        variant = try arguments.oneOf(device.simulatedVariants, "form", in: command)
        seed = try arguments.seed(in: command)
        let seconds = try arguments.value("seconds", .number(from: 0, open: true, to: 31_536_000), in: command)
        duration = seconds.map { Nanoseconds(seconds: $0) }
        script = arguments.value("script")
        faults = arguments.options.filter { $0.name == "fault" }.compactMap(\.value)
        listsFaults = arguments.has("list")
        isFast = arguments.has("fast")
        isBinary = arguments.has("binary")
        usesTerminal = arguments.has("pty")
        nowData = arguments.has("now-data")
        sensor = try arguments.value("sensor", .wholeNumber(in: 1...64), in: command) ?? sensor
        if let text = arguments.value("to") {
            guard let address = PostAddress(text) else {
                let expected = "an address such as http://127.0.0.1:8000/data"
                throw UsageError(
                    .invalidValue(option: "to", found: text, expected: expected, hint: nil), in: command)
            }
            destination = address
        }
        if usesTerminal, device == .esp32Heart, variant == nil { variant = "serial" }
        if let inapplicableOption { throw UsageError(inapplicableOption, in: command) }
    }

    private var inapplicableOption: UsageError.Reason? {
        let isStream = device == .pressureMat || variant == "serial"
        if isFast, duration == nil, script == nil, !listsFaults {
            return .inapplicableOption("fast", why: "it would never end; say for how long with --seconds or --script")
        }
        if isFast, usesTerminal || destination != nil {
            return .inapplicableOption("fast", why: "what listens there wants the device's own pace")
        }
        if usesTerminal, !isStream {
            return .inapplicableOption("pty", why: "datagrams do not come out of a serial port; the form is serial")
        }
        if isBinary, !isStream {
            let why = "\(device.rawValue) speaks in messages here, and bytes alone do not say where one ends"
            return .inapplicableOption("binary", why: why)
        }
        if isBinary, usesTerminal { return .inapplicableOption("binary", why: "a serial port has nothing but bytes") }
        return nil
    }
}
