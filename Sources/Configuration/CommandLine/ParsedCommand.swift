import Clocks
import Events

/// A command line that was understood.
package enum ParsedCommand: Equatable, Sendable {
    case run(RunOptions)
    case checkConfig(file: String)
    case defaultConfig
    case scan(ScanOptions)
    case doctor(DoctorOptions)
    case decode(DecodeOptions)
    case explain(ExplainOptions)
    case simulateHeart(SimulateHeartOptions)
    case simulate(SimulateDeviceOptions)
    case version
    /// About one command, or about the program as a whole.
    case help(CommandName?)
}

/// How the gateway is started.
package struct RunOptions: Equatable, Sendable {
    /// Whether virtual devices join the real ones.
    package var demo = false
    package var configurationFile: String?
    /// From `--set` and its like, in the order in which they were written.
    package var assignments: [ConfigurationAssignment] = []

    package init() {}
}

/// How long is listened, to what, and with what.
package struct ScanOptions: Equatable, Sendable {
    /// Longer than a round of a gateway that looks as well, in which the kernel tells of each device only once.
    package static let defaultSeconds = 15

    package var seconds = defaultSeconds
    package var adapter = Configuration.Bluetooth.Adapter.any
    /// Whether serial ports are listened to as well.
    package var isProbing = false
    /// Says which ports may be listened to.
    package var configurationFile: String?
    package var isJSON = false

    package init() {}
}

/// By which configuration the machine is looked at.
package struct DoctorOptions: Equatable, Sendable {
    package var configurationFile: String?
    package var isJSON = false

    package init() {}
}

/// What is decoded, and where it comes from.
package struct DecodeOptions: Equatable, Sendable {
    package var device: DeviceFamily
    /// The name of one of the device's forms.
    package var variant: String
    /// Nil for standard input.
    package var file: String?
    /// Whether the capture holds the bytes themselves, not lines of hex.
    package var isBinary = false

    package init(device: DeviceFamily, variant: String) {
        self.device = device
        self.variant = variant
    }
}

/// What virtual heart boards do.
package struct SimulateHeartOptions: Equatable, Sendable {
    package static let defaultUsers = 3
    package static let defaultRate = 1.0

    package var users = defaultUsers
    /// Readings per second from each of them; the real boards send one.
    package var rate = defaultRate
    /// Nil goes on until somebody ends it.
    package var duration: Nanoseconds?
    package var destination = HostAndPort(host: "127.0.0.1", port: 8888)
    /// The same seed sends the same readings again; nil means others each time.
    package var seed: UInt64?
    package var faults: Set<SimulatedHeartFault> = []

    package init() {}
}

/// What goes wrong with a virtual heart board on request.
package enum SimulatedHeartFault: String, CaseIterable, Sendable {
    /// The finger is lifted from the sensor.
    case finger
    /// A rate that no heart has.
    case range
    /// Seconds without any datagram.
    case dropout
    /// The board starts again, and its clock with it.
    case reboot
    /// Datagrams that are not what they should be.
    case malformed
}

/// Where datagrams go.
package struct HostAndPort: Equatable, Sendable {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `host:port`, with square brackets around an IPv6 address.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = String(text[..<colon])
        let digits = text[text.index(after: colon)...]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard HostName.problem(host) == nil, DecimalNumber(digits)?.isWhole == true, let port = Int(digits),
            (1...65535).contains(port)
        else { return nil }
        self.init(host: host, port: port)
    }
}
