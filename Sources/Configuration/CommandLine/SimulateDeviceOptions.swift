import Clocks
import Devices
import Events

/// What a virtual device does, and where its bytes go.
package struct SimulateDeviceOptions: Equatable, Sendable {
    package var device: DeviceFamily
    /// By which it was asked for.
    package var command: CommandName
    /// Nil for the first.
    package var variant: String?
    /// The same seed sends the same bytes again; nil means others each time.
    package var seed: UInt64?
    /// Nil goes on until the script is over, or somebody ends it.
    package var duration: Nanoseconds?
    /// A file that says what happens.
    package var script: String?
    /// Names of what goes wrong; nobody has looked at them yet.
    package var faults: [String] = []
    /// Whether to say what can go wrong, and do nothing else.
    package var listsFaults = false
    /// Whether nobody waits for the device's pace.
    package var isFast = false
    /// Whether the bytes themselves are written, not lines of hex.
    package var isBinary = false
    /// Whether a pseudo terminal is served.
    package var usesTerminal = false
    /// Where messages are posted.
    package var destination: PostAddress?
    /// On which of the targets a sensor hangs, counted from 1.
    package var sensor = 1
    package var nowData = false

    package init(_ device: DeviceFamily, in command: CommandName) {
        self.device = device
        self.command = command
    }
}

/// Where messages are posted, by HTTP without encryption.
package struct PostAddress: Equatable, Sendable {
    package var server: HostAndPort
    package var path: String

    /// `http://host:port/path`
    package init?(_ text: String) {
        let scheme = "http://"
        guard text.hasPrefix(scheme) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let server = HostAndPort(String(rest[..<slash])),
            rest[slash...].utf8.allSatisfy({ (0x21..<0x7F).contains($0) })
        else { return nil }
        self.server = server
        path = slash == rest.endIndex ? "/" : String(rest[slash...])
    }
}

extension DeviceFamily {
    /// Whether it can be had as a stream of bytes: it has a serial port.
    package var hasSerialPort: Bool { self == .pressureMat || self == .esp32Heart }

    /// In what a virtual one can speak; empty where there is no choice.
    package var simulatedVariants: [String] {
        switch self {
        case .pressureMat: KnownMat.all.map(\.name)
        case .esp32Heart: DecoderVariant.variants(of: .esp32Heart).map(\.name)
        default: []
        }
    }
}
