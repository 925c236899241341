import Clocks
import Devices
import Events

package struct RunOptions: Equatable, Sendable {
    /// Whether virtual devices are added to the real ones.
    package var demo = false
    package var configurationFile: String?
    /// From `--set` and `--log-level`, in the order in which they were written.
    package var assignments: [ConfigurationAssignment] = []

    package init() {}
}

extension RunOptions {
    init(_ arguments: ArgumentScanner) throws(UsageError) {
        demo = arguments.has("demo")
        configurationFile = arguments.value("config")
        _ = try arguments.value("log-level", ValueFormat<Configuration.Log.Level>.choice, in: .run)
        for option in arguments.options {
            let value = option.value ?? ""
            switch option.name {
            case "log-level":
                assignments.append(
                    ConfigurationAssignment(option: "--log-level \(value)", path: "log.level", value: value))
            case "set":
                guard let equals = value.firstIndex(of: "="), equals != value.startIndex else {
                    throw UsageError(
                        .invalidValue(
                            option: "set", found: value, expected: "KEY=VALUE, such as http.port=8080", hint: nil),
                        in: .run)
                }
                let path = String(value[..<equals])
                let isSecret = Schema.gateway.setting(path)?.isSecret ?? false
                assignments.append(
                    ConfigurationAssignment(
                        option: "--set \(isSecret ? "\(path)=…" : value)", path: path,
                        value: String(value[value.index(after: equals)...])))
            default: break
            }
        }
    }
}

package struct ScanOptions: Equatable, Sendable {
    /// Longer than one discovery round of a running gateway, in which the kernel reports each device only once.
    package static let defaultSeconds = 15

    package var seconds = defaultSeconds
    package var adapter = Configuration.Bluetooth.Adapter.any
    /// Whether serial ports are probed as well.
    package var isProbing = false
    /// Its `serial.probe` says which ports may be probed.
    package var configurationFile: String?
    package var isJSON = false

    package init() {}
}

extension ScanOptions {
    init(_ arguments: ArgumentScanner) throws(UsageError) {
        seconds = try arguments.value("seconds", .wholeNumber(in: 1...3_600), in: .scan) ?? seconds
        adapter = try arguments.value("adapter", .adapter, in: .scan) ?? adapter
        isProbing = arguments.has("probe")
        configurationFile = arguments.value("config")
        isJSON = arguments.has("json")
    }
}

package struct DoctorOptions: Equatable, Sendable {
    package var configurationFile: String?
    package var isJSON = false

    package init() {}
}

extension DoctorOptions {
    init(_ arguments: ArgumentScanner) {
        configurationFile = arguments.value("config")
        isJSON = arguments.has("json")
    }
}

/// Where the diagnosis is written, and which gateway it describes.
package struct DiagnoseOptions: Equatable, Sendable {
    /// Nil: a name with the present time. `-` is standard output.
    package var file: String?
    package var isPrivate = false
    /// How many of the last minutes are added as events.
    package var minutes: Int?
    /// Nil: the address from the configuration.
    package var url: HTTPAddress?
    package var configurationFile: String?
    package var tokenFile: String?

    package init() {}
}

extension DiagnoseOptions {
    init(_ arguments: ArgumentScanner) throws(UsageError) {
        file = arguments.operands.first
        isPrivate = arguments.has("private")
        minutes = try arguments.value("last", .wholeNumber(of: "minutes", in: 1...60), in: .diagnose)
        url = try arguments.gateway(in: .diagnose)
        tokenFile = arguments.value("token-file")
        configurationFile = arguments.value("config")
    }
}

package struct DecodeOptions: Equatable, Sendable {
    package var device: DeviceFamily
    /// The name of one of the device's decoder variants.
    package var variant: String
    /// Nil for standard input.
    package var file: String?
    /// Whether the capture holds raw bytes instead of lines of hex.
    package var isBinary = false

    package init(device: DeviceFamily, variant: String) {
        self.device = device
        self.variant = variant
    }
}

extension DecodeOptions {
    init(_ arguments: ArgumentScanner) throws(UsageError) {
        device = try Self.device(arguments.operands.first ?? "")
        let variant = try Self.variant(arguments.value("form"), of: device)
        self.variant = variant.name
        isBinary = arguments.has("binary")
        if isBinary, CaptureReader(variant, as: .bytes) == nil {
            let reason = "\(device.rawValue) sends messages, and raw bytes do not show where a message ends"
            throw UsageError(.inapplicableOption("binary", reason: reason), in: .decode)
        }
        file = arguments.operands.dropFirst().first { $0 != "-" }
    }

    private static func device(_ name: String) throws(UsageError) -> DeviceFamily {
        let choices = DeviceDrivers.decodable.map(\.family)
        if let device = choices.first(where: { $0.rawValue == name }) { return device }
        let names = choices.map(\.rawValue)
        let nearest = NearestName.best(for: name, among: names)
        throw UsageError(
            .invalidOperand(name: "DEVICE", found: name, choices: names, nearest: nearest), in: .decode)
    }

    private static func variant(_ name: String?, of device: DeviceFamily) throws(UsageError) -> DecoderVariant {
        let choices = DecoderVariant.variants(of: device)
        if let variant = choices.first(where: { name == nil || $0.name == name }) { return variant }
        throw UsageError.invalidChoice("form", name ?? "", among: choices.map(\.name), in: .decode)
    }
}

/// The database to import, and the configuration that names the store.
package struct ImportOptions: Equatable, Sendable {
    package var file: String
    package var configurationFile: String?

    init(_ arguments: ArgumentScanner) {
        file = arguments.operands.first ?? ""
        configurationFile = arguments.value("config")
    }
}

/// Where a private authority keeps its files, and for which names it issues the server certificate.
package struct TLSOptions: Equatable, Sendable {
    package var directory = "/etc/leadville-gateway/tls"
    /// In addition to those of this machine.
    package var names: [String] = []

    init(_ arguments: ArgumentScanner) {
        if let directory = arguments.value("directory") { self.directory = directory }
        names = arguments.values("name")
    }
}

/// Which event to explain, and which gateway to ask.
package struct ExplainOptions: Equatable, Sendable {
    package var event: UInt64
    /// Nil: the address from the configuration.
    package var url: HTTPAddress?
    package var configurationFile: String?
    package var isJSON = false
    package var tokenFile: String?

    package init(event: UInt64) {
        self.event = event
    }

    init(_ arguments: ArgumentScanner) throws(UsageError) {
        let text = arguments.operands.first ?? ""
        guard let event = UInt64(text) else {
            throw UsageError(
                .invalidOperand(name: "ID", found: text, choices: ["the number of an event"], nearest: nil),
                in: .explain)
        }
        self.event = event
        isJSON = arguments.has("json")
        configurationFile = arguments.value("config")
        url = try arguments.gateway(in: .explain)
        tokenFile = arguments.value("token-file")
    }
}
