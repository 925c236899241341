import Clocks
import Devices
import Events

package struct SimulateHeartOptions: Equatable, Sendable {
    package static let defaultUsers = 3
    package static let defaultRate = 1.0

    package var users = defaultUsers
    /// Readings per second from each board; real boards send one.
    package var rate = defaultRate
    /// Nil: until a signal stops it.
    package var duration: Nanoseconds?
    package var destination = HostAndPort(host: "127.0.0.1", port: 8888)
    /// The same seed sends the same readings again; nil chooses a random seed.
    package var seed: UInt64?
    package var faults: Set<SimulatedHeartFault> = []

    package init() {}
}

/// Faults that a virtual heart board can play.
package enum SimulatedHeartFault: String, CaseIterable, Sendable {
    /// The finger is lifted from the sensor.
    case finger
    /// A heart rate outside the plausible range.
    case range
    /// Several seconds without any datagram.
    case dropout
    /// The board restarts, and its clock with it.
    case reboot
    /// Malformed datagrams.
    case malformed
}

extension SimulateHeartOptions {
    init(_ arguments: ArgumentScanner) throws(UsageError) {
        let command = CommandName.simulateHeart
        users = try arguments.value("users", .wholeNumber(in: 1...1000), in: command) ?? users
        rate = try arguments.value("rate", .number(from: 0, open: true, to: 1000), in: command) ?? rate
        duration = try arguments.value(
            "duration", .duration(from: .milliseconds(1), to: .seconds(365 * 86_400)), in: command)
        if let text = arguments.value("to") {
            guard let address = HostAndPort(text) else {
                throw Self.invalid("to", text, "a host and a port, such as 192.168.1.20:8888 or [::1]:8888")
            }
            destination = address
        }
        seed = try arguments.seed(in: command)
        if let text = arguments.value("faults") { faults = try Self.faults(text) }
    }

    private static func faults(_ text: String) throws(UsageError) -> Set<SimulatedHeartFault> {
        if text == "all" { return Set(SimulatedHeartFault.allCases) }
        let names = SimulatedHeartFault.allCases.map(\.rawValue)
        var faults: Set<SimulatedHeartFault> = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let fault = SimulatedHeartFault(rawValue: String(word)) else {
                let nearest = NearestName.best(for: String(word), among: names).map { "did you mean \($0)?" }
                throw invalid("faults", String(word), "some of \(names.joined(separator: ", ")), or all", hint: nearest)
            }
            faults.insert(fault)
        }
        return faults
    }

    private static func invalid(
        _ option: String, _ found: String, _ expected: String, hint: String? = nil
    ) -> UsageError {
        UsageError(.invalidValue(option: option, found: found, expected: expected, hint: hint), in: .simulateHeart)
    }
}

/// What a virtual device sends, and where to.
package struct SimulateDeviceOptions: Equatable, Sendable {
    package var device: DeviceFamily
    /// The command that asked for it.
    package var command: CommandName
    /// Nil: the first variant.
    package var variant: String?
    /// The same seed sends the same bytes again; nil chooses a random seed.
    package var seed: UInt64?
    /// Nil: until the script ends or a signal stops it.
    package var duration: Nanoseconds?
    /// The path of a simulation script.
    package var script: String?
    /// Names of faults as they were typed, not yet validated.
    package var faults: [String] = []
    /// Whether to list the available faults and exit.
    package var listsFaults = false
    /// Whether to write as fast as possible instead of at the device's pace.
    package var isFast = false
    /// Whether to write raw bytes instead of lines of hex.
    package var isBinary = false
    /// Whether to serve a pseudo terminal.
    package var usesTerminal = false
    /// Where to post messages.
    package var destination: PostAddress?
    /// Which target the sensor is mounted on, counted from 1.
    package var sensor = 1
    package var nowData = false
    /// Nil: that of the script, or the first.
    package var sensorType: String?

    package init(_ device: DeviceFamily, in command: CommandName) {
        self.device = device
        self.command = command
    }
}

extension SimulateDeviceOptions {
    init(_ arguments: ArgumentScanner, simulating device: DeviceFamily, in command: CommandName) throws(UsageError) {
        self.init(device, in: command)
        variant = try arguments.oneOf(profile?.variants ?? [], "form", in: command)
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
        sensorType = try arguments.oneOf(profile?.sensorTypes ?? [], "type", in: command)
        sensor = try arguments.value("sensor", .wholeNumber(in: 1...64), in: command) ?? sensor
        if let text = arguments.value("to") {
            guard let address = PostAddress(text) else {
                let expected = "an address such as http://127.0.0.1:8000/data"
                throw UsageError(
                    .invalidValue(option: "to", found: text, expected: expected, hint: nil), in: command)
            }
            destination = address
        }
        if usesTerminal, variant == nil, case .variant(let serial)? = profile?.serialPort { variant = serial }
        if let inapplicableOption { throw UsageError(inapplicableOption, in: command) }
    }

    /// Whether the device sends messages of text, which can be posted to a server.
    package var sendsText: Bool { profile?.options.contains(.destination) ?? false }

    private var profile: SimulationProfile? { DeviceDrivers.driver(of: device)?.simulation }

    private var inapplicableOption: UsageError.Reason? {
        let isStream = profile?.isStream(variant) ?? false
        if isFast, duration == nil, script == nil, !listsFaults {
            return .inapplicableOption("fast", reason: "it would never end; limit it with --seconds or --script")
        }
        if isFast, usesTerminal || destination != nil {
            return .inapplicableOption("fast", reason: "the receiver needs the device's own pace")
        }
        if usesTerminal, !isStream {
            return .inapplicableOption("pty", reason: "a serial port does not send datagrams; use --form serial")
        }
        if isBinary, !isStream {
            let reason =
                "\(device.rawValue) sends messages in this form, and raw bytes do not show where a message ends"
            return .inapplicableOption("binary", reason: reason)
        }
        if isBinary, usesTerminal {
            return .inapplicableOption("binary", reason: "a serial port always carries raw bytes")
        }
        return nil
    }
}
